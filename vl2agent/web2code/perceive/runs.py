"""Cut a line into runs that look alike: bold words, links, inline code, colored tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vl2agent.web2code.ir import Font, Run
from vl2agent.web2code.perceive import fonts
from vl2agent.web2code.perceive.color import css, shown_color
from vl2agent.web2code.perceive.ink import PAPERS, Ink
from vl2agent.web2code.perceive.lines import Seen
from vl2agent.web2code.perceive.typeface import MONO, Face, Fit, measure, word_likeness
from vl2agent.web2code.perceive.usual import plain_size
from vl2agent.web2code.perceive.words import Piece, Word, blanks_between

Kind: TypeAlias = Literal["plain", "link", "code", "strong", "em"]

ALIKE = 0.94
"""A word that looks this much as the line's font is drawn has it."""
LIKE_OWN, LIKE_OTHER = 0.7, 0.85
"""And another font only if it looks this much as drawn in that: at the line's size, at another one."""
TELLING = 3
"""Fewer characters, on the paper of their line, are no evidence of another family or size."""
MISPLACED = 0.06
"""Likeness that a pixel of wrong width is worth."""
MAX_SCALE = 1.6
"""Words of one line differ in size by less."""
SAME_DIRECTION = 0.97
SAME_STRENGTH = 0.6
DISTANT = 30.0
"""Levels of a channel that two colors of a line differ by at least."""
UNDERLINED = 0.6


@dataclass(frozen=True, slots=True)
class Letter:
    """A character, the columns it stands on, and its look."""

    text: str
    left: float
    right: float
    fit: Fit
    color: str = ""
    underline: bool = False
    background: str | None = None

    @property
    def look(self) -> tuple[Face, float, str, bool, str | None]:
        return self.fit.face, self.fit.size, self.color, self.underline, self.background


def runs(line: Seen, usual: Mapping[Face, float], sizes: Mapping[float, float]) -> tuple[Font, tuple[Run, ...]]:
    """Return the font of most of a line, and its characters in runs; a run that has that font names none."""
    assert line.fit is not None
    letters = _letters(line, _piece_fits(line, usual, sizes))
    letters = _colored(line.ink, letters)
    paper = _line_paper(line.ink, letters)
    letters = [_decorated(line.ink, letter, paper) for letter in letters]
    parts = [(look, list(group)) for look, group in groupby(_with_blanks(letters), key=lambda letter: letter.look)]
    most = max((look for look, _ in parts), key=lambda look: sum(len(group) for its, group in parts if its == look))
    main = _font(next(group[0] for look, group in parts if look == most))
    return main, tuple(
        Run(
            text="".join(letter.text for letter in group),
            font=None if look == most else _font(group[0]),
            kind=_kind(_font(group[0]), main),
        )
        for look, group in parts
    )


def _font(letter: Letter) -> Font:
    return letter.fit.font.model_copy(
        update={"color": letter.color, "underline": letter.underline, "background": letter.background}
    )


def _kind(font: Font, main: Font) -> Kind:
    """Say what a run may be from how it differs from the text around it."""
    if font.family in MONO and (font.background or main.family not in MONO):
        return "code"
    if font.underline:
        return "link"
    if font.weight > main.weight:
        return "strong"
    return "em" if font.italic and not main.italic else "plain"


def _piece_fits(line: Seen, usual: Mapping[Face, float], sizes: Mapping[float, float]) -> list[tuple[Piece, Fit]]:
    """Give every piece the font of its word."""
    assert line.fit is not None
    base = line.fit
    fits = [_own_fit(word, line, usual, sizes) for word in line.words]
    for i, word in enumerate(line.words):
        around = [fits[k] for k in (i - 1, i + 1) if 0 <= k < len(fits)]
        if len(word.text) <= 2 and fits[i] is base and around and all(each.face == around[0].face for each in around):
            fits[i] = around[0]
    of_pieces: list[tuple[Piece, Fit]] = []
    words = iter(zip(line.words, fits, strict=True))
    room = 0
    fit = base
    for piece in line.pieces:
        if room == 0:
            word, fit = next(words)
            room = len(word.text)
        room -= len(piece.text)
        of_pieces.append((piece, fit))
    return of_pieces


