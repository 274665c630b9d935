"""Where one thing stands to another: the words for it, and how far it is from being true."""

from __future__ import annotations

import re

from vl2agent.geometry import ImageBox
from vl2agent.perception.layout import gap_x, gap_y, same_row

_PHRASES = {
    "below": ("below", "underneath", "beneath", "under"),
    "above": ("above", "over", "on top of"),
    "left": ("to the left of", "on the left of", "left of", "before"),
    "right": ("to the right of", "on the right of", "right of", "after"),
    "row": ("in the same row as", "on the same row as", "in the row of", "in the line of"),
    "near": ("next to", "beside", "near", "close to", "by"),
    "in": ("inside", "within", "in", "of", "under the heading"),
}
_RELATION_OF = {phrase: relation for relation, phrases in _PHRASES.items() for phrase in phrases}
_WORDS = re.compile(
    rf" (?:that is |which is )?({'|'.join(sorted(_RELATION_OF, key=len, reverse=True))}) (?:the )?", re.IGNORECASE
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINAL = re.compile(rf"(?:the )?(?:({'|'.join(_ORDINALS)}|last)|(\d{{1,2}})(?:st|nd|rd|th)) (.+)", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“„][^\"“”„]*[\"“”]")


def split_relations(words: str) -> list[tuple[str, str, str]]:
    """Return every reading of words as (target, relation, anchor), relation words in quotes left alone."""
    quoted = [match.span() for match in _QUOTED.finditer(words)]
    found = []
    for match in _WORDS.finditer(words):
        if not any(start <= match.start() < end for start, end in quoted):
            found.append(
                (words[: match.start()].strip(" ,"), _RELATION_OF[match[1].lower()], words[match.end() :].strip())
            )
    return [(target, relation, anchor) for target, relation, anchor in found if target and anchor]


def split_ordinal(words: str) -> tuple[int, str] | None:
    """Return (index, rest) for words that begin with an ordinal: 0 is the first, -1 the last."""
    match = _ORDINAL.fullmatch(words.strip())
    if match is None:
        return None
    if match[2]:
        return int(match[2]) - 1, match[3]
    return (-1 if match[1].lower() == "last" else _ORDINALS.index(match[1].lower())), match[3]


def distance(relation: str, target: ImageBox, anchor: ImageBox) -> float | None:
    """Return how far a target is from an anchor in pixels, straight on counting less; None when it is not so."""
    if target == anchor:
        return None
    dx, dy = max(gap_x(target, anchor), 0), max(gap_y(target, anchor), 0)
    beside, stacked = same_row(target, anchor), gap_x(target, anchor) < 0
    ways = {
        "below": target.top >= anchor.bottom - 3,
        "above": target.bottom <= anchor.top + 3,
        "left": target.right <= anchor.left + 3 and beside,
        "right": target.left >= anchor.right - 3 and beside,
        "row": beside,
        "near": True,
        "in": beside or (target.top >= anchor.bottom - 3),
    }
    if not ways[relation]:
        return None
    return (
        dx + dy if relation in ("left", "right", "row", "near") else dy + 2.0 * dx + (0 if stacked else anchor.height)
    )


def reading_order(boxes: list[ImageBox]) -> list[int]:
    """Return the indices of boxes from top to bottom, those of one row from left to right."""
    left_over = sorted(range(len(boxes)), key=lambda i: boxes[i].top)
    ordered: list[int] = []
    while left_over:
        row = [i for i in left_over if same_row(boxes[i], boxes[left_over[0]])]
        ordered += sorted(row, key=lambda i: boxes[i].left)
        left_over = [i for i in left_over if i not in row]
    return ordered
