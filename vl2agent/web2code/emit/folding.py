"""One element where two would say no more: a box and the only text in it."""

from __future__ import annotations

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.scene import Content
from vl2agent.web2code.emit.tags import attributes_of, name_of, tag_of
from vl2agent.web2code.ir import Block

_OF_BOXES = frozenset({
    "margin-top", "margin-left", "margin-right", "max-width", "width",
    "height", "min-height", "background-color", "background-image",
})  # fmt: skip
"""What would mean something else on the outer box."""
_NEVER_FOLDED = frozenset({"img", "hr", "table", "input", "select", "textarea"})
_PLAIN = frozenset({"div", "p", "span"})


def folded(block: Block, content: Content, style: dict[str, str], narrow: dict[str, str]) -> Element | None:
    """Let a box whose only content is one element be that element; None if both are there for a reason."""
    (only,) = content.elements if len(content.elements) == 1 else (None,)
    tag = tag_of(block)
    if not isinstance(only, Element) or only.tag in _NEVER_FOLDED:
        return None
    if "line-height" not in only.style or set(only.style) & _OF_BOXES:
        return None
    if tag != only.tag and (
        (tag not in _PLAIN and only.tag not in _PLAIN) or (only.tag == "pre" and tag not in _PLAIN)
    ):
        return None
    if set(style) & set(only.style) - {"display"}:
        return None
    final = only.tag if tag in _PLAIN else tag
    attributes = {**only.attributes, **attributes_of(block)}
    name = only.name if tag in _PLAIN else name_of(block)
    merged_style = {**only.style, **style}
    return Element(final, attributes, merged_style, {**only.narrow, **narrow}, only.children, block.id, name)
