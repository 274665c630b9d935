"""The fonts and sizes that a page uses: few, so that a short word is more likely in one of them than in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import sqrt

from vl2agent.web2code.perceive.lines import Seen
from vl2agent.web2code.perceive.typeface import Face

CLEAR_LETTERS = 6
CLEAR_LIKENESS = 0.9
"""Lines of so many characters, drawn so alike, tell fonts."""
AHEAD = 0.1
"""Likeness that a font is ahead for three characters on a page that uses no other."""
PLAIN = (1.0, 0.5, 0.8, 1 / 3, 0.4, 0.25, 0.1)
"""Steps of sizes, the most likely first."""
TOLERANCE_PX = 0.35
"""Of the width of a line, as measured."""


def usual_faces(lines: Iterable[Seen]) -> dict[Face, float]:
    """Return the share of the page's clear characters that each font has."""
    counts: Counter[Face] = Counter()
    for line in lines:
        if line.fit and line.letters >= CLEAR_LETTERS and line.fit.likeness >= CLEAR_LIKENESS:
            counts[line.fit.face] += line.letters
    total = sum(counts.values())
    return {face: count / total for face, count in counts.items() if count / total > 0.01}


def ahead(usual: Mapping[Face, float], letters: int) -> dict[Face, float]:
    """Return the likeness that fonts are ahead for a line of so many characters."""
    return {face: AHEAD * sqrt(share) * min(1.0, 3 / letters + 0.15) for face, share in usual.items()}


def plain_size(size: float, width: float, common: Mapping[float, float]) -> float:
    """Return the likeliest size of text that was measured to have this size over this width.

    Args:
        size: as measured.
        width: of the ink, in pixels.
        common: sizes that the page uses, with their shares.
    """
    slack = max(size * TOLERANCE_PX / max(width, 1), 0.02)
    near = [each for each in common if abs(each - size) <= 1.5 * slack]
    if near:
        return max(near, key=lambda each: common[each] - 0.3 * abs(each - size) / slack)
    for step in PLAIN:
        if abs(round(size / step) * step - size) <= slack:
            return round(round(size / step) * step, 3)
    return round(size, 2)


def common_sizes(lines: Iterable[Seen]) -> dict[float, float]:
    """Return the sizes of long lines, made plain, with the share of characters that have them."""
    counts: Counter[float] = Counter()
    for line in lines:
        width = line.words[-1].right - line.words[0].left
        if line.fit and width > 100 and line.fit.likeness >= CLEAR_LIKENESS:
            counts[plain_size(line.fit.size, width, {})] += line.letters
    total = sum(counts.values())
    return {size: count / total for size, count in counts.items()}
