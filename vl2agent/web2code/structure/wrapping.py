"""Where a text was wrapped, and where a line ended by itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Text
from vl2agent.web2code.structure.gaps import spread

Side: TypeAlias = Literal["left", "center", "right"]
MIN_WRAPPED = 0.6
"""The share of line ends without room for the next word that makes lines a paragraph, not a list."""
MAX_TITLE_WORDS = 7
MAX_LONE_PITCH = 1.7


def side_of(boxes: Sequence[ImageBox], size: float) -> Side | None:
    """Return the side at which boxes are flush, within a fraction of the font's size."""
    slack = max(2.5, 0.16 * size)
    if spread([box.left for box in boxes]) <= slack:
        return "left"
    if spread([(box.left + box.right) / 2 for box in boxes]) <= slack:
        return "center"
    return "right" if spread([box.right for box in boxes]) <= slack else None


def broken_lines(texts: Sequence[Text], *, room: float = 0.0, large: bool = False) -> list[tuple[int, int]]:
    """Return which lines of a column form one text each, as ranges.

    Args:
        room: how wide other lines at the same edge are.
        large: they are a heading's.
    """
    if len(texts) < 2:
        return [(0, len(texts))]
    widest = max(text.lines[0].box.width for text in texts)
    wrapped = _wrapped(texts, widest)
    if not large and all(map(_is_title, texts)):
        wrapped = _wrapped(texts, max(room, widest)) if len(texts) == 2 else [False] * (len(texts) - 1)
    if len(texts) == 2 and not _one_sentence(*texts):
        wrapped = [False]
    if sum(wrapped) < MIN_WRAPPED * len(wrapped):
        wrapped = [full and _goes_on(b) for full, b in zip(wrapped, texts[1:], strict=True)]
    cuts = [0, *(place for place, full in enumerate(wrapped, 1) if not full), len(texts)]
    return list(pairwise(cuts))


def _wrapped(texts: Sequence[Text], room: float) -> list[bool]:
    return [_has_no_room(a, b, room) for a, b in pairwise(texts)]


def _is_title(text: Text) -> bool:
    """Tell whether a line may stand alone: a few words, the first with a capital letter, no full stop."""
    string = text.string.strip()
    return not string[:1].islower() and len(string.split()) <= MAX_TITLE_WORDS and string[-1:] not in ".,;:-"


def _has_no_room(line: Text, after: Text, room: float) -> bool:
    """Tell whether the next line's first word would not have fitted into the room behind a line."""
    string, box = after.string, after.lines[0].box
    letter = box.width / max(len(string), 1)
    word = string.split(" ", 1)[0]
    return line.lines[0].box.width + letter * (len(word) + 1) > room - 0.5 * line.font.size


def _one_sentence(a: Text, b: Text) -> bool:
    """Tell whether two lines alone, of which the longer is full by definition, read as one text."""
    close = b.lines[0].baseline - a.lines[0].baseline <= MAX_LONE_PITCH * a.font.size
    same = a.font.weight == b.font.weight and a.font.italic == b.font.italic
    return _goes_on(b) or (
        close and same and len(a.string) > 12 and not a.string.rstrip().endswith((".", ":", "!", "?"))
    )


def _goes_on(text: Text) -> bool:
    """Tell whether a line begins in the middle of a sentence."""
    start = text.string.lstrip()[:1]
    return start.islower() or start in ("(", ",")
