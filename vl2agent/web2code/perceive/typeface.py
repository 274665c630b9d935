"""Find the font of words by measuring: widths give the size, and the drawn words must look like the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vl2agent.web2code.ir import Family, Font
from vl2agent.web2code.perceive import fonts
from vl2agent.web2code.perceive.drawing import draw, likeness
from vl2agent.web2code.perceive.words import Word

FAMILIES: tuple[Family, ...] = ("sans", "serif", "system", "mono", "courier", "wide")
DRAWN = 6
"""Fonts that are drawn for a comparison, those whose widths and heights fit best."""
MAX_WORDS = 4
"""Words of a line that are drawn to compare fonts."""
ALIKE = 0.97
"""Likeness at which no other font needs a try."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font file of a family."""

    family: Family
    bold: bool
    italic: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """A font tried on words.

    Args:
        face: which.
        size: in pixels.
        pen: x where the first word starts.
        baseline: y.
        misfit: root mean square distance of the words' edges from where the font has them, and of heights, in pixels.
        likeness: of drawn and seen ink, -1..1; 0 where not drawn.
    """

    face: Face
    size: float
    pen: float
    baseline: int
    misfit: float
    likeness: float = 0.0

    @property
    def font(self) -> Font:
        return Font(
            family=self.face.family, size=self.size, weight=700 if self.face.bold else 400, italic=self.face.italic
        )


FACES = tuple(Face(family, bold, italic) for italic in (False, True) for family in FAMILIES for bold in (False, True))


def fit_face(face: Face, words: Sequence[Word], coverage: NDArray[np.float32], size: float | None = None) -> Fit:
    """Measure the size at which a font has the words' edges where the picture has them; nothing is drawn."""
    units = _edges(face, _string(words))
    seen = np.array([edge for word in words for edge in (word.left, word.right)])
    unit = np.array(units)
    if size is None:
        spread = unit - unit.mean()
        size = max(float((spread * (seen - seen.mean())).sum() / max((spread * spread).sum(), 1e-6)), 4.0)
    pen = float((seen - size * unit).mean())
    sideways = float(np.sqrt(((seen - pen - size * unit) ** 2).mean()))
    top, bottom = _rows(coverage, words)
    ink = fonts.ink(
        Font(family=face.family, size=64, weight=700 if face.bold else 400, italic=face.italic), _string(words)
    )
    drawn_top, drawn_bottom = ink.top / 64 * size, ink.bottom / 64 * size
    upright = abs((bottom - top) - (drawn_bottom - drawn_top))
    baseline = round(((bottom - drawn_bottom) + (top - drawn_top)) / 2)
    return Fit(face, size, pen, baseline, sideways + 0.7 * upright)


def look(fit: Fit, words: Sequence[Word], coverage: NDArray[np.float32]) -> Fit:
    """Draw words with a fitted font and compare; the baseline moves a pixel where that looks more alike."""
    chosen = sorted(words, key=lambda word: len(word.text), reverse=True)[:MAX_WORDS]
    best = fit
    for baseline in (fit.baseline, fit.baseline - 1, fit.baseline + 1):
        likenesses = [word_likeness(fit.face, fit.size, word, coverage, baseline) for word in chosen]
        weights = [len(word.text) for word in chosen]
        total = sum(a * w for a, w in zip(likenesses, weights, strict=True)) / sum(weights)
        if total > best.likeness:
            best = Fit(fit.face, fit.size, fit.pen, baseline, fit.misfit, total)
    return best


def word_likeness(face: Face, size: float, word: Word, coverage: NDArray[np.float32], baseline: int) -> float:
    """Return how alike a drawn word and its ink in the picture are."""
    ink = fonts.ink(_unit(face), word.text)
    middle = (word.left + word.right) / 2 - (ink.left + ink.right) / 128 * size
    quarters = round(middle * 4)
    left, right = max(int(word.left) - 1, 0), int(word.right) + 2
    piece = coverage[:, left:right]
    drawn = draw(face.family, face.bold, face.italic, round(size, 2), word.text, quarters % 4)
    return likeness(piece, drawn, quarters // 4 - left, baseline)


def best_fit(words: Sequence[Word], coverage: NDArray[np.float32], usual: Sequence[Face] = ()) -> Fit:
    """Return the font that fits and looks best.

    Args:
        words: of one line, left to right; edges in columns of `coverage`.
        coverage: [height, width], 0..1, of the line's ink.
        usual: fonts that the page uses elsewhere, tried first.
    """
    tried = {face: fit_face(face, words, coverage) for face in FACES}
    order = sorted(FACES, key=lambda face: tried[face].misfit - (0.5 if face in usual else 0.0))
    best = look(tried[order[0]], words, coverage)
    for face in order[1:DRAWN]:
        fit = look(tried[face], words, coverage)
        if fit.likeness > best.likeness:
            best = fit
    return best


def _string(words: Sequence[Word]) -> str:
    return "".join(" " * word.blanks + word.text for word in words)


def _unit(face: Face) -> Font:
    return Font(family=face.family, size=64, weight=700 if face.bold else 400, italic=face.italic)


@lru_cache(maxsize=20000)
def _edges(face: Face, string: str) -> tuple[float, ...]:
    """Return left and right ink edges of every word of a string from its start, for a size of 1."""
    font = _unit(face)
    edges = []
    start = 0
    for word in string.split(" "):
        if word:
            before = fonts.advance(font, string[:start]) if start else 0.0
            ink = fonts.ink(font, word)
            edges += [(before + ink.left) / 64, (before + ink.right) / 64]
        start += len(word) + 1
    return tuple(edges)


def _rows(coverage: NDArray[np.float32], words: Sequence[Word]) -> tuple[float, float]:
    """Return top and bottom of the words' ink, to parts of a pixel."""
    left, right = max(int(words[0].left) - 1, 0), int(words[-1].right) + 2
    strongest = coverage[:, left:right].max(axis=1)
    inked = np.flatnonzero(strongest > 0.05)
    if not inked.size:
        return 0.0, 1.0
    first, last = inked[0], inked[-1]
    return first + 1 - min(float(strongest[first]), 1.0), last + min(float(strongest[last]), 1.0)
