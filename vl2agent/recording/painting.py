"""Parts of frames painted over before anybody encodes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from pydantic import field_validator

from vl2agent.actions import Frozen
from vl2agent.errors import CoordinateError
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame

PAINT = 0x4D
"""A dark grey that shows where something was, and nothing of it."""

Edge: TypeAlias = int | str


class Region(Frozen):
    """A part of every frame: of the screen or, with `window`, of each window whose title or application fits.

    `box` is left, top, right, bottom: pixels, or parts as "0%".."100%"; without it all of it.
    """

    box: tuple[Edge, Edge, Edge, Edge] = (0, 0, "100%", "100%")
    window: re.Pattern[str] | None = None

    @field_validator("window", mode="before")
    @classmethod
    def _pattern(cls, value: object) -> object:
        try:
            return re.compile(value, re.IGNORECASE) if isinstance(value, str) else value
        except re.error as error:
            raise ValueError(f"expected a regular expression: {error}") from error

    @field_validator("box")
    @classmethod
    def _edges(cls, value: tuple[Edge, ...]) -> tuple[Edge, ...]:
        for edge in value:
            if isinstance(edge, str) and not re.fullmatch(r"\d{1,3}(\.\d+)?%", edge):
                raise ValueError(f"expected pixels or a part such as '90%', got {edge!r}")
        return value

    def on(self, frame: Frame) -> list[ScreenBox]:
        """Say where it is on a frame."""
        if self.window is None:  # pixels are the screen's own, parts are those of the frame
            return _there(self.box, frame.region, frame.region, origin=False)
        fits = (window.box for window in frame.windows if self.window.search(f"{window.title}\n{window.app}"))
        return [box for window in fits for box in _there(self.box, window, frame.region, origin=True)]


def painted(frame: Frame, boxes: Iterable[ScreenBox]) -> tuple[Frame, tuple[ScreenBox, ...]]:
    """Return the frame with these parts of the screen painted over, and what of them is on it."""
    places = tuple(dict.fromkeys(part for box in boxes if (part := box.intersection(frame.region))))
    if not places:
        return frame, ()
    pixels, region = frame.pixels.copy(), frame.region
    for box in places:
        rows = slice(box.top - region.top, box.bottom - region.top)
        pixels[rows, box.left - region.left : box.right - region.left] = np.uint8(PAINT)
    return Frame(pixels, region, frame.taken_at_s, frame.scale, frame.windows, frame.tells_windows), places


def widened(box: ScreenBox, by: int) -> ScreenBox:
    """Return the box with an edge around it."""
    return ScreenBox(box.left - by, box.top - by, box.right + by, box.bottom + by)


def lies_under(box: ScreenBox, places: Sequence[ScreenBox]) -> bool:
    """Tell whether paint covers more than the edge of something, or something more than the edge of the paint."""
    covered = ((box.intersection(place), place) for place in places)
    return any(part is not None and part.area * 10 > min(box.area, place.area) for part, place in covered)


def _there(edges: tuple[Edge, ...], whole: ScreenBox, frame: ScreenBox, *, origin: bool) -> list[ScreenBox]:
    """Put edges on a whole; what is empty there, or off the frame, is nowhere."""
    sides = ((whole.left, whole.right), (whole.top, whole.bottom)) * 2
    left, top, right, bottom = (
        low + round(float(edge[:-1]) * (high - low) / 100) if isinstance(edge, str) else edge + (low if origin else 0)
        for edge, (low, high) in zip(edges, sides, strict=True)
    )
    try:
        found = ScreenBox(left, top, right, bottom).intersection(frame)
    except CoordinateError:
        return []
    return [found] if found else []
