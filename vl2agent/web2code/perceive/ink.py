"""Separate the ink of one line of text from its paper: inline code and badges have a paper of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.perceive.drawing import softened

MIN_CONTRAST = 10.0
SEEN = 8.0
"""Levels by which ink has to differ from paper to count for its box."""
FLAT_SHARE = 0.3
"""A color that fills this share of a box is its paper; else the paper is a picture or a gradient."""
MAX_TOUCHED = 0.4
"""An underline may touch characters, but most of it stands clear."""
MIN_UNDER_TEXT = 0.5
"""Share of an underline that characters stand on; low lines (_) have none above."""
MAX_DOT = 3
"""Pixels of a dot or dash of a dotted underline."""
PAPERS = 5
"""How many colors of a line may be papers."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A piece of the picture around a line.

    Args:
        box: of the piece, in pixels of the page.
        pixels: float32 [height, width, 3].
        paper: float32, same shape: what would be there without the text.
        contrast: float32 [height, width], largest difference of a channel from the paper.
        mask: bool [height, width], where the line's own ink is, underlines left out.
        coverage: float32 [height, width], 0..1: how much of a pixel the ink covers, by the strongest ink around.
        soft: the same, softened for comparisons with drawn text.
        underline: bool [width], columns with a line under the characters.
    """

    box: ImageBox
    pixels: NDArray[np.float32]
    paper: NDArray[np.float32]
    contrast: NDArray[np.float32]
    mask: NDArray[np.bool_]
    coverage: NDArray[np.float32]
    soft: NDArray[np.float32]
    underline: NDArray[np.bool_]

    def edges(self, left: float, right: float) -> ImageBox:
        """Return the box of the ink between two columns of the piece, faint rims included, in pixels of the page."""
        first, last = max(int(left) - 1, 0), int(right) + 2
        near = np.zeros_like(self.mask)
        near[:, first:last] = self.mask[:, first:last]
        padded = np.pad(near, 1)
        near = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:] | near
        near &= self.contrast >= SEEN
        rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        x, y = self.box.left, self.box.top
        if not rows.size:
            return ImageBox(x + first, y, x + max(last, first + 1), y + 1)
        return ImageBox(x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1)


def find_ink(image: Pixels, line: ImageBox) -> Ink | None:
    """Return the ink around the box of a line, or None when there is nothing that stands out.

    Args:
        image: the page, [height, width, 3].
        line: where a line was read; may cut its ink.
    """
    tall, wide = image.shape[:2]
    up, aside = max(3, round(0.4 * line.height)), max(4, round(0.3 * line.height))
    box = ImageBox(
        max(line.left - aside, 0), max(line.top - up, 0), min(line.right + aside, wide), min(line.bottom + up, tall)
    )
    pixels = image[box.top : box.bottom, box.left : box.right].astype(np.float32)
    rows = slice(line.top - box.top, line.bottom - box.top)
    paper = _paper(pixels, rows, line.height)
    contrast = np.abs(pixels - paper).max(axis=2)
    strongest = float(np.percentile(contrast[rows], 98))
    if strongest < MIN_CONTRAST:
        return None
    columns = slice(line.left - box.left, line.right - box.left)
    mask = _own(contrast > max(MIN_CONTRAST / 2, 0.15 * strongest), rows, columns)
    mask, underline = _without_underline(mask, line.height)
    if not mask.any():
        return None
    coverage = _coverage(contrast, mask, line.height)
    return Ink(box, pixels, paper, contrast, mask, coverage, softened(coverage), underline)


def _coverage(contrast: NDArray[np.float32], mask: NDArray[np.bool_], height: int) -> NDArray[np.float32]:
    """Scale contrast by the strongest around every column, so that pale words count as much as dark ones."""
    import cv2

    own = np.where(mask, contrast, 0).astype(np.float32)
    strongest = cv2.dilate(own.max(axis=0)[None], np.ones((1, 2 * height + 1), np.uint8))
    return np.asarray(np.clip(own / np.maximum(0.9 * strongest, 1), 0, 1), np.float32)


def _without_underline(mask: NDArray[np.bool_], height: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Take long thin strokes in the lower half away, but not where a descender crosses them."""
    import cv2

    reach = max(12, 3 * height // 2)
    raw = mask.astype(np.uint8)
    inked = np.flatnonzero(mask.any(axis=1))
    raw[: (inked[0] + inked[-1] + 1) // 2 if inked.size else 0] = 0
    solid = np.asarray(cv2.morphologyEx(raw, cv2.MORPH_OPEN, np.ones((1, MAX_DOT + 1), np.uint8)), np.uint8)
    dotted = cv2.morphologyEx(raw - solid, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    under = np.zeros(mask.shape, bool)
    for strokes, least in ((raw, reach), (dotted, 2 * reach)):
        long = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=4)
        for index in range(1, count):
            left, top, width, thick, _ = (int(v) for v in stats[index])
            sides = (max(top - 1, 0), min(top + thick, len(mask) - 1))
            touched = max(float(mask[row, left : left + width].mean()) for row in sides)
            under_text = float(mask[: max(top - 1, 0), left : left + width].any(axis=0).mean()) > MIN_UNDER_TEXT
            if thick <= max(2, height // 6) and touched < MAX_TOUCHED and under_text:
                under |= labels == index
    columns = np.asarray(under.any(axis=0), np.bool_)
    rows = np.asarray(under.any(axis=1), np.bool_)
    under |= mask & rows[:, None]  # the pieces between descenders, too short to be found alone
    rest = mask & ~under
    return rest | (mask & np.roll(rest, 1, axis=0) & np.roll(rest, -1, axis=0)), columns


def _paper(pixels: NDArray[np.float32], rows: slice, height: int) -> NDArray[np.float32]:
    """Return the color behind every pixel: the commonest flat color around its column, else that of rows above and
    below, blended."""
    rows = slice(max(rows.start - 2, 0), rows.stop + 2)
    codes = (pixels @ np.array([65536, 256, 1], np.float32)).astype(np.int64)
    colors, counts = np.unique(codes[rows], return_counts=True)
    common = colors[np.argsort(counts)[::-1][:PAPERS]]
    if counts.max() < FLAT_SHARE * codes[rows].size:
        return _blended(pixels, rows)
    own = np.stack([(codes[rows] == color).sum(axis=0) for color in common])
    window = np.ones(2 * max(2, height) + 1)
    around = np.stack([np.convolve(row, window)[len(window) // 2 :][: len(row)] for row in own])
    best = _sharp(around.argmax(axis=0), own)
    chosen = common[best]
    flat = np.stack([chosen >> 16, (chosen >> 8) & 255, chosen & 255], axis=1).astype(np.float32)
    return np.broadcast_to(flat[None], pixels.shape).copy()


def _sharp(best: NDArray[np.int64], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move the seam of two papers to the column where the one ends and the other begins."""
    best = best.copy()
    for x in np.flatnonzero(np.diff(best)) + 1:
        before, after = best[x - 1], best[x]
        reach = range(max(int(x) - 12, 1), min(int(x) + 12, len(best)))
        votes = own[after].astype(np.int64) - own[before]
        seam = max(reach, key=lambda i: int(votes[i : i + 3].sum() - votes[max(i - 3, 0) : i].sum()))
        if seam < x:
            best[seam:x] = after
        else:
            best[x:seam] = before
    return best


def _blended(pixels: NDArray[np.float32], rows: slice) -> NDArray[np.float32]:
    """Blend the rows above and below a line, smoothed along it."""
    above = np.median(pixels[: max(rows.start, 1)], axis=0)
    below = np.median(pixels[min(rows.stop, len(pixels) - 1) :], axis=0)
    kernel = np.ones(9) / 9
    above, below = (
        np.stack([np.convolve(np.pad(edge[:, c], 4, mode="edge"), kernel, mode="valid") for c in range(3)], axis=1)
        for edge in (above, below)
    )
    share = np.linspace(0, 1, len(pixels), dtype=np.float32)[:, None, None]
    return np.asarray(above[None] * (1 - share) + below[None] * share, np.float32)


def _own(mask: NDArray[np.bool_], rows: slice, columns: slice) -> NDArray[np.bool_]:
    """Keep the parts that belong to the line: not borders that cross the piece, nor neighbours that only reach in."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, bool)
    high, wide = mask.shape
    line_high = rows.stop - rows.start
    for index in range(1, count):
        left, top, width, height, _ = (int(v) for v in stats[index])
        aside = not columns.start - 2 <= left + width / 2 <= columns.stop + 2
        inside = min(top + height, rows.stop) - max(top, rows.start)
        crosses = (top == 0 or top + height == high) and height > 0.5 * line_high
        low = height <= 0.4 * line_high and inside >= (-0.3 * line_high if width > line_high else 0)  # or underlines
        outside = inside < 0.5 * height and not low
        upright = width <= 2 and height > 1.3 * line_high
        kept[index] = not (crosses or outside or aside or upright or (width == wide and height <= 3))
    return np.asarray(kept[labels], np.bool_)
