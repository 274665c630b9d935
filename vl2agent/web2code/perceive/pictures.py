"""Find what cannot be described: photos, charts and icons; whatever the canvas does not explain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.perceive.flats import Flats, Mask
from vl2agent.web2code.perceive.paint import Canvas

MIN_PHOTO_PX = 20
MIN_DENSE = 0.4
MIN_FLAT = 64
"""Pixels from which an area of one color is no texture."""
UNLIKE = 6
"""Levels from which a pixel is not explained."""
JOIN_PX = 5


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
            photos.append(_settled(ImageBox(left, top, left + width, top + height), flats))
    return photos


def _settled(blob: ImageBox, flats: Flats) -> ImageBox:
    """Grow a blob of texture to the rectangle that stands out from the paper around it."""
    from scipy import ndimage

    height, width = flats.labels.shape
    pad = 24
    place = ImageBox(
        max(blob.left - pad, 0), max(blob.top - pad, 0), min(blob.right + pad, width), min(blob.bottom + pad, height)
    )
    part = flats.labels[place.top : place.bottom, place.left : place.right]
    numbers = np.unique(part)
    boxes = flats.boxes[numbers]
    beyond = (
        (boxes[:, 0] < place.left)
        | (boxes[:, 1] < place.top)
        | (boxes[:, 2] > place.right)
        | (boxes[:, 3] > place.bottom)
    )
    paper = numbers[beyond & flats.thick[numbers] & flats.papers[numbers]]
    stands_out = ~np.isin(part, paper)
    marked, _ = ndimage.label(stands_out)
    inner = marked[blob.top - place.top : blob.bottom - place.top, blob.left - place.left : blob.right - place.left]
    counts = np.bincount(inner.ravel())
    counts[0] = 0
    found = ndimage.find_objects((marked == counts.argmax()).astype(np.int32))[0]
    return ImageBox(
        place.left + found[1].start, place.top + found[0].start, place.left + found[1].stop, place.top + found[0].stop
    )


def find_leftovers(rgb: Pixels, canvas: Canvas, explained: Mask) -> list[ImageBox]:
    """Find groups of pixels that are not what the canvas shows.

    Args:
        rgb: the picture.
        canvas: its boxes, drawn.
        explained: pixels that need no picture: texts.
    """
    import cv2

    unlike = (np.abs(rgb - canvas).max(axis=2) > UNLIKE) & ~explained
    joined = cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((JOIN_PX, JOIN_PX), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = []
    for index in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[index])
        if max(width, height) >= 4 and area >= 8:
            boxes.append(ImageBox(left, top, left + width, top + height))
    return boxes


def cover_of(boxes: Sequence[ImageBox], shape: tuple[int, int], pad: int = 0) -> Mask:
    """Mark what lies in any of the boxes."""
    mask = np.zeros(shape, np.bool_)
    for box in boxes:
        mask[max(box.top - pad, 0) : box.bottom + pad, max(box.left - pad, 0) : box.right + pad] = True
    return mask
