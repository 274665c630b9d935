"""Separate ink from paper inside a box of text: tight edges, and the gaps where one label ends and another begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels

GAP = 0.55
"""A gap of this many box heights parts two labels; a blank between words is about a quarter."""
MIN_CONTRAST = 24
PAD = 0.25


def segments(bgr: Pixels, box: ImageBox) -> list[ImageBox]:
    """Cut a box at its wide gaps and trim every part to its ink; empty when there is no ink."""
    ink = _ink(bgr[box.top : box.bottom, box.left : box.right])
    quarter = box.height // 4
    borders = ink.all(axis=0)
    columns = np.flatnonzero(ink[quarter : box.height - quarter].any(axis=0) & ~borders)
    if not columns.size:
        return []
    cuts = np.flatnonzero(np.diff(columns) > GAP * box.height) + 1
    parts = np.split(columns, cuts)
    return [_trimmed(ink, box, int(part[0]), int(part[-1]) + 1) for part in parts]


def plate(bgr: Pixels, box: ImageBox) -> ImageBox | None:
    """Return the inside of a small filled shape that carries its text in another color, as a badge does."""
    inset = max(1, box.height // 6)
    if box.width > 4 * box.height or min(box.width, box.height) <= 4 * inset:
        return None
    top, left = max(box.top - 2, 0), max(box.left - 2, 0)
    around = bgr[top : box.bottom + 2, left : box.right + 2].astype(np.int16)
    outside = np.median(np.concatenate([around[0], around[-1], around[:, 0], around[:, -1]]), axis=0)
    inside = np.median(bgr[box.top : box.bottom, box.left : box.right].reshape(-1, 3), axis=0)
    if np.abs(outside - inside).max() < MIN_CONTRAST:
        return None
    return ImageBox(box.left + inset, box.top + inset, box.right - inset, box.bottom - inset)


def margins(parts: Sequence[ImageBox], box: ImageBox) -> list[ImageBox]:
    """Give the parts of a box, left to right, the margin that the reading network was trained with."""
    pad = round(box.height * PAD)
    before = [box.left, *(part.right for part in parts)]
    after = [*(part.left for part in parts[1:]), box.right]
    return [
        ImageBox(max(part.left - pad, left), box.top, min(part.right + pad, right), box.bottom)
        for part, left, right in zip(parts, before, after, strict=False)
    ]


def _ink(crop: Pixels) -> NDArray[np.bool_]:
    """Mark pixels that differ from the paper, the median color, by a good part of the largest difference."""
    paper = np.median(crop.reshape(-1, 3), axis=0)
    difference = np.abs(crop.astype(np.int16) - paper.astype(np.int16)).max(axis=2)
    marked: NDArray[np.bool_] = difference > max(MIN_CONTRAST, 0.3 * float(np.percentile(difference, 99)))
    return marked


def _trimmed(ink: NDArray[np.bool_], box: ImageBox, left: int, right: int) -> ImageBox:
    """Shrink to the rows of ink that touch the middle of the box."""
    share = ink[:, left:right].mean(axis=1)
    border = 0.9 if right - left > box.height else 2.0
    rows = [0 < float(part) < border for part in share]
    top = bottom = box.height // 2
    while top > 0 and (rows[top - 1] or top > box.height * 0.4):
        top -= 1
    while bottom < box.height and (rows[bottom] or bottom < box.height * 0.6):
        bottom += 1
    return ImageBox(box.left + left, box.top + top, box.left + right, box.top + max(bottom, top + 1))
