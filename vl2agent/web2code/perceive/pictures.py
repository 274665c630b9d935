"""Find what cannot be described: photos, charts and icons; whatever the canvas does not explain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.perceive.flats import Flats, Mask, view

MIN_PHOTO_PX = 20
MIN_DENSE = 0.4
MIN_FLAT = 64
"""Pixels from which an area of one color is no texture."""
PAD_PX = 24
SHARP = 10
"""Levels of a step at the edge of a picture."""
EDGE = 0.6
"""The share of a side along which such a step runs."""


def find_photos(rgb: Pixels, flats: Flats, known: Mask) -> list[ImageBox]:
    """Find rectangles that are neither flat nor known: photos, and drawings as dense.

    Args:
        rgb: the picture.
        flats: its areas.
        known: pixels of texts and gradients.
    """
    import cv2

    flat = flats.papers & flats.thick & (flats.areas >= MIN_FLAT)
    shadings = np.zeros(len(flats.shading_areas), np.bool_)
    shadings[flats.shadings[flat]] = True
    shadings[0] = False
    textured = ~(flat[flats.labels] | shadings[flats.shading] | known)
    opened = cv2.morphologyEx(textured.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    joined = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    photos = []
    for left, top, width, height, area in stats[1:count].tolist():
        if min(width, height) >= MIN_PHOTO_PX and area >= MIN_DENSE * width * height:
            photos.append(_settled(rgb, ImageBox(left, top, left + width, top + height), flats))
    return photos


def _settled(rgb: Pixels, blob: ImageBox, flats: Flats) -> ImageBox:
    """Grow a blob of texture to what stands out from the paper around it, then shrink it to sharp edges."""
    from scipy import ndimage

    height, width = flats.labels.shape
    place = ImageBox(
        max(blob.left - PAD_PX, 0), max(blob.top - PAD_PX, 0),
        min(blob.right + PAD_PX, width), min(blob.bottom + PAD_PX, height),
    )  # fmt: skip
    part = view(flats.labels, place)
    numbers = np.unique(part)
    boxes = flats.boxes[numbers]
    beyond = (boxes[:, :2] < (place.left, place.top)).any(axis=1) | (boxes[:, 2:] > (place.right, place.bottom)).any(
        axis=1
    )
    paper = numbers[beyond & flats.thick[numbers] & flats.papers[numbers]]
    shadings = np.setdiff1d(flats.shadings[paper], [0])
    marked, _ = ndimage.label(~(np.isin(part, paper) | np.isin(view(flats.shading, place), shadings)))
    counts = np.bincount(
        marked[blob.top - place.top : blob.bottom - place.top, blob.left - place.left : blob.right - place.left].ravel()
    )
    counts[0] = 0
    rows, columns = ndimage.find_objects((marked == counts.argmax()).astype(np.int32))[0]
    box = ImageBox(place.left + columns.start, place.top + rows.start, place.left + columns.stop, place.top + rows.stop)
    left, right = _sharp(view(rgb, box))
    top, bottom = _sharp(view(rgb, box).transpose(1, 0, 2))
    return ImageBox(box.left + left, box.top + top, box.left + right, box.top + bottom)


def _sharp(rgb: Pixels) -> tuple[int, int]:
    """Return the first and last column between edges that run from top to bottom, where some are near the ends."""
    width = rgb.shape[1]
    steps = (np.abs(np.diff(rgb.astype(np.int16), axis=1)).max(axis=2) > SHARP).mean(axis=0)
    near = min(PAD_PX + 8, width // 4)
    first, last = steps[:near], steps[::-1][:near]
    left = int(np.argmax(first)) + 1 if first.size and first.max() > EDGE else 0
    right = width - int(np.argmax(last)) - 1 if last.size and last.max() > EDGE else width
    return left, right


def cover_of(boxes: Sequence[ImageBox], shape: tuple[int, int], pad: int = 0) -> Mask:
    """Mark what lies in any of the boxes."""
    mask = np.zeros(shape, np.bool_)
    for box in boxes:
        mask[max(box.top - pad, 0) : box.bottom + pad, max(box.left - pad, 0) : box.right + pad] = True
    return mask
