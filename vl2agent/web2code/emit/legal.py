"""Hold elements to HTML's rules of nesting, whatever roles they were made from: no words are lost, tags change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vl2agent.web2code.emit.element import Element

_PHRASING_ONLY = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "button", "label", "span", "pre", "code", "legend"}
)
_PHRASING = frozenset(
    {"a", "span", "code", "strong", "em", "kbd", "mark", "img", "input", "select", "textarea", "button", "label", "br"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INTERACTIVE = frozenset({"a", "button", "input", "select", "textarea", "label"})
_ONCE_ON_A_WAY = frozenset({"form", "main", "header", "footer", "label", "a"})
_PARENTS = {
    "li": ("ul", "ol"),
    "tr": ("table", "thead", "tbody"),
    "td": ("tr",),
    "th": ("tr",),
    "thead": ("table",),
    "tbody": ("table",),
    "figcaption": ("figure",),
    "legend": ("fieldset",),
    "option": ("select",),
}


@dataclass(frozen=True)
class _Around:
    """What an element stands in."""

    parent: str = ""
    tags: frozenset[str] = frozenset()
    phrasing: bool = False


def legal(body: Element) -> Element:
    """Return the same page with tags that may stand where they do."""
    return _legal(body, _Around())


def _legal(element: Element, around: _Around) -> Element:
    tag = _tag(element, around)
    style = dict(element.style)
    if tag == "span" and element.tag != "span" and _breaks_lines(element.tag):
        style.setdefault("display", "block")
    attributes = element.attributes if tag == element.tag else _without_own(element)
    inside = _Around(tag, around.tags | {tag}, tag in _PHRASING_ONLY or (around.phrasing and tag == "a"))
    children = [child if isinstance(child, str) else _legal(child, inside) for child in element.children]
    if tag in ("ul", "ol"):
        children = [_item(child) for child in children]
    if tag == "span" and element.tag == "a" and not style and not element.block and len(children) == 1:
        return replace(element, tag="span", attributes={}, children=tuple(children))
    return replace(element, tag=tag, attributes=attributes, style=style, children=tuple(children))


def _tag(element: Element, around: _Around) -> str:
    """Choose the tag that an element may have where it stands."""
    tag = element.tag
    plain = "span" if around.phrasing else "div"
    if tag in _PARENTS and around.parent not in _PARENTS[tag]:
        return plain
    if tag in _ONCE_ON_A_WAY and tag in around.tags:
        return "span" if tag in _PHRASING else plain
    if tag in _INTERACTIVE and ("button" in around.tags or (tag in ("button", "label") and "a" in around.tags)):
        return "span"
    if around.phrasing and tag not in _PHRASING:
        return "span"
    return tag


def _breaks_lines(tag: str) -> bool:
    return tag not in _PHRASING


def _without_own(element: Element) -> dict[str, str]:
    """Drop what only the former tag could say."""
    return {name: value for name, value in element.attributes.items() if name.startswith("aria-") or name == "role"}


def _item(child: Element | str) -> Element | str:
    """Make an item of what stands in a list without being one."""
    if isinstance(child, Element) and child.tag == "li":
        return child
    if isinstance(child, Element) and child.tag == "div":
        return replace(child, tag="li")
    outer = {}
    if isinstance(child, Element):
        outer = {name: value for name, value in child.style.items() if name.startswith(("margin", "flex"))}
        kept = {name: value for name, value in child.style.items() if name not in outer}
        child = replace(child, style=kept)
    return Element("li", style=outer, children=(child,), name="item")
