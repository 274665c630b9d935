"""Put blanks where the picture has them: the reading network drops some, and never counts them.

The ink of a line falls into segments at its gaps. The characters read are dealt out to the segments so that their
widths in a plausible font fit best; a gap that is wider than the characters on its sides leave is one or more blanks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from vl2agent.web2code.ir import Family, Font
from vl2agent.web2code.perceive import fonts

PROXIES: tuple[Family, ...] = ("sans", "serif", "mono", "system")
"""Fonts whose widths tell most others' well enough to count characters."""
FAINT = 0.15
"""Columns with less ink than this are between characters."""
MIN_GAP = 0.13
"""A gap of this many ink heights may be a blank."""
SURE_BLANK, LIKELY_BLANK = 0.6, 0.3
"""Of a blank's width: a gap is one where none was read, and where one was."""
BEARINGS = 0.15
"""Of a size: the paper left and right of a word within its advance."""
EMPTY_END, EMPTY_INSIDE = 0.35, 0.6
"""Of a size: how far off widths have to be before a segment is taken for a drawing, at an end and inside."""
REACH = 4
"""Characters that the reading network's places may be off."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters whose ink hangs together, where they stand, and whether a blank was read before them."""

    text: str
    left: float
    right: float
    spaced: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """Characters without a blank, where they stand, and how many blanks stand before them."""

    text: str
    left: float
    right: float
    blanks: int


def segments(columns: NDArray[np.float32], height: int) -> list[tuple[float, float]]:
    """Return left and right edges of the ink between gaps, to parts of a pixel.

    Args:
        columns: the strongest ink of every column, 0..1.
        height: of the line's ink, in pixels.
    """
    inked = np.flatnonzero(columns > FAINT)
    if not inked.size:
        return []
    parts = np.split(inked, np.flatnonzero(np.diff(inked) - 1 >= max(1.5, MIN_GAP * height)) + 1)
    return [
        (float(part[0] + 1 - min(columns[part[0]], 1.0)), float(part[-1] + min(columns[part[-1]], 1.0)))
        for part in parts
    ]


def deals(text: str, centers: Sequence[float], parts: Sequence[tuple[float, float]]) -> list[tuple[Piece, ...]]:
    """Deal the characters of a line out to its segments of ink: the ways that fit some font, the best first.

    Args:
        text: as read, blanks included.
        centers: x of every character.
        parts: segments, left to right, in the same pixels.
    """
    kept = [i for i, character in enumerate(text) if not character.isspace()]
    string = "".join(text[i] for i in kept)
    if not string or not parts:
        return []
    spaced = {n for n, (a, b) in enumerate(pairwise(kept), start=1) if b - a > 1}
    places = [centers[i] for i in kept]
    dealt = [_dealt(string, spaced, parts, _deal(string, places, spaced, parts, proxy)) for proxy in PROXIES]
    order = sorted(zip(dealt, PROXIES, strict=True), key=lambda pair: _misfit(pair[0], pair[1]))
    return list(dict.fromkeys(deal for deal, _ in order))


def assembled(parts: Sequence[Piece], font: Font) -> list[Word]:
    """Join pieces whose gap is no blank in a font, and count the blanks of the others."""
    return with_blanks(parts, [font] * len(parts))


def with_blanks(parts: Sequence[Piece], looks: Sequence[Font]) -> list[Word]:
    """The same for pieces that differ in font."""
    found: list[Word] = []
    for i, part in enumerate(parts):
        blanks = blanks_between(parts[i - 1], part, looks[i - 1], looks[i]) if i else 0
        if found and not blanks:
            found[-1] = Word(found[-1].text + part.text, found[-1].left, part.right, found[-1].blanks)
        else:
            found.append(Word(part.text, part.left, part.right, blanks))
    return found


def blanks_between(before: Piece, after: Piece, its: Font, own: Font) -> int:
    """Count the blanks that a gap holds."""
    blank = min(fonts.advance(its, " "), fonts.advance(own, " "))
    bearing = fonts.advance(its, before.text[-1]) - fonts.ink(its, before.text[-1]).right
    gap = after.left - before.right - bearing - fonts.ink(own, after.text[0]).left
    threshold = LIKELY_BLANK if after.spaced else SURE_BLANK
    return max(round(gap / blank), 1) if gap > blank * threshold else 0


