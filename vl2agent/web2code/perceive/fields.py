"""Recognise the small things that pixels tell for certain: check boxes, radio buttons, bullets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Edge, FieldState, Style, Text
from vl2agent.web2code.perceive.cards import Painted
from vl2agent.web2code.perceive.marks import Mark
from vl2agent.web2code.perceive.shapes import Shapes

TICK_PX = range(11, 25)
ROUND = 0.42
"""A radius of this share of the size makes a radio button."""
LABEL_PX = 16
SATURATED = 60
"""Levels between the strongest and the weakest channel of a box that is filled because it is checked."""


def tick_box(
    painted: Painted, shapes: Shapes, texts: Sequence[Text]
) -> tuple[Literal["checkbox", "radio"], FieldState] | None:
    """Tell whether a box is a check box or a radio button: small, square, empty, and beside a text."""
    box, style = painted.box, painted.style
    edges = (style.top, style.right, style.bottom, style.left)
    if box.width not in TICK_PX or abs(box.width - box.height) > 1 or style.shadows:
        return None
    lines = [line.box for text in texts for line in text.lines]
    labelled = any(_right_of(box, line) for line in lines)
    if not labelled or any(box.intersection(line) for line in lines):
        return None
    inside = any(box.holds(mark.box) for mark in shapes.marks) or any(
        other is not painted and box.holds(other.box) for other in shapes.boxes
    )
    framed = all(edges)
    if not framed and not (inside and isinstance(style.background, str) and _is_vivid(style.background)):
        return None
    role: Literal["checkbox", "radio"] = "radio" if min(style.radius) >= ROUND * box.width else "checkbox"
    return role, FieldState(checked=inside)


def bullet(mark: Mark) -> Style:
    """Return the style of a bullet."""
    half = mark.box.width / 2
    if mark.kind == "circle":
        edge = Edge(width=1, color=mark.color)
        return Style(top=edge, right=edge, bottom=edge, left=edge, radius=(half, half, half, half))
    return Style(background=mark.color, radius=(half, half, half, half) if mark.kind == "disc" else (0, 0, 0, 0))


def _right_of(box: ImageBox, line: ImageBox) -> bool:
    middle = (box.top + box.bottom) / 2
    return 0 < line.left - box.right <= LABEL_PX and line.top - 4 <= middle <= line.bottom + 4


def _is_vivid(color: str) -> bool:
    channels = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return max(channels) - min(channels) >= SATURATED