def _own_fit(word: Word, line: Seen, usual: Mapping[Face, float], sizes: Mapping[float, float]) -> Fit:
    """Return the line's font, or another that a word looks clearly more like."""
    assert line.fit is not None
    base, coverage, soft = line.fit, line.ink.coverage, line.ink.soft
    likeness = word_likeness(base, word, soft)
    if likeness >= ALIKE or len(word.text) < 2:
        return base
    best, score = base, likeness - MISPLACED * _off(base, word) + 0.04 + 0.15 / len(word.text)
    telling = len(word.text) >= TELLING or _painted(line.ink, word)
    for face in _others(base.face, usual):
        fit = measure(face, [word], coverage)
        same = face.family == base.face.family
        if not (same or telling):
            continue
        own_size = plain_size(fit.size, word.right - word.left, sizes)
        for size in {base.size, own_size} if same and telling else {base.size if same else own_size}:
            if not 1 / MAX_SCALE < size / base.size < MAX_SCALE:
                continue
            other = replace(fit, size=size, baseline=base.baseline)
            other = replace(other, likeness=word_likeness(other, word, soft))
            own = other.likeness - MISPLACED * _off(other, word)
            if own > score and other.likeness >= (LIKE_OWN if size == base.size else LIKE_OTHER):
                best, score = other, own
    return best


