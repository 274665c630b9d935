"""What becomes of a page in a narrow window: nothing is wider than it, what stood beside stands below.

Only the `narrow` declarations change, so that the page stays as it is in the window that it was seen in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from vl2agent.web2code.emit.element import Element

_PX = re.compile(r"-?\d+(\.\d+)?px")
_WIDE_PX = 160
_FITS_PX = 320
"""What ends further right, or is wider, may not fit."""
_INDENT_PX = 24
_ROOMY_PX = 40
_HIGH_PX = 160
_EDGE = "16px"
_LANDMARKS = ("main", "header", "footer", "nav")
_MANY_LETTERS = 24
"""A text with more of them may have to wrap."""
_FIELDS = frozenset({"img", "input", "select", "textarea"})
"""What cannot shrink by itself."""


def narrowed(element: Element) -> Element:
    """Return the same element with what it needs in narrow windows."""
    children = tuple(child if isinstance(child, str) else narrowed(child) for child in element.children)
    wanted = {**_place(element), **_sides(element), **_size(element), **_words(element), **_edges(element)}
    narrow = {**wanted, **element.narrow}
    said = {name: value for name, value in narrow.items() if element.style.get(name) != value}
    return replace(element, narrow=said, children=children)


def _place(element: Element) -> dict[str, str]:
    """Put what is laid over others into the flow, if it may not fit where it is."""
    style = element.style
    if style.get("position") != "absolute":
        return {}
    if _length(style, "left") + _length(style, "width") <= _FITS_PX and _length(style, "width") <= _WIDE_PX:
        return {}
    return {"position": "static"} | ({} if element.tag == "img" else {"width": "auto"})


def _sides(element: Element) -> dict[str, str]:
    """Take back indentation and roomy padding; what is as wide as there is room has no margins at all."""
    style = element.style
    indent = 0 if element.tag in _FIELDS and _length(style, "width") > _WIDE_PX else _INDENT_PX
    margins = {
        name: "12px" if style.get("flex") == "none" and not _is_wide(style) else "0"
        for name in ("margin-left", "margin-right")
        if _length(style, name) > indent or _length(style, name) < 0
    }
    paddings = {name: "16px" for name in ("padding-left", "padding-right") if _length(style, name) > _ROOMY_PX}
    gaps = {name: "16px" for name in ("column-gap",) if _length(style, name) > _INDENT_PX}
    return margins | paddings | gaps | ({"margin-top": "32px"} if _length(style, "margin-top") > _HIGH_PX else {})


def _edges(element: Element) -> dict[str, str]:
    """Keep what loses its indentation off the edges of the window, unless something in between reaches them."""
    children = [child for child in element.children if isinstance(child, Element)]
    indented = [_length(child.style, "margin-left") > _INDENT_PX for child in children]
    bleeds = any(
        "background-color" in child.style for child, is_in in zip(children, indented, strict=True) if not is_in
    )
    if element.tag not in _LANDMARKS or not any(indented) or bleeds or _length(element.style, "padding-left"):
        return {}
    return {"padding-left": _EDGE, "padding-right": _EDGE}


def _size(element: Element) -> dict[str, str]:
    """Let what is wide be as wide as there is room, and what holds others as high as they need."""
    style, wanted = element.style, dict[str, str]()
    if _length(style, "width") > _WIDE_PX and element.tag != "table":
        wanted |= {"max-width": "100%"} if element.tag in _FIELDS else {"width": "auto"}
        wanted |= {"height": "auto"} if element.tag == "img" and _length(style, "width") > _FITS_PX else {}
    if style.get("flex", "").startswith(("none", "1")) and element.tag != "img" and _is_wide(style):
        wanted |= {"flex": "1 1 100%", "min-width": "0"}
    elif style.get("flex") == "none" and "width" not in style and _letters(element) > _MANY_LETTERS:
        wanted |= {"flex": "0 1 auto"}
    if element.children and element.tag not in ("button", "select", "textarea"):
        wanted |= {"height": "auto"} if _length(style, "height") > _HIGH_PX else {}
        wanted |= {"min-height": "0"} if _length(style, "min-height") > _HIGH_PX else {}
    return wanted


def _letters(element: Element) -> int:
    return sum(len(child) for each in element.walk() for child in each.children if isinstance(child, str))


def _is_wide(style: Mapping[str, str]) -> bool:
    return style.get("flex") == "1" or _length(style, "width") > _WIDE_PX


def _words(element: Element) -> dict[str, str]:
    """Let lines wrap that were kept whole, and scroll code in its own box."""
    style = element.style
    if style.get("white-space") in ("nowrap", "pre-line"):
        return {"white-space": "normal"}
    if style.get("white-space", element.tag) == "pre":
        return {"overflow-x": "auto", "max-width": "100%"}
    return {}


def _length(style: Mapping[str, str], name: str) -> float:
    value = style.get(name, "")
    return float(value[:-2]) if _PX.fullmatch(value) else 0.0
