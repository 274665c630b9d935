"""Lines of a page while they are measured: what was read, its ink, its words, its font."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.perception.text import Line
from vl2agent.steps import Pixels
from vl2agent.web2code.perceive import fonts
from vl2agent.web2code.perceive.ink import Ink, find_ink
from vl2agent.web2code.perceive.typeface import MONO, Fit
from vl2agent.web2code.perceive.words import Piece, Word, assembled, deals, proxy_font, segments

FIRST_IDEOGRAPH = "\u2e80"
DOTS = "●○■□"
"""Signs as large as letters: what is read as such inside a line is a shape."""
WIDE_GAP = 3.0
"""A gap of this many blanks parts two texts, but in code, where columns are kept."""
SAME_SIZE = 0.05
MAX_JOINED_BLANKS = 1.7


@dataclass(frozen=True, slots=True)
class Seen:
    """A line of text in the picture.

    Args:
        ink: around it.
        pieces: what hangs together; their edges are columns of `ink`.
        words: what blanks part.
        confidence: of the reading, 0..1.
        fit: the font that most of it has, once it was looked for.
        others: ways to deal the characters out that fit other fonts.
    """

    ink: Ink
    pieces: tuple[Piece, ...]
    words: tuple[Word, ...]
    confidence: float
    fit: Fit | None = None
    others: tuple[tuple[Piece, ...], ...] = ()

    @property
    def box(self) -> ImageBox:
        """Of the ink, in pixels of the page."""
        return self.ink.edges(self.words[0].left, self.words[-1].right)

    def of(self, pieces: Sequence[Piece]) -> Seen:
        """Return the line with other pieces, and the words that they make in its font."""
        font = self.fit.font if self.fit else proxy_font(pieces)
        return replace(self, pieces=tuple(pieces), words=tuple(assembled(pieces, font)), others=())

    @property
    def letters(self) -> int:
        return sum(len(word.text) for word in self.words)

    @property
    def string(self) -> str:
        mono = self.fit is not None and self.fit.face.family in MONO
        most = 99 if mono else 1
        return self.words[0].text + "".join(" " * min(word.blanks, most) + word.text for word in self.words[1:])

    @property
    def baseline(self) -> int:
        assert self.fit is not None
        return self.ink.box.top + self.fit.baseline


def see(image: Pixels, line: Line) -> Seen | None:
    """Find the ink and the words of a line that was read; None where nothing stands out."""
    line = _without_icons(line)
    ink = find_ink(image, line.box)
    if ink is None:
        return None
    rows = np.flatnonzero(ink.mask.any(axis=1))
    parts = segments(ink.coverage.max(axis=0), int(rows[-1] - rows[0]) + 1)
    found = deals(line.text, [x - ink.box.left for x in line.centers], parts)
    if not found:
        return None
    best, *others = found
    words = tuple(assembled(best, proxy_font(best)))
    return Seen(ink, best, words, line.confidence, others=tuple(others))


def _without_icons(line: Line) -> Line:
    """Take ideographs away that end a line of Latin letters, arrows and dots before it, and dots of a state in it."""
    ideographs = [character >= FIRST_IDEOGRAPH for character in line.text]
    signs = [
        ideograph or "\u2190" <= character <= "\u27bf"
        for character, ideograph in zip(line.text, ideographs, strict=True)
    ]
    if not any(signs) or sum(signs) > 2 or len(line.text) - sum(signs) < 2:
        return line
    first = next(i for i, each in enumerate(signs) if not each)
    last = next(i for i in range(len(ideographs), 0, -1) if not ideographs[i - 1])
    kept = [i for i in range(first, last) if line.text[i] not in DOTS]
    return replace(line, text="".join(line.text[i] for i in kept), centers=tuple(line.centers[i] for i in kept))


def parted(line: Seen) -> list[Seen]:
    """Cut a line at gaps that no text has: several labels on one row were read as one."""
    assert line.fit is not None
    if line.fit.face.family in MONO:
        return [line]
    blank = fonts.advance(line.fit.font, " ")
    parts: list[list[Piece]] = [[line.pieces[0]]]
    for before, piece in pairwise(line.pieces):
        if piece.left - before.right > WIDE_GAP * blank + 1:
            parts.append([])
        parts[-1].append(piece)
    return [line.of(part) for part in parts] if len(parts) > 1 else [line]


def joined(image: Pixels, lines: Iterable[Seen]) -> list[Seen]:
    """Join neighbours on a row that a blank, or in code some blanks, part: reading had cut them."""
    done: list[Seen] = []
    for line in sorted(lines, key=lambda each: each.box.left):
        for i, before in enumerate(done):
            blanks = _blanks_between(before, line)
            if blanks is not None:
                done[i] = _together(image, before, line, blanks)
                break
        else:
            done.append(line)
    return done


def _blanks_between(before: Seen, after: Seen) -> int | None:
    """Count the blanks between two lines; None where they do not belong together."""
    assert before.fit is not None
    assert after.fit is not None
    a, b = before.fit, after.fit
    short = min(before.letters, after.letters) <= 2
    if abs(before.baseline - after.baseline) > (2 if short else 1):
        return None
    if not short and (abs(a.size / b.size - 1) > SAME_SIZE or (a.face.family in MONO) != (b.face.family in MONO)):
        return None
    main = a if before.letters >= after.letters else b
    last, first = before.words[-1].text[-1], after.words[0].text[0]
    bearings = fonts.advance(main.font, last) - fonts.ink(main.font, last).right + fonts.ink(main.font, first).left
    gap = after.ink.box.left + after.words[0].left - before.ink.box.left - before.words[-1].right - bearings
    blanks = gap / fonts.advance(main.font, " ")
    if main.face.family in MONO:
        whole = round(blanks)
        return whole if 0 <= whole <= 12 and abs(blanks - whole) < 0.35 else None
    return round(blanks) if -0.3 < blanks < MAX_JOINED_BLANKS else None


def _together(image: Pixels, before: Seen, after: Seen, blanks: int) -> Seen:
    assert before.fit is not None
    assert after.fit is not None
    ink = find_ink(image, before.box.union(after.box))
    if ink is None:
        return before
    main = before if before.letters >= after.letters else after
    fit = replace(main.fit, baseline=main.baseline - ink.box.top) if main.fit else None
    first, *rest = _moved(after, ink)
    whole = (*_moved(before, ink), replace(first, spaced=blanks > 0), *rest)
    return Seen(ink, whole, (), min(before.confidence, after.confidence), fit).of(whole)


def _moved(line: Seen, ink: Ink) -> list[Piece]:
    by = line.ink.box.left - ink.box.left
    return [replace(piece, left=piece.left + by, right=piece.right + by) for piece in line.pieces]
