"""Areas of one color: what flat design is made of, and what everything else is told from.

A page that a browser drew repeats colors exactly, so areas are joined by equality, not by nearness. What meets its
neighbours in steps of one or two levels belongs to one shading: a flat area with the shadows that fall on it, a
gradient, the smooth parts of a photo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels

MIN_AREA = 4
MIN_SHADED = 64
SOFT = 2
"""Neighbouring pixels that differ by at most this much, in the channel that differs most, belong to one shading."""
PAPER = 0.2
"""The share of its shading that a color has when the shading is flat, and the rest shadows on it."""
AWAY_PX = 5
FADED = 0.4
"""An edge whose first pixel has less than this share of the whole change is blurred."""
CHANGE = 12

T = TypeVar("T", bound=np.generic)
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Flats:
    """The areas of one color of a picture, of at least MIN_AREA pixels, numbered from 1; 0 is everything else.

    Areas of the same color in one shading are one area: paper that shadows cross.

    Args:
        labels: [height, width], which area a pixel belongs to.
        colors: [areas + 1, 3].
        areas: [areas + 1], in pixels.
        boxes: [areas + 1, 4], left, top, right, bottom.
        thick: [areas + 1], whether it is at least 3 pixels thick somewhere.
        blurred: [areas + 1], the share of its shading's outline that is not sharp.
        shading: [height, width], the same number for pixels that are joined by soft steps; 0 where there are none.
        shadings: [areas + 1], the shading an area is in.
    """

    labels: Labels
    colors: NDArray[np.uint8]
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]
    thick: Mask
    blurred: NDArray[np.float64]
    shading: Labels
    shadings: Labels

    def box(self, number: int) -> ImageBox:
        """Return the box around an area."""
        return ImageBox(*(int(v) for v in self.boxes[number]))

    def mask(self, number: int, box: ImageBox) -> Mask:
        """Mark an area, and the shadows on it, inside of a box."""
        mask: Mask = view(self.labels, box) == number
        if self.shadings[number] and self.papers[number]:
            mask |= view(self.shading, box) == self.shadings[number]
        return mask

    @cached_property
    def shading_areas(self) -> NDArray[np.int64]:
        """The pixels of every shading."""
        return np.bincount(self.shading.ravel())

    @cached_property
    def papers(self) -> Mask:
        """Areas that stand for their shading: flat ones, and not a step of something soft."""
        share = self.areas / np.maximum(self.shading_areas[self.shadings], 1)
        most = np.zeros(len(self.shading_areas), np.int64)
        np.maximum.at(most, self.shadings, self.areas)
        papers: Mask = (self.shadings == 0) | ((share >= PAPER) & (self.areas == most[self.shadings]))
        papers[0] = False
        return papers


def find_flats(rgb: Pixels, letters: Mask) -> Flats:
    """Find all areas of one color.

    Args:
        rgb: [height, width, 3].
        letters: [height, width], where texts are: no outline counts there.
    """
    import cv2
    from scipy import ndimage

    packed = _packed(rgb)
    shading = find_shading(rgb)
    labels, areas = _areas(packed, shading)
    boxes = np.zeros((len(areas), 4), np.int64)
    for number, place in enumerate(ndimage.find_objects(labels), 1):
        boxes[number] = place[1].start, place[0].start, place[1].stop, place[0].stop
    some = np.zeros(len(areas), np.int64)
    some[labels.ravel()] = np.arange(labels.size)
    square = np.ones((3, 3), np.uint8)
    core = (cv2.dilate(rgb, square) == cv2.erode(rgb, square)).all(axis=2)
    core[[0, -1]] = core[:, [0, -1]] = False
    thick = np.zeros(len(areas), np.bool_)
    thick[labels[core]] = True
    thick[0] = False
    shadings = np.zeros(len(areas), np.int32)
    shadings[labels[shading > 0]] = shading[shading > 0]
    colors = rgb.reshape(-1, 3)[some]
    blurred = _blurred(rgb, shading, letters, int(shading.max()) + 1)[shadings]
    flats = Flats(labels, colors, areas, boxes, thick, blurred, shading, shadings)
    return replace(flats, boxes=_with_shadows(flats))


def _with_shadows(flats: Flats) -> NDArray[np.int64]:
    """Return the boxes of areas, grown to the shadows on them where they are the paper of their shading."""
    from scipy import ndimage

    boxes = flats.boxes.copy()
    large = flats.shading_areas >= MIN_SHADED
    large[0] = False
    renumber = np.zeros(len(large), np.int32)
    renumber[large] = np.arange(1, large.sum() + 1)
    places = ndimage.find_objects(renumber[flats.shading])
    for number in np.flatnonzero(flats.papers & large[flats.shadings]):
        rows, columns = places[renumber[flats.shadings[number]] - 1]
        boxes[number] = columns.start, rows.start, columns.stop, rows.stop
    return boxes


def _blurred(rgb: Pixels, labels: Labels, letters: Mask, count: int) -> NDArray[np.float64]:
    """Return how much of the outline of every shading fades away over several pixels, as a share."""
    import cv2

    soft, total = np.zeros(count), np.zeros(count)
    if min(labels.shape) <= 3 * AWAY_PX:
        return soft
    for turned, numbers, text in ((rgb, labels, letters), (rgb.transpose(1, 0, 2), labels.T, letters.T)):
        image = np.ascontiguousarray(turned)
        if image.shape[1] <= 2 * AWAY_PX:
            continue  # too thin to fade
        near = cv2.absdiff(image[:, AWAY_PX:-1], image[:, AWAY_PX + 1 :]).max(axis=2)
        left = cv2.absdiff(image[:, 1:-AWAY_PX], image[:, AWAY_PX + 1 :]).max(axis=2)
        right = cv2.absdiff(image[:, AWAY_PX:-1][:, : -AWAY_PX + 1], image[:, 2 * AWAY_PX :]).max(axis=2)
        outline = (numbers[:, AWAY_PX:-1] != numbers[:, AWAY_PX + 1 :]) & ~text[:, AWAY_PX:-1]
        for far, inside, edge, step in (
            (left, numbers[:, AWAY_PX + 1 :], outline, near),
            (right, numbers[:, AWAY_PX:-1][:, : -AWAY_PX + 1], outline[:, : -AWAY_PX + 1], near[:, : -AWAY_PX + 1]),
        ):
            at = inside[edge]
            total += np.bincount(at, minlength=count)
            fades = (far[edge] > CHANGE) & (step[edge] < FADED * far[edge])
            soft += np.bincount(at[fades], minlength=count)
    share: NDArray[np.float64] = soft / np.maximum(total, 1)
    return share


def _packed(rgb: Pixels) -> Labels:
    parts = rgb.astype(np.int32)
    packed: Labels = parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    return packed


def _areas(packed: Labels, shading: Labels) -> tuple[Labels, NDArray[np.int64]]:
    """Number the areas of one color, and count their pixels."""
    from skimage.measure import label

    every = label(packed, connectivity=1, background=-1)
    sizes = np.bincount(every.ravel())
    some = np.zeros(len(sizes), np.int64)
    some[every.ravel()] = np.arange(every.size)
    inside = np.zeros(len(sizes), np.int64)
    inside[every[shading > 0]] = shading[shading > 0]
    keys = np.where(inside > 0, inside << 24 | packed.ravel()[some], -1 - np.arange(len(sizes)))
    _, merged = np.unique(keys, return_inverse=True)
    areas = np.bincount(merged, weights=sizes).astype(np.int64)
    kept = areas >= MIN_AREA
    renumber = np.zeros(len(areas), np.int32)
    renumber[kept] = np.arange(1, kept.sum() + 1)
    return renumber[merged][every], np.concatenate([[0], areas[kept]])


def find_shading(rgb: Pixels, soft: int = SOFT) -> Labels:
    """Join what meets in soft steps; also dithered gradients, whose areas are single pixels.

    Args:
        rgb: the picture.
        soft: levels of a soft step.
    """
    import cv2

    square, anchor = np.ones((2, 2), np.uint8), (0, 0)
    spread = cv2.subtract(cv2.dilate(rgb, square, anchor=anchor), cv2.erode(rgb, square, anchor=anchor))
    smooth = np.asarray(spread).max(axis=2) <= soft
    smooth[-1] = smooth[:, -1] = False
    windows = np.asarray(cv2.connectedComponents(smooth.astype(np.uint8), connectivity=4)[1], np.int32)
    shading = windows.copy()
    shading[1:] = np.maximum(shading[1:], windows[:-1])
    shading[:, 1:] = np.maximum(shading[:, 1:], windows[:, :-1])
    shading[1:, 1:] = np.maximum(shading[1:, 1:], windows[:-1, :-1])
    return shading


def view(array: NDArray[T], box: ImageBox) -> NDArray[T]:
    """Return the part of an array inside of a box."""
    return array[box.top : box.bottom, box.left : box.right]
