"""Find the drawn parts of a screen that are not text: panes (flat areas with an edge around) and marks (small drawings).

Widgets are drawn flat, or as a soft gradient, and end in an edge. So the connected areas without edges are the insides
of buttons, entries, rows and cards; what is left, small and not text, are icons, check boxes, switches and arrows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels

EDGE = 5
"""Neighbouring pixels that differ by more than this in a channel lie on an edge; gradients stay below.

Panes are looked for with 1 as well: a pale entry's rounded corners fade into the page in smaller steps.
"""
MIN_FLAT = 0.4
"""The share of its box that a pane's flat pixels cover; text and icons on it take the rest."""
MIN_PANE_PX = 3
MAX_PANE = 0.3
MIN_MARK_PX, MAX_MARK_PX = 4, 72
MAX_BAR_PX = (640, 32)
"""A mark may be this wide when it is no higher than that: a slider."""
JOIN_PX = 3


@dataclass(frozen=True, slots=True)
class Shapes:
    """Panes, the smallest first, and marks, in no order."""

    panes: tuple[ImageBox, ...]
    marks: tuple[ImageBox, ...]


def find_shapes(bgr: Pixels, text: Sequence[ImageBox]) -> Shapes:
    """Return the panes and marks of a picture.

    Args:
        bgr: [height, width, 3].
        text: boxes of what was read; marks are looked for elsewhere.
    """
    edges = _edges(bgr, EDGE)
    panes = {*_panes(edges), *_panes(_edges(bgr, 1))}
    return Shapes(tuple(sorted(panes, key=lambda box: box.area)), tuple(_marks(edges, text)))


def find_marks(bgr: Pixels, text: Sequence[ImageBox]) -> tuple[ImageBox, ...]:
    """Return the marks alone."""
    return tuple(_marks(_edges(bgr, EDGE), text))


def _edges(bgr: Pixels, threshold: int) -> NDArray[np.uint8]:
    """Mark pixels that differ from the one above or to the left."""
    edges = np.zeros(bgr.shape[:2], np.uint8)
    for channel in cv2.split(bgr):
        edges[:, 1:] |= (cv2.absdiff(channel[:, 1:], channel[:, :-1]) > threshold).view(np.uint8)
        edges[1:] |= (cv2.absdiff(channel[1:], channel[:-1]) > threshold).view(np.uint8)
    return edges


def _panes(edges: NDArray[np.uint8]) -> Iterator[ImageBox]:
    height, width = edges.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats(1 - edges, connectivity=4)
    for left, top, w, h, area in stats[1:].tolist():
        if (
            min(w, h) >= MIN_PANE_PX
            and max(w, h) >= 8
            and MIN_FLAT * w * h <= area
            and w * h <= MAX_PANE * width * height
        ):
            yield ImageBox(left - (left > 0), top - (top > 0), left + w, top + h)


def _marks(edges: NDArray[np.uint8], text: Sequence[ImageBox]) -> Iterator[ImageBox]:
    drawn = edges.copy()
    for box in text:
        drawn[max(box.top - 2, 0) : box.bottom + 2, max(box.left - 1, 0) : box.right + 1] = 0
    joined = cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones((JOIN_PX, JOIN_PX), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for left, top, w, h, _area in stats[1:].tolist():
        small = MIN_MARK_PX <= max(w, h) <= MAX_MARK_PX
        if min(w, h) >= 2 and (small or (w <= MAX_BAR_PX[0] and h <= MAX_BAR_PX[1])):
            yield ImageBox(left, top, left + w, top + h)
