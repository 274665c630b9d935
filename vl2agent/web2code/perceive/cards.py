"""Put the parts of cards together: a header, a body and a footer within one border, or over one shadow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Edge, Style
from vl2agent.web2code.perceive.paint import rgb_of

APART_PX = 1
NEAR_LEVELS = 4


@dataclass(frozen=True)
class Painted:
    """A box and how it is painted.

    Args:
        box: its outer edge.
        style: how it is painted.
        tentative: it has the color of what it stands on, and is only there if it casts a shadow.
    """

    box: ImageBox
    style: Style
    tentative: bool = False


def put_together(boxes: Sequence[Painted]) -> list[Painted]:
    """Turn stacks of boxes that continue each other's borders into one box with others inside."""
    left = sorted(boxes, key=lambda painted: painted.box.top)
    found: list[Painted] = []
    while left:
        stack = [left.pop(0)]
        while after := next((other for other in left if _continues(stack[-1], other)), None):
            stack.append(after)
            left.remove(after)
        found += _card(stack) if len(stack) > 1 else stack
    return sorted(found, key=lambda painted: -painted.box.area)


def stacks(boxes: Sequence[Painted], photos: Sequence[ImageBox], width: int) -> list[Painted]:
    """Return the outlines of boxes and photos that stand on each other: what may cast one shadow.

    Args:
        boxes: boxes.
        photos: pictures.
        width: of the page; what reaches from side to side is a section, and no card.
    """
    every: list[Painted | ImageBox] = [*boxes, *photos]
    parts = [part for part in every if _box(part).width < width]
    found = []
    for order, beyond in ((_top, _below), (_left, _beside)):
        left = sorted(parts, key=order)
        while left:
            stack = [left.pop(0)]
            while after := next((other for other in left if beyond(_box(stack[-1]), _box(other))), None):
                stack.append(after)
                left.remove(after)
            painted = [part for part in stack if isinstance(part, Painted)]
            if len(stack) > 1 and painted:
                found.append(_pile(stack, max(painted, key=lambda part: part.box.area), order is _top))
    return found


def _pile(stack: Sequence[Painted | ImageBox], body: Painted, upright: bool) -> Painted:
    """Return the outline of a stack, filled like its largest box."""
    (first, last) = (part.style.radius if isinstance(part, Painted) else (0.0,) * 4 for part in (stack[0], stack[-1]))
    radius = (first[0], first[1], last[2], last[3]) if upright else (first[0], last[1], last[2], first[3])
    style = Style(background=body.style.background, radius=radius)
    return Painted(ImageBox.around(map(_box, stack)), style, tentative=True)


def _top(part: Painted | ImageBox) -> int:
    return _box(part).top


def _left(part: Painted | ImageBox) -> int:
    return _box(part).left


def even(style: Style) -> Style:
    """Make borders that differ by next to nothing the same: shadows shine through the edges of some."""
    sides = ("top", "right", "bottom", "left")
    edges: list[Edge | None] = [getattr(style, side) for side in sides]
    colors = Counter(edge.color for edge in edges if edge)
    changes: dict[str, object] = {}
    for side, edge in zip(sides, edges, strict=True):
        near = [color for color in colors if edge and _near(edge.color, color)]
        if edge and near:
            changes[side] = edge.model_copy(update={"color": max(near, key=lambda color: colors[color])})
    middle = float(np.median([r for r in style.radius if r] or [0]))
    radius = tuple(middle if abs(r - middle) <= 1 else r for r in style.radius)
    return style.model_copy(update={**changes, "radius": radius})


def _continues(above: Painted, below: Painted) -> bool:
    """Tell whether the side borders of a box go on in the one below."""
    a, b = above.style, below.style
    if not (a.left and a.right and b.left and b.right) or a.bottom or any(a.radius[2:]) or any(b.radius[:2]):
        return False
    return _below(above.box, below.box) and _near(a.left.color, b.left.color) and a.left.width == b.left.width


def _below(above: ImageBox, below: ImageBox) -> bool:
    """Tell whether a box stands right below another of its width."""
    return (
        abs(above.left - below.left) <= APART_PX
        and abs(above.right - below.right) <= APART_PX
        and abs(above.bottom - below.top) <= APART_PX
    )


def _beside(left: ImageBox, right: ImageBox) -> bool:
    """Tell whether a box stands right of another of its height."""
    return (
        abs(left.top - right.top) <= APART_PX
        and abs(left.bottom - right.bottom) <= APART_PX
        and abs(left.right - right.left) <= APART_PX
    )


def _card(stack: Sequence[Painted]) -> list[Painted]:
    """Return the card, and its parts other than the largest as boxes inside of its border."""
    first, last = stack[0].style, stack[-1].style
    body = max(stack, key=lambda part: part.box.area)
    outline = ImageBox.around(part.box for part in stack)
    style = Style(
        background=body.style.background,
        top=first.top, right=body.style.right, bottom=last.bottom, left=body.style.left,
        radius=(*first.radius[:2], *last.radius[2:]),
    )  # fmt: skip
    inside = [_inside(stack, i, style) for i, part in enumerate(stack) if part is not body]
    return [Painted(outline, style), *inside]


def _inside(stack: Sequence[Painted], index: int, card: Style) -> Painted:
    """Return a part of a card without the card's border; the line between it and its neighbour becomes its own."""
    part, box = stack[index], stack[index].box
    left = round(card.left.width) if card.left else 0
    right = round(card.right.width) if card.right else 0
    top = round(part.style.top.width) if part.style.top and index == 0 else 0
    bottom = round(part.style.bottom.width) if part.style.bottom and index == len(stack) - 1 else 0
    after = stack[index + 1].style.top if index + 1 < len(stack) else None
    line = round(after.width) if after else 0
    a, b, c, d = (max(r - max(left, 1), 0.0) for r in part.style.radius)
    style = Style(
        background=part.style.background,
        top=part.style.top if index else None, bottom=after, radius=(a, b, c, d),
    )  # fmt: skip
    return Painted(ImageBox(box.left + left, box.top + top, box.right - right, box.bottom - bottom + line), style)


def _box(part: Painted | ImageBox) -> ImageBox:
    return part.box if isinstance(part, Painted) else part


def _near(a: str, b: str) -> bool:
    return bool(np.abs(rgb_of(a) - rgb_of(b)).max() <= NEAR_LEVELS)
