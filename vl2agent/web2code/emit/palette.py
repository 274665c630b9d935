"""One colour for what is meant to be one: measured colours of thin things, as letters, differ by a shade or two."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from vl2agent.web2code.emit.element import Element

_THIN = re.compile(r"color|border(-(top|right|bottom|left))?")
"""Properties whose colour is measured on few pixels."""
_COLOR = re.compile(r"#[0-9a-f]{6}\b")
_SHADES = 6
"""Colours that differ by no more than this in red, green and blue are one."""


def evened(body: Element) -> Element:
    """Return the page with the most frequent of nearly equal colours in the place of all of them."""
    counts: Counter[str] = Counter()
    for element in body.walk():
        for name, value in element.style.items():
            if _THIN.fullmatch(name):
                counts.update(_COLOR.findall(value))
    chosen: dict[str, str] = {}
    for color, _ in counts.most_common():
        near = (other for other in chosen.values() if _near(color, other))
        chosen[color] = next(near, color)
    return _recolored(body, chosen)


def _near(one: str, other: str) -> bool:
    return all(abs(int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) <= _SHADES for at in (1, 3, 5))


def _recolored(element: Element, chosen: dict[str, str]) -> Element:
    style = {
        name: _COLOR.sub(lambda found: chosen.get(found[0], found[0]), value) if _THIN.fullmatch(name) else value
        for name, value in element.style.items()
    }
    children = tuple(child if isinstance(child, str) else _recolored(child, chosen) for child in element.children)
    return replace(element, style=style, children=children)
