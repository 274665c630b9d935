"""Find the font of words by measuring: widths give the size, and the drawn words must look like the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vl2agent.web2code.ir import Family, Font
from vl2agent.web2code.perceive import fonts
from vl2agent.web2code.perceive.drawing import draw, likeness
from vl2agent.web2code.perceive.ink import Ink
from vl2agent.web2code.perceive.words import Word

FAMILIES: tuple[Family, ...] = ("sans", "serif", "system", "mono", "courier", "wide")
MONO = ("mono", "courier")
DRAWN = 4
"""Fonts that are drawn for a comparison: those whose widths and heights fit best."""
MAX_WORDS = 4
"""Words of a line that are drawn to compare fonts."""
SAME_SCALE = 0.035
"""Words whose own size is off by no more than this share are of one font."""
UPRIGHT = 0.9
"""Likeness at which text is surely not slanted."""
SAME_LINE = 0.12
"""Of a size: how far a word may stand from where the one before it says."""
MISFIT = 0.03
"""Likeness that a pixel of misfit is worth."""
RARE = {"italic": 0.03, "wide": 0.03}
"""Likeness that has to speak for what pages rarely use."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font file of a family."""

    family: Family
    bold: bool = False
    italic: bool = False

    @property
    def unit(self) -> Font:
        """This face at the size that lengths are measured at."""
        return Font(family=self.family, size=UNIT, weight=700 if self.bold else 400, italic=self.italic)


@dataclass(frozen=True, slots=True)
class Fit:
    """A font tried on words.

    Args:
        face: which.
        size: in pixels.
        baseline: y, a row of the coverage.
        misfit: root mean square distance of edges from where the font has them, plus that of heights, in pixels.
        support: share of the characters whose words have the line's size in this font.
        likeness: of drawn and seen ink, -1..1; 0 where not drawn.
        spacing: between letters, in pixels.
    """

    face: Face
    size: float
    baseline: int
    misfit: float
    support: float = 1.0
    likeness: float = 0.0
    spacing: float = 0.0

    @property
    def font(self) -> Font:
        return self.face.unit.model_copy(update={"size": self.size, "letter_spacing": self.spacing})

    @property
    def score(self) -> float:
        """Likeness, less what speaks against the font."""
        rare = RARE["italic"] * self.face.italic + RARE["wide"] * (self.face.family == "wide")
        return self.likeness - MISFIT * min(self.misfit, 3.0) - rare


UNIT = 64
FACES = tuple(Face(family, bold, italic) for italic in (False, True) for family in FAMILIES for bold in (False, True))


def measure(face: Face, words: Sequence[Word], coverage: NDArray[np.float32], size: float | None = None) -> Fit:
    """Find the size at which a font has the words' edges where the picture has them; nothing is drawn."""
    units = _edges(face, _string(face, words))
    seen = [(word.left, word.right) for word in words]
    own = [max(right - left, 1) / (b - a) for (left, right), (a, b) in zip(seen, units, strict=True)]
    letters = [len(word.text) for word in words]
    middle = _weighted_median(own, letters)
    fitting = [
        abs(each / middle - 1) <= max(SAME_SCALE, 0.8 / (b - a) / middle)
        for each, (a, b) in zip(own, units, strict=True)
    ]
    groups = _groups(fitting, [left - middle * a for (left, _), (a, _) in zip(seen, units, strict=True)], middle)
    size = size or _slope(units, seen, groups) or middle
    support = sum(n for n, fits in zip(letters, fitting, strict=True) if fits) / sum(letters)
    sideways = _sideways(units, seen, groups, size)
    top, bottom = _rows(coverage, words)
    ink = fonts.ink(face.unit, "".join(word.text for word in words))
    drawn_top, drawn_bottom = ink.top / UNIT * size, ink.bottom / UNIT * size
    upright = abs((bottom - top) - (drawn_bottom - drawn_top))
    baseline = round(((bottom - drawn_bottom) + (top - drawn_top)) / 2)
    return Fit(face, size, baseline, sideways + 0.7 * upright + 2 * (1 - support), support)


def look(fit: Fit, words: Sequence[Word], soft: NDArray[np.float32]) -> Fit:
    """Draw words with a fitted font and compare; the baseline moves a pixel where the longest looks more alike."""
    longest, *others = sorted(words, key=lambda word: len(word.text), reverse=True)[:MAX_WORDS]
    likeness, baseline = max(
        (word_likeness(fit, longest, soft, row), row) for row in (fit.baseline, fit.baseline - 1, fit.baseline + 1)
    )
    total, letters = likeness * len(longest.text), len(longest.text)
    for word in others:
        total += word_likeness(fit, word, soft, baseline) * len(word.text)
        letters += len(word.text)
    return replace(fit, baseline=baseline, likeness=total / letters)


