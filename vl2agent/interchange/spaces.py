"""In which space a tool's coordinates count, and how they come to the pixels of its picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import StrEnum

from vl2agent.geometry import ImagePoint, ScreenBox, ScreenPoint, Size, View
from vl2agent.interchange.trajectory import Unreadable
from vl2agent.steps import Frame

FINE = 10_000
"""Steps that a fraction is told in: finer than any screen."""
QWEN_FACTOR, QWEN_LEAST, QWEN_MOST = 28, 100 * 28 * 28, 16384 * 28 * 28
"""Sides are multiples of the first, pixels lie between the others, in pictures as Qwen2.5-VL sees them."""


class Space(StrEnum):
    """What coordinates are relative to."""

    PICTURE = "picture"
    THOUSAND = "thousand"
    FRACTION = "fraction"
    QWEN = "qwen"


def _qwen(picture: Size) -> Size:
    """Resize as Qwen2.5-VL does before it looks, and UI-TARS 1.5 with it.

    Source: smart_resize of its image processor.
    """
    sides = picture.width_px, picture.height_px
    nearest = [max(1, round(side / QWEN_FACTOR)) for side in sides]
    pixels = math.prod(nearest) * QWEN_FACTOR**2
    if pixels > QWEN_MOST:
        shrunk = math.sqrt(QWEN_MOST / math.prod(sides))
        nearest = [max(1, math.floor(side * shrunk / QWEN_FACTOR)) for side in sides]
    elif pixels < QWEN_LEAST:
        grown = math.sqrt(QWEN_LEAST / math.prod(sides))
        nearest = [math.ceil(side * grown / QWEN_FACTOR) for side in sides]
    return Size(nearest[0] * QWEN_FACTOR, nearest[1] * QWEN_FACTOR)


_SIZES: Mapping[Space, Callable[[Size], Size]] = {
    Space.PICTURE: lambda picture: picture,
    Space.THOUSAND: lambda picture: Size(1000, 1000),
    Space.FRACTION: lambda picture: Size(FINE, FINE),
    Space.QWEN: _qwen,
}


class Places:
    """Coordinates about one picture."""

    def __init__(self, frame: Frame, space: Space) -> None:
        self._view = View(frame.region, _SIZES[space](frame.size))
        self._space = space

    def point(self, x: float, y: float) -> ScreenPoint:
        """Map a point; the far edge is the last pixel.

        Raises:
            Unreadable: it lies outside.
        """
        factor = FINE if self._space is Space.FRACTION else 1
        size = self._view.image
        at = [self._step(v * factor, side) for v, side in ((x, size.width_px), (y, size.height_px))]
        if None in at:
            limit = "0..1" if factor > 1 else f"{size}"
            raise Unreadable(f"expected coordinates within {limit} (--space {self._space}), got ({x:g}, {y:g})")
        return self._view.point_to_screen(ImagePoint(*(step for step in at if step is not None)))

    def box(self, left: float, top: float, right: float, bottom: float) -> ScreenBox:
        """Map two corners, in either order.

        Raises:
            Unreadable: one lies outside.
        """
        one, other = self.point(left, top), self.point(right, bottom)
        return ScreenBox(min(one.x, other.x), min(one.y, other.y), max(one.x, other.x) + 1, max(one.y, other.y) + 1)

    @property
    def middle(self) -> ScreenPoint:
        """The middle of the picture."""
        return self._view.region.center

    def _step(self, value: float, side: int) -> int | None:
        if not 0 <= value <= side:
            return None
        return min(math.floor(value), side - 1)
