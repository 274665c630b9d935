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
REACH = 4
"""Characters that the reading network's places may be off."""


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


def words(text: str, centers: Sequence[float], parts: Sequence[tuple[float, float]]) -> list[Word]:
    """Deal the characters of a line out to its segments of ink.

    Args:
        text: as read, blanks included.
        centers: x of every character.
        parts: segments, left to right, in the same pixels.
    """
    kept = [i for i, character in enumerate(text) if not character.isspace()]
    string = "".join(text[i] for i in kept)
    if not string or not parts:
        return []
    if len(parts) > len(string):
        parts = _merged(parts, len(string))
    spaced = {n for n, (a, b) in enumerate(pairwise(kept), start=1) if b - a > 1}
    places = [centers[i] for i in kept]
    deals = [_joined(string, spaced, parts, _deal(string, places, spaced, parts, proxy), proxy) for proxy in PROXIES]
    return min(deals, key=lambda deal: deal[0])[1]


def _merged(parts: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """Close the narrowest gaps until there are no more segments than characters."""
    merged = list(parts)
    while len(merged) > most:
        i = min(range(len(merged) - 1), key=lambda i: merged[i + 1][0] - merged[i][1])
        merged[i : i + 2] = [(merged[i][0], merged[i + 1][1])]
    return merged


def _deal(
    string: str, places: Sequence[float], spaced: set[int], parts: Sequence[tuple[float, float]], proxy: Family
) -> list[int]:
    """Return where to cut the string, ends included, so that the pieces fit the widths of the segments best."""
    font = Font(family=proxy, size=64)
    steps = [0.0, *accumulate(fonts.advance(font, character) / font.size for character in string)]
    scale = sum(right - left for left, right in parts) / max(steps[-1] - BEARINGS * len(parts), 0.1)
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, (0,))}
    for n, (left, right) in enumerate(parts):
        last = n == len(parts) - 1
        expected = len(string) if last else sum(x < (right + parts[n + 1][0]) / 2 for x in places)
        latest = len(string) - (len(parts) - 1 - n)
        ends = [len(string)] if last else range(max(expected - REACH, n + 1), min(expected + REACH, latest) + 1)
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        for end in ends:
            off = 0.0 if last else 0.15 * abs(end - expected) + (0.0 if end in spaced else 0.35)
            for start, (cost, cuts) in best.items():
                misfit = abs((right - left) / scale - (steps[end] - steps[start] - BEARINGS))
                if start < end and (end not in following or cost + misfit + off < following[end][0]):
                    following[end] = cost + misfit + off, (*cuts, end)
        best = following
    return list(best[len(string)][1]) if best else [0, len(string)]


def _joined(
    string: str, spaced: set[int], parts: Sequence[tuple[float, float]], cuts: Sequence[int], proxy: Family
) -> tuple[float, list[Word]]:
    """Join segments whose gap is no blank, count the blanks of the others, and say how badly the font fits."""
    if len(cuts) != len(parts) + 1:
        return float("inf"), [Word(string, parts[0][0], parts[-1][1], 0)]
    pieces = [string[a:b] for a, b in pairwise(cuts)]
    font = Font(family=proxy, size=_size(Font(family=proxy, size=64), pieces, parts))
    blank = fonts.advance(font, " ")
    found = [Word(pieces[0], *parts[0], 0)]
    misfit = abs(_ink_width(font, pieces[0]) - (parts[0][1] - parts[0][0]))
    for (left, right), piece, first in zip(parts[1:], pieces[1:], cuts[1:-1], strict=True):
        before = found[-1]
        gap = left - before.right - _bearings(font, before.text[-1], piece[0])
        threshold = LIKELY_BLANK if first in spaced else SURE_BLANK
        blanks = max(round(gap / blank), 1) if gap > blank * threshold else 0
        misfit += abs(_ink_width(font, piece) - (right - left)) + abs(gap - blanks * blank)
        if blanks:
            found.append(Word(piece, left, right, blanks))
        else:
            found[-1] = Word(before.text + piece, before.left, right, before.blanks)
    return misfit, found


def _size(font: Font, pieces: Sequence[str], parts: Sequence[tuple[float, float]]) -> float:
    """Return the size at which pieces of a string are as wide as the segments, by least squares."""
    units = [_ink_width(font, piece) / font.size for piece in pieces]
    fitted = sum((right - left) * unit for (left, right), unit in zip(parts, units, strict=True))
    return max(fitted / sum(unit * unit for unit in units), 1.0)


def _ink_width(font: Font, string: str) -> float:
    edges = fonts.ink(font, string)
    return max(edges.right - edges.left, 0.05 * font.size)


def _bearings(font: Font, before: str, after: str) -> float:
    """Return the paper that two neighbouring characters leave between them."""
    return fonts.advance(font, before) - fonts.ink(font, before).right + fonts.ink(font, after).left
