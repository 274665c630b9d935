"""Draw words as the browser would, near enough to be compared with what is in the picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vl2agent.web2code.ir import Family
from vl2agent.web2code.perceive import fonts

SCALE = 4
"""Outlines are drawn this much larger and averaged: the browser hints nothing sideways."""


@lru_cache(maxsize=4096)
def draw(
    family: Family, bold: bool, italic: bool, size: float, string: str, quarter: int, spacing: float = 0.0
) -> tuple[NDArray[np.float32], int, int]:
    """Return softened coverage 0..1 [height, width], and the column and row of the pixel where the baseline starts.

    Args:
        family: and the two after it: the font.
        bold: whether its bold file.
        italic: whether its italic file.
        size: in pixels.
        string: what to draw.
        quarter: quarters of a pixel that the pen starts right of a whole one, 0..3.
        spacing: added after every character, in pixels.
    """
    from PIL import Image, ImageDraw

    string = fonts.one_line(string)
    font = fonts.face(family, bold, italic, round(size * SCALE * 16) / 16)
    above, below, aside = int(size * 1.3) + 2, int(size * 0.45) + 2, int(size * 0.4) + 2
    width = int(font.getlength(string) / SCALE + max(spacing, 0) * len(string)) + 2 * aside + 2
    canvas = Image.new("L", (width * SCALE, (above + below) * SCALE))
    pen = aside * SCALE + quarter * SCALE // 4, above * SCALE
    pencil = ImageDraw.Draw(canvas)
    if not spacing:
        pencil.text(pen, string, font=font, fill=255, anchor="ls")
    for i, character in enumerate(string if spacing else ""):
        x = pen[0] + font.getlength(string[:i]) + i * spacing * SCALE
        pencil.text((round(x), pen[1]), character, font=font, fill=255, anchor="ls")
    parts = np.asarray(canvas, np.float32).reshape(above + below, SCALE, width, SCALE)
    return softened(parts.mean(axis=(1, 3)) / 255), aside, above


def likeness(seen: NDArray[np.float32], drawn: tuple[NDArray[np.float32], int, int], column: int, row: int) -> float:
    """Return the correlation of coverage in a piece of the picture with a drawing placed on it.

    Args:
        seen: softened coverage [height, width]; what is not the word's own is 0.
        drawn: as `draw` gives it.
        column: of `seen`, where the baseline starts.
        row: of `seen`, the baseline.
    """
    coverage, aside, above = drawn
    placed = np.zeros_like(seen)
    top, left = row - above, column - aside
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + coverage.shape[0], seen.shape[0]), min(left + coverage.shape[1], seen.shape[1])
    if y1 <= y0 or x1 <= x0:
        return 0.0
    placed[y0:y1, x0:x1] = coverage[y0 - top : y1 - top, x0 - left : x1 - left]
    a, b = (seen - seen.mean()).ravel(), (placed - placed.mean()).ravel()
    scale = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / scale if scale else 0.0


def softened(coverage: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur a little from row to row: the browser moves heights to whole pixels, the drawing does not."""
    soft = 0.5 * coverage
    soft[1:] += 0.25 * coverage[:-1]
    soft[:-1] += 0.25 * coverage[1:]
    return soft
