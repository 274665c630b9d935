"""Settle characters that reading mixes up, by drawing both: straight and curly quotes, O and 0."""

from __future__ import annotations

from dataclasses import replace

from vl2agent.web2code.perceive.lines import Seen
from vl2agent.web2code.perceive.typeface import MONO, word_likeness
from vl2agent.web2code.perceive.words import Piece, Word

LOOKALIKES = {
    "'": "’‘",
    "’": "'‘",
    "‘": "'’",
    "`": "'‘",
    '"': "”“",
    "“": '"',
    "”": '"',
    "0": "O",
    "O": "0",
}
QUOTES = "'’‘`\"“”"
QUOTE_MARGIN, LETTER_MARGIN = 0.004, 0.03
"""Likeness that another sign has to gain: networks know words, but confuse quotes."""
READABLE = 0.8
"""What looks less like its font than this, with the other sign, tells nothing about signs."""


def spelled(line: Seen) -> Seen:
    """Replace signs by lookalikes that look more like the ink."""
    if not any(character in LOOKALIKES for piece in line.pieces for character in piece.text):
        return line
    return line.of([_settled(line, piece) for piece in line.pieces])


def _settled(line: Seen, piece: Piece) -> Piece:
    best = _likeness(line, piece)
    for i, character in enumerate(piece.text):
        if character in QUOTES and line.fit and line.fit.face.family in MONO:
            continue  # code has straight ones
        margin = QUOTE_MARGIN if character in QUOTES else LETTER_MARGIN
        for other in LOOKALIKES.get(character, ""):
            candidate = replace(piece, text=piece.text[:i] + other + piece.text[i + 1 :])
            likeness = _likeness(line, candidate)
            if likeness > max(best + margin, READABLE):
                piece, best = candidate, likeness
    return piece


def _likeness(line: Seen, piece: Piece) -> float:
    assert line.fit is not None
    return word_likeness(line.fit, Word(piece.text, piece.left, piece.right, 0), line.ink.soft)