def _painted(ink: Ink, word: Word) -> bool:
    """Tell whether a word stands on a paper of its own, as inline code does."""
    middle = min(int(word.left + word.right) // 2, ink.paper.shape[1] - 1)
    return bool(np.abs(ink.paper[0, middle] - ink.paper[0, 0]).max() >= 2)


def _others(face: Face, usual: Iterable[Face]) -> list[Face]:
    flips = [(not face.bold, face.italic), (face.bold, not face.italic), (not face.bold, not face.italic)]
    found = [Face(face.family, bold, italic) for bold, italic in flips]
    code = [Face("mono"), Face("courier")]
    return [each for each in dict.fromkeys([*found, *code, *usual]) if each != face]


def _off(fit: Fit, word: Word) -> float:
    """Return how many pixels wider or narrower a word is than its font has it."""
    ink = fonts.ink(fit.font, word.text)
    return abs((ink.right - ink.left) - (word.right - word.left))


def _letters(line: Seen, fits: Sequence[tuple[Piece, Fit]]) -> list[Letter]:
    """Place every character; blanks are letters too, without a look of their own yet."""
    letters: list[Letter] = []
    for i, (piece, fit) in enumerate(fits):
        if i:
            before, its = fits[i - 1]
            blanks = blanks_between(before, piece, its.font, fit.font)
            if fit.face.family not in MONO or its.face.family not in MONO:
                blanks = min(blanks, 1)
            letters += [Letter(" ", before.right, piece.left, fit)] * blanks
        pen = piece.left - fonts.ink(fit.font, piece.text).left
        for n, character in enumerate(piece.text):
            left = pen + fonts.advance(fit.font, piece.text[:n]) if n else piece.left
            letters.append(Letter(character, left, pen + fonts.advance(fit.font, piece.text[: n + 1]), fit))
    return letters


def _colored(ink: Ink, letters: Sequence[Letter]) -> list[Letter]:
    """Give letters the color of their group: neighbours whose ink goes the same way from the paper."""
    groups: list[list[int]] = []
    vector: NDArray[np.float32] | None = None
    for i, letter in enumerate(letters):
        if letter.text == " ":
            continue
        own = _vector(ink, [letter])
        if own is None or (groups and vector is not None and _same(vector, own, letter.text)):
            if groups:
                groups[-1].append(i)
            continue
        groups.append([i])
        vector = own
    colored = list(letters)
    merged = _merged(ink, letters, groups)
    for members, color in merged:
        for i in range(members[0], members[-1] + 1):
            colored[i] = replace(letters[i], color=color)
    if merged:
        colored = [replace(letter, color=letter.color or merged[0][1]) for letter in colored]
    return colored


def _merged(ink: Ink, letters: Sequence[Letter], groups: Sequence[list[int]]) -> list[tuple[list[int], str]]:
    """Join neighbouring groups whose colors are hardly different once all their ink is taken together."""
    done: list[tuple[list[int], NDArray[np.float32]]] = []
    for group in groups:
        color = _color(ink, [letters[i] for i in group])
        if color is None:
            continue
        if done and np.abs(done[-1][1] - color).max() < DISTANT:
            members = done[-1][0] + group
            joint = _color(ink, [letters[i] for i in members])
            done[-1] = members, done[-1][1] if joint is None else joint
        else:
            done.append((group, color))
    return [(members, css(color)) for members, color in done]


def _own_ink(ink: Ink, letters: Sequence[Letter]) -> NDArray[np.bool_]:
    columns = np.zeros(ink.mask.shape[1], bool)
    for letter in letters:
        columns[max(round(letter.left), 0) : max(round(letter.right), round(letter.left) + 1)] = True
    return np.asarray(ink.mask & columns[None], np.bool_)


def _color(ink: Ink, letters: Sequence[Letter]) -> NDArray[np.float32] | None:
    own = _own_ink(ink, letters)
    return shown_color(ink.pixels[own], ink.contrast[own]) if own.any() else None


def _vector(ink: Ink, letters: Sequence[Letter]) -> NDArray[np.float32] | None:
    """Return the way from paper to ink, in levels."""
    own = _own_ink(ink, letters)
    if not own.any():
        return None
    return shown_color(ink.pixels[own] - ink.paper[own], ink.contrast[own])


def _same(one: NDArray[np.float32], other: NDArray[np.float32], text: str) -> bool:
    a, b = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    if min(a, b) < 12:
        return True
    thin = not text.isalnum()
    direction = float(one @ other) / (a * b)
    return direction > (SAME_DIRECTION - 0.03 * thin) and (thin or min(a, b) > SAME_STRENGTH * max(a, b))


def _decorated(ink: Ink, letter: Letter, around: NDArray[np.float32] | None) -> Letter:
    """Find the underline and the paper of a letter that is not the paper of the line."""
    first, last = round(letter.left), max(round(letter.right), round(letter.left) + 1)
    underline = bool(ink.underline[first:last].mean() >= UNDERLINED) if ink.underline[first:last].size else False
    middle = min(max((first + last) // 2, 0), ink.paper.shape[1] - 1)
    own = ink.paper[0, middle]
    plate = css(own) if around is not None and np.abs(own - around).max() >= 2 else None
    return replace(letter, underline=underline, background=plate)


def _line_paper(ink: Ink, letters: Sequence[Letter]) -> NDArray[np.float32] | None:
    """Return the paper that most letters stand on; None on a picture or a gradient, which has no papers."""
    middles = [min(max(int((each.left + each.right) / 2), 0), ink.paper.shape[1] - 1) for each in letters]
    papers, counts = np.unique(ink.paper[0, middles], axis=0, return_counts=True)
    return np.asarray(papers[counts.argmax()], np.float32) if len(papers) <= PAPERS else None


def _with_blanks(letters: Sequence[Letter]) -> list[Letter]:
    """Let blanks look as the letters on both sides; where those differ, as the one that most of the line looks like."""
    looks = Counter(letter.look for letter in letters if letter.text != " ")
    whole = list(letters)
    for i, letter in enumerate(letters):
        if letter.text == " " and 0 < i < len(letters) - 1:
            after = next(each for each in letters[i:] if each.text != " ")
            like = max(whole[i - 1], after, key=lambda each: looks[each.look])
            whole[i] = replace(like, text=" ", left=letter.left, right=letter.right)
    return whole
