"""Cut a tall page into strips at rows where nothing is drawn, so that reading needs bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vl2agent.steps import Pixels

STRIP_PX = 1400
"""Height that a strip should have; at most half as much again is searched for a blank row."""


def strips(image: Pixels, height: int = STRIP_PX) -> list[tuple[int, int]]:
    """Return tops and bottoms of strips that cover a [height, width, 3] picture, cut where the fewest edges are."""
    edges = _edges(image)
    tops = [0]
    while len(edges) - tops[-1] > height * 3 // 2:
        first = tops[-1] + height // 2
        window = edges[first : tops[-1] + height * 3 // 2]
        quiet = np.flatnonzero(window == window.min())
        nearest = quiet[np.argmin(np.abs(quiet - height // 2))]
        tops.append(first + int(nearest))
    return list(zip(tops, [*tops[1:], len(edges)], strict=True))


def _edges(image: Pixels) -> NDArray[np.int64]:
    """Count, for every row, the pixels that differ from their right neighbour on it or on the rows around it."""
    green = image[..., 1].astype(np.int16)
    counts = (np.abs(np.diff(green, axis=1)) > 8).sum(axis=1)
    padded = np.pad(counts, 2, mode="edge")
    return np.asarray(sum(padded[i : i + len(counts)] for i in range(5)), np.int64)
