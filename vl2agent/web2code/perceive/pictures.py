"""Find photos: rectangles full of colors that are neither paper, nor text, nor a gradient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.perceive.flats import PAPER, Flats, Mask, find_shading, view

MIN_PX = 28
MIN_FILLED = 0.6
MIN_TEXTURE = 0.2
"""The share of a photo that is not flat."""
MIN_FLAT = 64
"""Pixels from which an area of one color is no texture."""
HOLDS_PX = 12
"""So many pixels around letters make an area paper that is written on."""
LARGE = 0.03
"""The share of the page from which an area is paper, whatever stands on it."""
BLURRED = 0.6
STEEP = 5
"""Levels from pixel to pixel that a shadow may have."""
SNAP_PX = 32
SHARP = 10
"""Levels of a step at the edge of a picture."""
EDGE = 0.6
"""The share of a side along which such a step runs."""
SEAM = 0.85
"""The same between two pictures that touch."""


def find_paper(rgb: Pixels, flats: Flats, letters: Mask) -> Mask:
    """Mark what is written on, with the shadows on it.

    Args:
        rgb: the picture.
        flats: its areas.
        letters: pixels of texts.
    """
    flat = flats.papers & flats.thick & (flats.areas >= MIN_FLAT)
    paper = flat & (_written(flats, letters) | ((flats.areas > LARGE * letters.size) & (flats.blurred < BLURRED)))
    marked: Mask = _spread(flats, paper) | _shadowed(rgb, flats, paper)
    return marked


def find_photos(rgb: Pixels, flats: Flats, letters: Mask, smooth: Mask, paper: Mask) -> list[ImageBox]:
    """Find photos, also those that contain flat parts.

    Args:
        rgb: the picture.
        flats: its areas.
        letters: pixels of texts.
        paper: pixels of paper.
        smooth: pixels of gradients that are paper, and not the sky of a photo.
    """
    import cv2
    from scipy import ndimage

    flat = flats.papers & flats.thick & (flats.areas >= MIN_FLAT)
    textured = ~(_spread(flats, flat) | letters | smooth)
    other = ~(paper | smooth | letters)
    opened = cv2.morphologyEx(other.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    joined = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    photos: list[ImageBox] = []
    for number, (left, top, width, height, _area) in enumerate(stats[1:count].tolist(), 1):
        box = ImageBox(left, top, left + width, top + height)
        if min(width, height) < MIN_PX or view(textured, box).mean() < MIN_TEXTURE:
            continue
        if ndimage.binary_fill_holes(view(labels, box) == number).mean() >= MIN_FILLED:
            photos += _parted(rgb, _snapped(rgb, box))
    return photos


def _written(flats: Flats, letters: Mask) -> Mask:
    """Tell which areas have texts on them."""
    import cv2

    around = cv2.dilate(letters.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_) & ~letters
    written: Mask = np.bincount(flats.labels[around], minlength=len(flats.areas)) >= HOLDS_PX
    return written


def _spread(flats: Flats, areas: Mask) -> Mask:
    """Mark the pixels of areas, and of the shadows on them."""
    shadings = np.zeros(len(flats.shading_areas), np.bool_)
    shadings[flats.shadings[areas]] = True
    shadings[0] = False
    spread: Mask = areas[flats.labels] | shadings[flats.shading]
    return spread


def _shadowed(rgb: Pixels, flats: Flats, paper: Mask) -> Mask:
    """Mark paper with the shadows on it where they are steep."""
    wide = find_shading(rgb, STEEP)
    sizes = np.bincount(wide.ravel())
    sheets = np.bincount(wide[paper[flats.labels]], minlength=len(sizes)) > PAPER * sizes
    sheets[0] = False
    shadowed: Mask = sheets[wide]
    return shadowed


def _snapped(rgb: Pixels, box: ImageBox) -> ImageBox:
    """Move the sides of a box to the sharp edges next to them."""
    height, width = rgb.shape[:2]
    left, top = max(box.left - SNAP_PX // 4, 0), max(box.top - SNAP_PX // 4, 0)
    right, bottom = min(box.right + SNAP_PX // 4, width), min(box.bottom + SNAP_PX // 4, height)
    columns = _sharp(rgb[box.top : box.bottom, left:right], box.left - left, right - box.right)
    rows = _sharp(rgb[top:bottom, box.left : box.right].transpose(1, 0, 2), box.top - top, bottom - box.bottom)
    return ImageBox(left + columns[0], top + rows[0], left + columns[1], top + rows[1])


def _sharp(rgb: Pixels, before: int, after: int) -> tuple[int, int]:
    """Return the columns where a picture begins and ends: the first sharp edges, else what is known of the ends."""
    steps = _steps(rgb)
    near = min(SNAP_PX, rgb.shape[1] // 4)
    if np.median(steps) > EDGE:  # edges everywhere
        return before, rgb.shape[1] - after
    first, last = np.flatnonzero(steps[:near] > EDGE), np.flatnonzero(steps[::-1][:near] > EDGE)
    left = int(first[0]) + 1 if first.size else before
    right = rgb.shape[1] - (int(last[0]) + 1 if last.size else after)
    return left, right


def _parted(rgb: Pixels, box: ImageBox) -> list[ImageBox]:
    """Cut a box at the seams between pictures that touch."""
    part = view(rgb, box)
    for turned, upright in ((part, True), (part.transpose(1, 0, 2), False)):
        steps = _steps(turned)
        inner = steps[MIN_PX : len(steps) - MIN_PX]
        if inner.size and inner.max() > SEAM and np.median(inner) < EDGE:
            at = MIN_PX + int(np.argmax(inner)) + 1
            if upright:
                halves = (
                    ImageBox(box.left, box.top, box.left + at, box.bottom),
                    ImageBox(box.left + at, box.top, box.right, box.bottom),
                )
            else:
                halves = (
                    ImageBox(box.left, box.top, box.right, box.top + at),
                    ImageBox(box.left, box.top + at, box.right, box.bottom),
                )
            return [photo for half in halves for photo in _parted(rgb, half)]
    return [box]


def _steps(rgb: Pixels) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return, for every pair of neighbouring columns, the share of rows with a sharp step between them."""
    steps: np.ndarray[tuple[int], np.dtype[np.float64]] = (
        np.abs(np.diff(rgb.astype(np.int16), axis=1)).max(axis=2) > SHARP
    ).mean(axis=0)
    return steps


def cover_of(boxes: Sequence[ImageBox], shape: tuple[int, int], pad: int = 0) -> Mask:
    """Mark what lies in any of the boxes."""
    mask = np.zeros(shape, np.bool_)
    for box in boxes:
        mask[max(box.top - pad, 0) : box.bottom + pad, max(box.left - pad, 0) : box.right + pad] = True
    return mask