def word_likeness(fit: Fit, word: Word, soft: NDArray[np.float32], baseline: int | None = None) -> float:
    """Return how alike a drawn word and its softened ink in the picture are."""
    ink = fonts.ink(fit.face.unit, word.text)
    spread = fit.spacing * (len(word.text) - 1) / 2
    middle = (word.left + word.right) / 2 - (ink.left + ink.right) / 2 / UNIT * fit.size - spread
    quarters = round(middle * 4)
    left, right = max(int(word.left) - 1, 0), int(word.right) + 2
    face = fit.face
    drawn = draw(
        face.family, face.bold, face.italic, round(fit.size, 2), word.text, quarters % 4, round(fit.spacing, 2)
    )
    return likeness(soft[:, left:right], drawn, quarters // 4 - left, fit.baseline if baseline is None else baseline)


def best_fit(words: Sequence[Word], ink: Ink, usual: Mapping[Face, float] | None = None) -> Fit:
    """Return the font that fits and looks best; slanted ones are tried where no upright one looks right.

    Args:
        words: of one line, left to right; edges in columns of `ink`.
        ink: of the line.
        usual: likeness that each font is given ahead, because the page uses it elsewhere.
    """
    ahead = usual or {}
    best: Fit | None = None
    for italic in (False, True):
        if best is not None and best.likeness >= UPRIGHT:
            break
        faces = [face for face in FACES if face.italic == italic]
        fits = sorted((measure(face, words, ink.coverage) for face in faces), key=lambda fit: fit.misfit)
        tried = fits[:DRAWN] + [fit for fit in fits[DRAWN:] if fit.face in ahead]
        looked = [look(fit, words, ink.soft) for fit in tried]
        best = max([*looked, *([best] if best else [])], key=lambda fit: fit.score + ahead.get(fit.face, 0.0))
    assert best is not None
    return best


def _string(face: Face, words: Sequence[Word]) -> str:
    """Put blanks between words, as many as were seen in fonts that keep columns, else one."""
    most = 99 if face.family in MONO else 1
    return words[0].text + "".join(" " * max(min(word.blanks, most), 1) + word.text for word in words[1:])


@lru_cache(maxsize=20000)
def _edges(face: Face, string: str) -> tuple[tuple[float, float], ...]:
    """Return left and right ink edges of every word of a string from its start, for a size of 1."""
    edges = []
    start = 0
    for word in string.split(" "):
        if not word:
            start += 1
            continue
        before = fonts.advance(face.unit, string[:start]) if start else 0.0
        ink = fonts.ink(face.unit, word)
        left = (before + ink.left) / UNIT
        edges.append((left, max((before + ink.right) / UNIT, left + 0.02)))
        start += len(word) + 1
    return tuple(edges)


def _weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    order = np.argsort(values)
    heaped = np.cumsum(np.array(weights, float)[order])
    return float(values[order[int(np.searchsorted(heaped, heaped[-1] / 2))]])


def _groups(fitting: Sequence[bool], starts: Sequence[float], size: float) -> list[list[int]]:
    """Return runs of neighbours that fit and follow one another as the font has them, as indices.

    Blanks were counted with another font maybe; a wrong count starts a new run.
    """
    groups: list[list[int]] = []
    for i, fits in enumerate(fitting):
        if fits and i and fitting[i - 1] and abs(starts[i] - starts[i - 1]) < SAME_LINE * size:
            groups[-1].append(i)
        elif fits:
            groups.append([i])
    return groups


def _slope(
    units: Sequence[tuple[float, float]], seen: Sequence[tuple[float, float]], groups: Sequence[Sequence[int]]
) -> float | None:
    """Return the size that all runs of fitting words agree on best, each run free to start where it does."""
    joint = spread = 0.0
    for group in groups:
        unit = np.array([units[i] for i in group]).ravel()
        edge = np.array([seen[i] for i in group]).ravel()
        unit = unit - unit.mean()
        joint += float((unit * (edge - edge.mean())).sum())
        spread += float((unit * unit).sum())
    return max(joint / spread, 3.0) if spread else None


def _sideways(
    units: Sequence[tuple[float, float]],
    seen: Sequence[tuple[float, float]],
    groups: Sequence[Sequence[int]],
    size: float,
) -> float:
    off: list[float] = []
    for group in groups:
        rest = np.array([seen[i] for i in group]).ravel() - size * np.array([units[i] for i in group]).ravel()
        off += list((rest - rest.mean()) ** 2)
    return float(np.sqrt(np.mean(off))) if off else 0.0


def _rows(coverage: NDArray[np.float32], words: Sequence[Word]) -> tuple[float, float]:
    """Return top and bottom of the words' ink, to parts of a pixel."""
    left, right = max(int(words[0].left) - 1, 0), int(words[-1].right) + 2
    strongest = coverage[:, left:right].max(axis=1)
    inked = np.flatnonzero(strongest > 0.1)
    if not inked.size:
        return 0.0, 1.0
    first, last = inked[0], inked[-1]
    return first + 1 - min(float(strongest[first]), 1.0), last + min(float(strongest[last]), 1.0)
