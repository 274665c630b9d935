"""Areas of one color: what flat design is made of, and what everything else is told from.

A page that a browser drew repeats colors exactly, so areas are joined by equality, not by nearness. Areas that meet
their neighbours in steps of one or two levels are bands of something soft: a gradient, a shadow, a photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels

MIN_AREA = 4
SOFT = 2
"""Neighbouring pixels that differ by at most this much, in the channel that differs most, belong to one shading."""

DOMINANT = 0.5

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Flats:
    """The areas of one color of a picture, of at least MIN_AREA pixels, numbered from 1; 0 is everything else.

    Args:
        labels: [height, width], which area a pixel belongs to.
        colors: [areas + 1, 3].
        areas: [areas + 1], in pixels.
        boxes: [areas + 1, 4], left, top, right, bottom.
        thick: [areas + 1], whether it is at least 3 pixels thick somewhere.
        shading: [height, width], the same number for pixels that are joined by soft steps; 0 where there are none.
        shadings: [areas + 1], the shading an area is in.
    """

    labels: Labels
    colors: NDArray[np.uint8]
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]
    thick: Mask
    shading: Labels
    shadings: Labels

    def box(self, number: int) -> ImageBox:
        """Return the box around an area."""
        return ImageBox(*(int(v) for v in self.boxes[number]))

    def mask(self, number: int, box: ImageBox) -> Mask:
        """Mark an area inside of a box."""
        return view(self.labels, box) == number  # type: ignore[no-any-return]

    @cached_property
    def shading_areas(self) -> NDArray[np.int64]:
        """The pixels of every shading."""
        return np.bincount(self.shading.ravel())

    @cached_property
    def dominant(self) -> Mask:
        """Areas that make up most of their shading: flat ones, and not a step of something soft."""
        dominant: Mask = (self.areas > DOMINANT * self.shading_areas[self.shadings]) | (self.shadings == 0)
        return dominant


def find_flats(rgb: Pixels) -> Flats:
    """Find all areas of one color.

    Args:
        rgb: [height, width, 3].
    """
    import cv2
    from scipy import ndimage
    from skimage.measure import label

    parts = rgb.astype(np.int32)
    packed = parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    every = label(packed, connectivity=1, background=-1)
    areas = np.bincount(every.ravel())
    kept = areas >= MIN_AREA
    kept[0] = False
    renumber = np.zeros(len(areas), np.int32)
    renumber[kept] = np.arange(1, kept.sum() + 1)
    labels = renumber[every]
    sizes = np.concatenate([[0], areas[kept]])
    boxes = np.zeros((len(sizes), 4), np.int64)
    colors = np.zeros((len(sizes), 3), np.uint8)
    for number, place in enumerate(ndimage.find_objects(labels), 1):
        boxes[number] = place[1].start, place[0].start, place[1].stop, place[0].stop
    flat = labels.ravel()
    some = np.zeros(len(sizes), np.int64)
    some[flat] = np.arange(flat.size)
    colors[:] = rgb.reshape(-1, 3)[some]
    square = np.ones((3, 3), np.uint8)
    core = (cv2.dilate(rgb, square) == cv2.erode(rgb, square)).all(axis=2)
    core[[0, -1]] = core[:, [0, -1]] = False
    thick = np.zeros(len(sizes), np.bool_)
    thick[np.unique(labels[core])] = True
    thick[0] = False
    return Flats(labels, colors, sizes, boxes, thick, *_shadings(rgb, labels, len(sizes)))


def _shadings(rgb: Pixels, labels: Labels, count: int) -> tuple[Labels, Labels]:
    """Join what meets in soft steps; also dithered gradients, whose areas are single pixels.

    Returns the shading of every pixel, 0 where none is, and that of every area.
    """
    import cv2

    square, anchor = np.ones((2, 2), np.uint8), (0, 0)
    smooth = (cv2.dilate(rgb, square, anchor=anchor) - cv2.erode(rgb, square, anchor=anchor) <= SOFT).all(axis=2)
    smooth[-1] = smooth[:, -1] = False
    _, windows = cv2.connectedComponents(smooth.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    shading = windows.copy()
    shading[1:] = np.maximum(shading[1:], windows[:-1])
    shading[:, 1:] = np.maximum(shading[:, 1:], windows[:, :-1])
    shading[1:, 1:] = np.maximum(shading[1:, 1:], windows[:-1, :-1])
    of_area = np.zeros(count, np.int32)
    some = shading > 0
    of_area[labels[some]] = shading[some]
    return shading, of_area


def view(array: NDArray[np.generic], box: ImageBox) -> NDArray[np.generic]:
    """Return the part of an array inside of a box."""
    return array[box.top : box.bottom, box.left : box.right]
