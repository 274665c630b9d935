"""Where things are asked to stand: boxes with their trims, and line boxes around ink.

A trim moves what it is on, and nothing else. Layout works out every margin from the places of both neighbours, so what
a trim adds before a block it takes away behind it; a box that moves leaves its children where they are. What drawing
got wrong can therefore be written into every block on its own: wanted minus drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from vl2agent.web2code.ir import Block


@dataclass(frozen=True, slots=True)
class Place:
    """Edges on the page, in pixels; unlike an ImageBox between pixels too, and empty if need be."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The x in the middle."""
        return (self.left + self.right) / 2

    def union(self, other: Place) -> Place:
        return Place(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Span:
    """From where to where something may reach sideways."""

    left: float
    right: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def placed(block: Block) -> Place:
    """Return the edges of a block, its trim added."""
    box, trim = block.box, block.trim
    left, top = box.left + trim.x, box.top + trim.y
    return Place(left, top, left + box.width + trim.width, top + box.height + trim.height)


def hull(places: Iterable[Place]) -> Place:
    """Return the smallest place around some, at least one."""
    return reduce(Place.union, places)
