"""Find the boxes of a page: fills, borders and round corners, painted back to front onto a canvas as they are found.

Whatever the canvas shows already needs no box of its own, so an area is only ever explained once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Edge, Gradient, Style
from vl2agent.web2code.perceive.cards import Painted, even
from vl2agent.web2code.perceive.flats import Flats, Mask, view
from vl2agent.web2code.perceive.gradients import Shaded
from vl2agent.web2code.perceive.paint import Canvas, fill_of, hex_of, paint, rgb_of

MIN_PX = 3
MIN_AREA = 20
SAME = 2
"""Levels within which two colors are one."""
MAX_BORDER = 4
MIN_STEP = 4
"""Levels between a border and what is outside of it."""
MIN_FADED_PX = 24
"""Sides of an area that may be a box although it fades into what is around it."""
CARD = 5000
"""Pixels from which much of a box may be covered."""
PILL = 0.3
COVERED_PX = 6
MAX_BAR = 12
"""Width of a bar at the left of a quote or a message."""
SIDE = 0.9
"""The share of a side that a border runs along; something may stand on it."""


def find_boxes(rgb: Pixels, flats: Flats, canvas: Canvas, skip: Mask, shaded: Sequence[Shaded] = ()) -> list[Painted]:
    """Find boxes and draw them on the canvas, back to front.

    Args:
        rgb: the picture.
        flats: its areas.
        canvas: what is explained so far: the page's background.
        skip: areas [areas + 1] that are no boxes: letters, parts of photos.
        shaded: areas with gradients.
    """
    found = []
    for seen in _seen(flats, skip, shaded):
        painted = _explain(rgb, seen, canvas)
        if painted is not None:
            paint(canvas, painted.box, painted.style)
            found.append(painted)
    return found


@dataclass(frozen=True)
class _Seen:
    """An area that may be a box's background."""

    box: ImageBox
    mask: Mask
    fill: str | Gradient


def _seen(flats: Flats, skip: Mask, shaded: Sequence[Shaded]) -> Iterator[_Seen]:
    """Yield the areas that may be boxes, the largest first."""
    sizes = flats.boxes[:, 2:] - flats.boxes[:, :2]
    able = flats.thick & flats.papers & ~skip & (flats.areas >= MIN_AREA) & (sizes >= MIN_PX).all(axis=1)
    able[np.isin(flats.shadings, [area.number for area in shaded])] = False
    numbers: list[int | Shaded] = [int(n) for n in np.flatnonzero(able)]
    spans = {n: int(sizes[n].prod()) for n in numbers if isinstance(n, int)}
    for area in sorted([*numbers, *shaded], key=lambda a: -(spans[a] if isinstance(a, int) else a.box.area)):
        if isinstance(area, Shaded):
            yield _Seen(area.box, view(flats.shading, area.box) == area.number, area.gradient)
        else:
            box = flats.box(area)
            yield _Seen(box, flats.mask(area, box), hex_of(flats.colors[area]))


def _explain(rgb: Pixels, seen: _Seen, canvas: Canvas) -> Painted | None:
    """Describe an area as a box, unless the canvas shows it already."""
    box, mask = seen.box, seen.mask
    starts = _corner_starts(mask)
    if not _boxlike(mask, starts):
        return None
    color = np.round(
        rgb_of(seen.fill) if isinstance(seen.fill, str) else np.median(view(rgb, box)[mask], axis=0)
    ).astype(np.uint8)
    fill = fill_of(seen.fill, box.width, box.height)
    off = np.abs(view(canvas, box) - fill).max(axis=2)[mask]
    known = bool((off <= SAME).mean() > 0.9)
    box = _settled(rgb, box, color, max(starts))
    edges = _borders(rgb, box, color, canvas, max(starts))
    tentative = known and sum(edge is not None for edge in edges) < 3
    if tentative and min(box.width, box.height) < MIN_FADED_PX:
        return None
    outer = box if tentative else _grown(box, edges)
    style = Style(background=seen.fill)
    if not tentative:
        style = style.model_copy(update=dict(zip(("top", "right", "bottom", "left"), edges, strict=True)))
    painted = _rounded(rgb, outer, style, starts, canvas)
    return replace(painted, style=even(painted.style), tentative=tentative)


