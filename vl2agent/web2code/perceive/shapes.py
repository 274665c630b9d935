"""Everything on a page that is not text: its background, boxes, rules and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.perceive.boxes import Painted, find_boxes
from vl2agent.web2code.perceive.flats import Flats, Mask, find_flats
from vl2agent.web2code.perceive.gradients import find_gradients
from vl2agent.web2code.perceive.paint import Canvas, hex_of
from vl2agent.web2code.perceive.pictures import cover_of, find_leftovers, find_photos


@dataclass(frozen=True)
class Shapes:
    """What is drawn besides text.

    Args:
        background: of the page.
        boxes: back to front.
        photos: rectangles of texture.
        icons: small drawings.
    """

    background: str
    boxes: tuple[Painted, ...]
    photos: tuple[ImageBox, ...]
    icons: tuple[ImageBox, ...]


def find_shapes(rgb: Pixels, texts: Sequence[ImageBox]) -> Shapes:
    """Find all shapes of a picture.

    Args:
        rgb: [height, width, 3].
        texts: the ink boxes of what was read.
    """
    shape = rgb.shape[0], rgb.shape[1]
    letters = cover_of(texts, shape, 1)
    flats = find_flats(rgb, letters)
    shaded = find_gradients(rgb, flats, letters)
    smooth = np.isin(flats.shading, [area.number for area in shaded])
    photos = find_photos(rgb, flats, letters | smooth)
    textured = cover_of(photos, shape)
    canvas: Canvas = np.empty(rgb.shape, np.float32)
    background = _background(flats)
    canvas[:] = background
    skip = _within(flats, letters) | _within(flats, textured)
    boxes = find_boxes(rgb, flats, canvas, skip, letters | textured, shaded)
    icons = find_leftovers(rgb, canvas, letters | textured)
    return Shapes(hex_of(background), tuple(boxes), tuple(photos), tuple(icons))


def _background(flats: Flats) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Return the color of the largest flat area."""
    return flats.colors[int(np.argmax(np.where(flats.papers, flats.areas, 0)))]  # type: ignore[no-any-return]


def _within(flats: Flats, mask: Mask) -> Mask:
    """Tell which areas lie in a mask with all of their box."""
    sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
    sums[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
    left, top, right, bottom = flats.boxes.T
    covered = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    within: Mask = covered == (right - left) * (bottom - top)
    return within
