"""Say what texts look like once: what all around them share moves up, what is inherited anyway goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from vl2agent.web2code.emit.element import Element

_MOVED: Mapping[str, str | None] = {
    "font-family": None,
    "font-size": None,
    "font-weight": "400",
    "line-height": None,
    "letter-spacing": "normal",
    "color": None,
}
"""Properties that say what a text looks like, and nothing of the box around it; with what holds where none is said."""
_KEPT_IN_PLACE: Mapping[str, str] = {
    "font-style": "normal",
    "text-align": "start",
    "text-transform": "none",
    "white-space": "normal",
    "word-spacing": "normal",
}
_SAME = {
    ("font-weight", "normal"): "400",
    ("font-weight", "bold"): "700",
    ("letter-spacing", "0"): "normal",
    ("letter-spacing", "0px"): "normal",
}
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "br", "button", "cite", "code", "em", "i", "input", "kbd", "label", "mark",
    "progress", "s", "samp", "select", "small", "span", "strong", "sub", "sup", "textarea", "time", "u",
    "wbr",
})  # fmt: skip
_FIELDS = frozenset({"button", "input", "select", "textarea"})
_NEARLY_ALL = 0.75
_RELATIVE = re.compile(r"\d(r?em|ex|ch|lh)\b|currentcolor", re.IGNORECASE)


def settle(body: Element) -> Element:
    """Return the same page with as few declarations of inherited properties as it needs."""
    for name, usual in _MOVED.items():
        body = _place(body, name, usual, _wishes(body, name, usual))
    for name, initial in _KEPT_IN_PLACE.items():
        body = _drop(body, name, initial)
    return body


def is_inline(element: Element) -> bool:
    """Tell whether an element stands in a line of text, were its parent a plain block."""
    shown = element.style.get("display", "inline" if element.tag in _INLINE else "block")
    return shown.startswith("inline") and element.style.get("position") not in ("absolute", "fixed")


def lays_out_boxes(element: Element) -> bool:
    """Tell whether an element places its children itself, so that blanks between them do not show."""
    return element.style.get("display", "").removeprefix("inline-") in ("flex", "grid")


def texts(element: Element) -> Iterator[str]:
    """Yield what stands directly in an element."""
    return (child for child in element.children if isinstance(child, str))


def _elements(element: Element) -> Iterator[Element]:
    return (child for child in element.children if isinstance(child, Element))


def _has_text(element: Element) -> bool:
    """Tell whether an element's own font can be seen in characters."""
    if element.tag in _FIELDS or element.tag == "li" or any(text.strip() for text in texts(element)):
        return True
    return any(_RELATIVE.search(value) for value in element.style.values())


def _has_lines(element: Element) -> bool:
    """Tell whether an element's own font makes the height of lines that stand in it."""
    return not lays_out_boxes(element) and any(is_inline(child) for child in _elements(element))


def _value(element: Element, name: str, inherited: str | None) -> str | None:
    value = element.style.get(name, inherited)
    return _SAME.get((name, value), value) if value else value


def _wishes(body: Element, name: str, usual: str | None) -> dict[int, str | None]:
    """Choose a value for every element, by its identity; None where it does not matter.

    A text has what it is to look like. A line of texts has what they have, lest it is higher than they are. What only
    holds others has what nearly all characters in it want, if they are in more than one of them.
    """
    wishes: dict[int, str | None] = {}

    def visit(element: Element, inherited: str | None) -> Counter[str]:
        value = _value(element, name, inherited)
        characters: Counter[str] = Counter()
        if value:
            characters[value] = sum(len(text.strip()) for text in texts(element))
        wanted: Counter[str] = Counter()
        for child in _elements(element):
            characters += visit(child, value)
            if (wish := wishes[id(child)]) is not None:
                wanted[wish] += 1
        if _has_text(element) or name in element.narrow:
            wishes[id(element)] = value or usual
        elif _has_lines(element):
            wishes[id(element)] = value or next((wish for wish, _ in wanted.most_common(1)), None)
        else:
            value, count = next(iter(characters.most_common(1)), ("", 0))
            agreed = wanted[value] > 1 and count > _NEARLY_ALL * characters.total()
            wishes[id(element)] = value if agreed else None
        if element is body and characters:
            value, count = characters.most_common(1)[0]
            wishes[id(element)] = value if usual is None or 2 * count > characters.total() else usual
        return characters

    visit(body, None)
    return wishes


def _place(element: Element, name: str, given: str | None, wishes: Mapping[int, str | None]) -> Element:
    """Declare the wishes where they differ from what comes down by itself."""
    value = wishes[id(element)] or given
    style = {key: each for key, each in element.style.items() if key != name}
    if value is not None and value != given:
        style[name] = value
    children = tuple(
        child if isinstance(child, str) else _place(child, name, value, wishes) for child in element.children
    )
    return replace(element, style=style, children=children)


def _drop(element: Element, name: str, inherited: str) -> Element:
    value = element.style.get(name, inherited)
    style = dict(element.style)
    if value == inherited:
        style.pop(name, None)
    if name in element.narrow:
        value = ""  # it depends on the window what comes down: nothing below may be dropped
    children = tuple(child if isinstance(child, str) else _drop(child, name, value) for child in element.children)
    return replace(element, style=style, children=children)
