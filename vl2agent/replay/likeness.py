"""Do two pictures of the screen show the same?

Compared are pixels with their neighbours: what is as bright as something next to it in the other picture, give or take
NOISE, and EDGE of the contrast there, is the same, so that other edges of letters (antialiasing, a pixel to the side)
do not count, and a letter that is another one does. What is left is put together to regions. A region as thin as a text caret is one, and blinks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame, Pixels
from vl2agent.tiles import dirty_regions, is_caret

NOISE = 20
"""By how much a channel may be off, of 255."""
EDGE = 0.35
"""How much more it may be off at an edge, as a share of the contrast there."""
LEAST = 2
"""Pixels that must differ in a region."""
CARET_PX, CARET_WIDTH_PX, SOLID = 10, 3, 0.9
"""A caret's least height and largest width in logical pixels, and how much of its box it fills."""
PANEL_PX, CLOCK_PX = 27, 110
"""The panel of the sandbox in logical pixels: its height, and how much of its right end the clock may take."""


def regions_apart(recorded: Frame, now: Frame, masks: Sequence[ScreenBox] = ()) -> tuple[ScreenBox, ...]:
    """Return where two frames show different things, in reading order; all of it where their sizes differ."""
    if recorded.region != now.region:
        return (now.region,)
    found = []
    for box in dirty_regions(recorded, now):
        apart = _apart(recorded, now, box)
        for mask in masks:
            _blank(apart, box, mask)
        tight = _tight(apart, box)
        if tight is not None and not _is_caret(apart, tight, now.scale):
            found.append(tight)
    return tuple(found)


def _is_caret(apart: NDArray[np.bool_], tight: ScreenBox, scale: float) -> bool:
    """Tell whether it is a solid upright line; a part of a letter is as thin, and shorter or full of holes."""
    is_tall = tight.height >= CARET_PX * scale and tight.width <= CARET_WIDTH_PX * scale
    return is_tall and is_caret(tight, scale) and int(apart.sum()) >= SOLID * tight.area


def clock_of(frame: Frame) -> ScreenBox:
    """Return where the sandbox's panel shows the time."""
    height, width = round(PANEL_PX * frame.scale), round(CLOCK_PX * frame.scale)
    region = frame.region
    return ScreenBox(max(region.left, region.right - width), region.top, region.right, region.top + height)


def _apart(recorded: Frame, now: Frame, box: ScreenBox) -> NDArray[np.bool_]:
    """Tell which pixels of a box have nothing like them near their place in the other picture."""
    one, other = (_part(frame, box) for frame in (recorded, now))
    return _unlike(one, other) | _unlike(other, one)


def _unlike(one: NDArray[np.int16], other: NDArray[np.int16]) -> NDArray[np.bool_]:
    low, high = _around(other, np.minimum), _around(other, np.maximum)
    inner = one[1:-1, 1:-1]
    may = NOISE + EDGE * (high - low)
    unlike: NDArray[np.bool_] = np.any((inner < low - may) | (inner > high + may), axis=2)
    return unlike


def _around(pixels: NDArray[np.int16], pick: np.ufunc) -> NDArray[np.int16]:
    """Pick the least or the largest of each pixel and its eight neighbours."""
    rows = pick(pick(pixels[:-2], pixels[1:-1]), pixels[2:])
    found: NDArray[np.int16] = pick(pick(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return found


def _part(frame: Frame, box: ScreenBox) -> NDArray[np.int16]:
    """Cut a box out, with a pixel more on each side, repeated at the edges of the screen."""
    top, left = box.top - frame.region.top, box.left - frame.region.left
    height, width = frame.pixels.shape[:2]
    rows = np.clip(np.arange(top - 1, top + box.height + 1), 0, height - 1)
    columns = np.clip(np.arange(left - 1, left + box.width + 1), 0, width - 1)
    part: Pixels = frame.pixels[rows[:, None], columns, :3]
    return part.astype(np.int16)


def _blank(apart: NDArray[np.bool_], box: ScreenBox, mask: ScreenBox) -> None:
    shared = box.intersection(mask)
    if shared is not None:
        apart[shared.top - box.top : shared.bottom - box.top, shared.left - box.left : shared.right - box.left] = False


def _tight(apart: NDArray[np.bool_], box: ScreenBox) -> ScreenBox | None:
    """Return the box around what differs; None where that is next to nothing."""
    if int(apart.sum()) < LEAST:
        return None
    rows, columns = np.flatnonzero(apart.any(axis=1)), np.flatnonzero(apart.any(axis=0))
    left, top = box.left + int(columns[0]), box.top + int(rows[0])
    return ScreenBox(left, top, box.left + int(columns[-1]) + 1, box.top + int(rows[-1]) + 1)