def _boxlike(mask: Mask, starts: tuple[int, ...]) -> bool:
    """Tell a box, maybe covered in part, from a letter or a drawing: its outline is straight where it is not round."""
    filled = _hull(mask)
    r = max(starts)
    high, wide = mask.shape
    expected = np.ones_like(mask)
    if r:
        n = min(r, (high + 1) // 2, (wide + 1) // 2)
        expected[:n, :n] = expected[:n, -n:] = expected[-n:, :n] = expected[-n:, -n:] = False
    inside = filled[expected]
    return bool(inside.size) and inside.mean() > (0.7 if mask.sum() > CARD else 0.85)


def _hull(mask: Mask) -> Mask:
    """Fill what lies between the ends of every row, and between those of every column."""
    rows = np.logical_or.accumulate(mask, axis=1) & np.logical_or.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    columns = np.logical_or.accumulate(mask, axis=0) & np.logical_or.accumulate(mask[::-1], axis=0)[::-1]
    return rows | columns


def _corner_starts(mask: Mask) -> tuple[int, int, int, int]:
    """How far from every corner the area first touches its box: of round corners, nearly the radius."""

    def first(line: Mask) -> int:
        return int(np.argmax(line))

    tops, bottoms = (mask[0], mask[0][::-1]), (mask[-1][::-1], mask[-1])
    lefts, rights = (mask[:, 0], mask[::-1, 0]), (mask[:, -1], mask[::-1, -1])
    starts = (
        min(first(tops[0]), first(lefts[0])),
        min(first(tops[1]), first(rights[0])),
        min(first(bottoms[0]), first(rights[1])),
        min(first(bottoms[1]), first(lefts[1])),
    )
    usual = sorted(starts)[1]
    limit = 2 * usual + COVERED_PX  # something may stand on a corner
    a, b, c, d = (start if start <= limit else usual for start in starts)
    return a, b, c, d


def _settled(rgb: Pixels, box: ImageBox, color: NDArray[np.uint8], inset: int) -> ImageBox:
    """Take in a first row or column that is one level off: where a box begins between two pixels."""
    h, w = rgb.shape[:2]
    columns, rows = slice(box.left + inset, box.right - inset), slice(box.top + inset, box.bottom - inset)

    def begins(first: NDArray[np.uint8], beyond: NDArray[np.uint8]) -> bool:
        if not first.size:
            return False
        off = np.abs(first.astype(np.int16) - color).max(axis=1)
        away = np.abs(np.median(beyond, axis=0) - color).max()
        return bool(((off > 0) & (off <= SAME)).mean() >= SIDE and away > 2 * SAME)

    top, bottom, left, right = box.top, box.bottom, box.left, box.right
    return ImageBox(
        left - (left > 1 and begins(rgb[rows, left - 1], rgb[rows, left - 2])),
        top - (top > 1 and begins(rgb[top - 1, columns], rgb[top - 2, columns])),
        right + (right < w - 1 and begins(rgb[rows, right], rgb[rows, right + 1])),
        bottom + (bottom < h - 1 and begins(rgb[bottom, columns], rgb[bottom + 1, columns])),
    )


def _borders(
    rgb: Pixels, box: ImageBox, color: NDArray[np.uint8], canvas: Canvas, inset: int
) -> tuple[Edge | None, Edge | None, Edge | None, Edge | None]:
    """Look for lines of one color along the sides, outside of an area."""
    inset_x, inset_y = min(inset, (box.width - 1) // 2), min(inset, (box.height - 1) // 2)
    columns = slice(box.left + inset_x, box.right - inset_x)
    rows = slice(box.top + inset_y, box.bottom - inset_y)
    h, w = rgb.shape[:2]

    def strips(side: str) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
        for step in range(MAX_BAR + 1):
            at = {
                "top": box.top - 1 - step,
                "bottom": box.bottom + step,
                "left": box.left - 1 - step,
                "right": box.right + step,
            }[side]
            if side in ("top", "bottom"):
                if not 0 <= at < h:
                    return
                yield rgb[at, columns], canvas[at, columns]
            else:
                if not 0 <= at < w:
                    return
                yield rgb[rows, at], canvas[rows, at]

    lines = [_line(strips(side), color) for side in ("top", "right", "bottom", "left")]
    sharp = [edge for edge, is_sharp in lines if edge and is_sharp]
    top, right, bottom, left = (edge if is_sharp or edge in sharp else None for edge, is_sharp in lines)
    return top, right, bottom, left


def _line(
    strips: Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]], color: NDArray[np.uint8]
) -> tuple[Edge | None, bool]:
    """Measure the line that the first strips show, when it was not known; tell whether it ends as shadows never do."""
    line: NDArray[np.float64] | None = None
    beyond: list[NDArray[np.float64]] = []
    width = 0
    for pixels, known in strips:
        if not len(pixels):
            return None, False
        middle = np.median(pixels, axis=0)
        same = (np.abs(pixels - middle).max(axis=1) <= 1).mean() >= SIDE
        if line is None:
            if not same or _near(middle, color) or (np.abs(known - middle).max(axis=1) <= SAME).mean() >= 0.5:
                return None, False
            line = middle
        elif beyond or not same or not _near(middle, line):
            beyond.append(middle)
            if len(beyond) == 2:
                break
            continue
        width += 1
    if line is None or width > MAX_BORDER:
        return None, False
    return Edge(width=width, color=hex_of(line)), _is_sharp(line, beyond)