def proxy_font(parts: Sequence[Piece]) -> Font:
    """Return a font and size that fit the pieces roughly."""
    proxy = min(PROXIES, key=lambda family: _misfit(parts, family))
    return Font(family=proxy, size=_size(Font(family=proxy, size=64), parts))


def _dealt(
    string: str, spaced: set[int], parts: Sequence[tuple[float, float]], cuts: Sequence[int]
) -> tuple[Piece, ...]:
    return tuple(
        Piece(string[first:last], left, right, first in spaced)
        for (left, right), (first, last) in zip(parts, pairwise(cuts), strict=True)
        if last > first
    )


def _misfit(parts: Sequence[Piece], proxy: Family) -> float:
    """Say how badly widths and gaps fit a font of the best size, in pixels."""
    font = Font(family=proxy, size=_size(Font(family=proxy, size=64), parts))
    blank = fonts.advance(font, " ")
    misfit = sum(abs(_ink_width(font, part.text) - (part.right - part.left)) for part in parts)
    for before, after in pairwise(parts):
        gap = after.left - before.right - _bearings(font, before.text[-1], after.text[0])
        misfit += abs(gap - blanks_between(before, after, font, font) * blank)
    return misfit


def _size(font: Font, parts: Sequence[Piece]) -> float:
    """Return the size at which pieces of a string are as wide as their ink, by least squares."""
    units = [_ink_width(font, part.text) / font.size for part in parts]
    fitted = sum((part.right - part.left) * unit for part, unit in zip(parts, units, strict=True))
    return max(fitted / sum(unit * unit for unit in units), 1.0)


def _deal(
    string: str, places: Sequence[float], spaced: set[int], parts: Sequence[tuple[float, float]], proxy: Family
) -> list[int]:
    """Return where to cut the string, ends included, so that the pieces fit the widths of the segments best.

    A segment may get nothing: an icon or an arrow that stands on the line is none of the characters read.
    """
    font = Font(family=proxy, size=64)
    steps = [0.0, *accumulate(fonts.advance(font, character) / font.size for character in string)]
    widths = [right - left for left, right in parts]
    tried = [
        _cuts(places, spaced, parts, steps, sum(some) / max(steps[-1] - BEARINGS * len(some), 0.1))
        for some in (widths, widths[:-1], widths[1:])
        if some
    ]
    return min(tried)[1]


def _cuts(
    places: Sequence[float],
    spaced: set[int],
    parts: Sequence[tuple[float, float]],
    steps: Sequence[float],
    scale: float,
) -> tuple[float, list[int]]:
    """Deal at a given size: the cheapest path over the segments, by how far each width is off, in sizes."""
    total = len(steps) - 1
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, (0,))}
    for n, (left, right) in enumerate(parts):
        last = n == len(parts) - 1
        empty = EMPTY_END if n == 0 or last else EMPTY_INSIDE
        expected = total if last else sum(x < (right + parts[n + 1][0]) / 2 for x in places)
        ends = [total] if last else range(max(expected - REACH, 0), min(expected + REACH, total) + 1)
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        for end in ends:
            off = 0.0 if last else 0.15 * abs(end - expected) + (0.35 if 0 < end < total and end not in spaced else 0.0)
            for start, (cost, cuts) in best.items():
                if start > end:
                    continue
                if start == end:
                    price = cost + empty + 0.15 * (0 if last else abs(end - expected))
                else:
                    price = cost + off + abs((right - left) / scale - (steps[end] - steps[start] - BEARINGS))
                if end not in following or price < following[end][0]:
                    following[end] = price, (*cuts, end)
        best = following
    if total not in best:
        return float("inf"), [0, *[total] * len(parts)]
    cost, cuts = best[total]
    return cost, list(cuts)


def _ink_width(font: Font, string: str) -> float:
    edges = fonts.ink(font, string)
    return max(edges.right - edges.left, 0.05 * font.size)


def _bearings(font: Font, before: str, after: str) -> float:
    """Return the paper that two neighbouring characters leave between them."""
    return fonts.advance(font, before) - fonts.ink(font, before).right + fonts.ink(font, after).left
