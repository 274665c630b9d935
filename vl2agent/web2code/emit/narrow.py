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


def narrowed(element: Element) -> Element:
    """Return the same element with what it needs in narrow windows."""
    children = tuple(child if isinstance(child, str) else narrowed(child) for child in element.children)
    wanted = {**_place(element), **_sides(element.style), **_size(element), **_words(element.style)}
    return replace(element, narrow={**wanted, **element.narrow}, children=children)


def _place(element: Element) -> dict[str, str]:
    """Put what is laid over others into the flow, if it may not fit where it is."""
    style = element.style
    if style.get("position") != "absolute":
        return {}
    if _length(style, "left") + _length(style, "width") <= _FITS_PX and _length(style, "width") <= _WIDE_PX:
        return {}
    return {"position": "static"} | ({} if element.tag == "img" else {"width": "auto"})


def _sides(style: Mapping[str, str]) -> dict[str, str]:
    """Take back indentation and roomy padding."""
    margins = {
        name: "0"
        for name in ("margin-left", "margin-right")
        if _length(style, name) > _INDENT_PX or _length(style, name) < 0
    }
    paddings = {name: "16px" for name in ("padding-left", "padding-right") if _length(style, name) > _ROOMY_PX}
    gaps = {name: "16px" for name in ("column-gap",) if _length(style, name) > _INDENT_PX}
    return margins | paddings | gaps | ({"margin-top": "32px"} if _length(style, "margin-top") > _HIGH_PX else {})


def _size(element: Element) -> dict[str, str]:
    """Let what is wide be as wide as there is room, and what holds others as high as they need."""
    style, wanted = element.style, dict[str, str]()
    if _length(style, "width") > _WIDE_PX and element.tag != "table":
        wanted |= {"max-width": "100%"} if element.tag in ("img", "input", "select", "textarea") else {"width": "auto"}
        wanted |= {"height": "auto"} if element.tag == "img" and _length(style, "width") > _FITS_PX else {}
    if style.get("flex", "").startswith(("none", "1")) and element.tag != "img" and _is_wide(style):
        wanted |= {"flex": "1 1 100%", "min-width": "0"}
    if element.children and element.tag not in ("button", "select", "textarea"):
        wanted |= {"height": "auto"} if _length(style, "height") > _HIGH_PX else {}
        wanted |= {"min-height": "0"} if _length(style, "min-height") > _HIGH_PX else {}
    return wanted


def _is_wide(style: Mapping[str, str]) -> bool:
    return style.get("flex") == "1" or _length(style, "width") > _WIDE_PX


def _words(style: Mapping[str, str]) -> dict[str, str]:
    if style.get("white-space") == "nowrap":
        return {"white-space": "normal"}
    if style.get("white-space") == "pre":
        return {"overflow-x": "auto", "max-width": "100%"}
    return {}


def _length(style: Mapping[str, str], name: str) -> float:
    value = style.get(name, "")
    return float(value[:-2]) if _PX.fullmatch(value) else 0.0