def _is_sharp(line: NDArray[np.float64], beyond: Sequence[NDArray[np.float64]]) -> bool:
    """Tell whether colors change at once, and not on and on."""
    if not beyond:
        return True
    step = np.abs(beyond[0] - line).max()
    return bool(step >= MIN_STEP and (len(beyond) == 1 or step >= 3 * np.abs(beyond[1] - beyond[0]).max()))


def _near(a: NDArray[np.float64], b: NDArray[np.uint8] | NDArray[np.float64]) -> bool:
    return bool(np.abs(a - b).max() <= SAME)


def _grown(box: ImageBox, edges: tuple[Edge | None, ...]) -> ImageBox:
    top, right, bottom, left = (int(edge.width) if edge else 0 for edge in edges)
    return ImageBox(box.left - left, box.top - top, box.right + right, box.bottom + bottom)


def _rounded(rgb: Pixels, box: ImageBox, style: Style, starts: tuple[int, ...], canvas: Canvas) -> Painted:
    """Choose the radii whose drawing comes nearest to the picture; the ends of pills may be a pixel further out."""
    plain = Painted(box, style)
    width = max((edge.width for edge in (style.top, style.right, style.bottom, style.left) if edge), default=0.0)
    if not max(starts) and not width:
        return plain
    tries = [box]
    if max(starts) > PILL * min(box.width, box.height):
        h, w = rgb.shape[:2]
        wider = ImageBox(max(box.left - 1, 0), box.top, min(box.right + 1, w), box.bottom)
        tries += [wider, ImageBox(box.left, max(box.top - 1, 0), box.right, min(box.bottom + 1, h))]
        tries.append(ImageBox(wider.left, tries[2].top, wider.right, tries[2].bottom))
    best, least = plain, np.inf
    for outer in tries:
        corners = [_corner(rgb, outer, style, i, start + width, canvas) for i, start in enumerate(starts)]
        error = sum(error for error, _ in corners)
        if error < 0.9 * least:
            radii = (corners[0][1], corners[1][1], corners[2][1], corners[3][1])
            best, least = Painted(outer, style.model_copy(update={"radius": radii})), error
    return best


def _corner(rgb: Pixels, box: ImageBox, style: Style, corner: int, guess: float, canvas: Canvas) -> tuple[float, float]:
    """Return how far the best drawing of a corner is from the picture, and its radius."""
    limit = min(box.width, box.height) / 2
    n = min(int(guess * 1.3) + 8, math.ceil(limit))
    left = box.left if corner in (0, 3) else box.right - n
    top = box.top if corner in (0, 1) else box.bottom - n
    place = ImageBox(left, top, left + n, top + n)
    sides = (("top", "left"), ("top", "right"), ("bottom", "right"), ("bottom", "left"))[corner]
    others: dict[str, object] = {side: None for side in ("top", "right", "bottom", "left") if side not in sides}
    quadrant = (
        slice(0, n) if corner in (0, 1) else slice(n, 2 * n),
        slice(0, n) if corner in (0, 3) else slice(n, 2 * n),
    )
    scratch = np.zeros((2 * n, 2 * n, 3), np.float32)

    def error(radius: float) -> float:
        scratch[quadrant] = view(canvas, place)
        radii = tuple(radius if i == corner else 0.0 for i in range(4))
        paint(
            scratch, ImageBox(0, 0, 2 * n, 2 * n), style.model_copy(update={**others, "radius": radii, "shadows": ()})
        )
        return float(np.minimum(np.abs(scratch[quadrant] - view(rgb, place)), 60).sum())

    steps = np.arange(max(guess - 3, 0), guess * 1.3 + 4, max(0.5, round(guess / 40)))
    tries = {0.0, *(float(r) for r in steps if r < min(limit, n)), *([limit] if limit <= n else [])}
    return min((error(radius), radius) for radius in tries)
