"""Compare a text with what was read from pixels.

Reading loses blanks, and tells signs of one shape apart badly: 0 and O, 1 and l, c and C, straight and curly quotes.
These do not count. All else does: a point that is missing is a difference, "$1.50" is not "$150".
"""

from __future__ import annotations

import re
import unicodedata

from vl2agent.errors import InputError

_SHAPES = str.maketrans(
    {
        **dict.fromkeys("Oo", "0"),
        **dict.fromkeys("lI|", "1"),
        **dict.fromkeys("‘’´`′", "'"),
        **dict.fromkeys("“”„«»″", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        **{letter: letter.lower() for letter in "CSUVWXZ"},  # the same shape, only larger
    }
)
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_LETTERS = re.compile(r"[^\W\d_]+")


def checked_text(expected: object) -> None:
    """Refuse what no text can be compared with.

    Raises:
        InputError: it is neither a text nor a pattern.
    """
    if not isinstance(expected, str | re.Pattern):
        raise InputError(
            f"expected a text, or a pattern such as re.compile(r'\\d+'), got {expected!r}; of several things take .nth(0)"
        )


def says(text: str, expected: str | re.Pattern[str]) -> bool:
    """Tell whether a text that was read is the expected one; a pattern is searched for in it, as it was read."""
    if isinstance(expected, re.Pattern):
        return expected.search(text) is not None
    return shape(text) == shape(expected)


def contains(text: str, expected: str | re.Pattern[str]) -> bool:
    """Tell whether a text that was read has the expected one in it; no number is in a word: "Total" has no 1."""
    if isinstance(expected, re.Pattern):
        return says(text, expected)
    if expected.strip().isdigit():
        text = _LETTERS.sub(lambda word: word[0] if shape(word[0]).isdigit() else "_", text)
    return shape(expected) in shape(text)


def words_of(text: str) -> list[str]:
    """Return the words of a text, without signs."""
    return _WORD.findall(text)


def shape(text: str) -> str:
    """Return what reading from pixels can be held to."""
    return "".join(unicodedata.normalize("NFKC", text).split()).translate(_SHAPES)
