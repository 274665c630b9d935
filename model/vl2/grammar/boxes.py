"""Lists of boxes, `[[x1, y1, x2, y2], ...]`, in the tokens that a tokenizer would choose for them.

What stands between the numbers is fixed. The order of the edges (x1 < x2, y1 < y2) is kept by limits on each number,
which the trie of its spellings turns into tokens: as a grammar it would take a state for every pair of numbers.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vl2.errors import GrammarError
from vl2.grammar.coordinates import GRID
from vl2.grammar.numerals import Ids, Node, trie

logger = logging.getLogger(__name__)

EDGES = 4
_END = -1  # stands where the next box's x1 would, and is spelled as the end of the list


class Spelling(Protocol):
    """What boxes need of a tokenizer."""

    det_end_id: int

    def encode(self, text: str) -> list[int]:
        """Give the ids of text, in which nothing counts as a special token."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list of boxes an answer is: inside one number, after those already written."""

    node: Node
    written: tuple[int, ...] = ()


class Numerals:
    """How one vocabulary spells the parts of a list of boxes, each with the number it leads to.

    Raises:
        GrammarError: the vocabulary does not tell where a number ends.
    """

    def __init__(self, tokenizer: Spelling) -> None:
        numbers = range(GRID)
        closing = {_END: [*tokenizer.encode("]]"), tokenizer.det_end_id]}
        self.first = trie({n: tokenizer.encode(f"[[{n}") for n in numbers})
        self.within = trie({n: tokenizer.encode(f", {n}") for n in numbers})
        self.after = trie(closing | {n: tokenizer.encode(f"], [{n}") for n in numbers})
        starts = set(self.within.children) | set(self.after.children)
        for root in (self.first, self.within, self.after):
            if both := starts & root.inner_tokens():
                raise GrammarError(
                    f"expected a tokenizer that tells digits from ',' and ']', got tokens {both} for both"
                )
        self._compare(tokenizer)

    def after_number(self, n_written: int) -> Node:
        """Give what follows when so many numbers are written."""
        return self.within if n_written % EDGES else self.after

    def _compare(self, tokenizer: Spelling) -> None:
        """Spell every number, in many boxes, and compare with what the tokenizer makes of the same text."""
        boxes = [list(range(start, start + EDGES)) for start in range(0, GRID, EDGES)]
        ours = _spelling(self.first, 0)
        for number in range(1, GRID):
            ours += _spelling(self.after_number(number), number)
        if ours + _spelling(self.after, _END)[:-1] != tokenizer.encode(str(boxes)):
            logger.warning("this tokenizer writes boxes in other tokens than the grammar does; the text is the same")


class BoxList:
    """The lists of 1 to `max_boxes` boxes, with `<|/det|>` at their end."""

    def __init__(self, numerals: Numerals, max_boxes: int) -> None:
        self.numerals, self.max_boxes = numerals, max_boxes
        self.start = Place(numerals.first)

    @property
    def max_tokens(self) -> int:
        """The longest list in tokens."""
        numerals = self.numerals
        box = (EDGES - 1) * numerals.within.depth() + numerals.after.depth()
        return numerals.first.depth() + self.max_boxes * box

    def range_at(self, place: Place) -> tuple[int, int]:
        """Give the lowest and the highest number that may be written here."""
        boxes, edge = divmod(len(place.written), EDGES)
        if edge >= 2:
            return place.written[-2] + 1, GRID - 1
        ending = boxes > 0 and edge == 0
        lowest = _END if ending else 0
        return lowest, _END if ending and boxes == self.max_boxes else GRID - 2

    def is_end(self, place: Place) -> bool:
        """Say whether the list is closed."""
        return place.node.value == _END

    def next_number(self, place: Place) -> Place:
        """Go on to the number after the one that is complete here."""
        assert place.node.value is not None
        written = (*place.written, place.node.value)
        return Place(self.numerals.after_number(len(written)), written)

    def next_tokens(self, place: Place) -> Ids:
        """Give the tokens that may come next; none at the end."""
        if self.is_end(place):
            return np.empty(0, dtype=np.int64)
        limits = self.range_at(place)
        going_on = place.node.next_tokens(*limits)
        if not place.node.has_value(*limits):
            return going_on
        following = self.next_number(place)
        return np.concatenate([going_on, following.node.next_tokens(*self.range_at(following))])

    def step(self, place: Place, token_id: int) -> Place:
        """Go on by a token that `next_tokens` gave, and past a number that nothing can lengthen."""
        if token_id not in place.node.children:
            place = self.next_number(place)
        place = Place(place.node.children[token_id], place.written)
        return place if place.node.children or self.is_end(place) else self.next_number(place)


def _spelling(node: Node, value: int) -> list[int]:
    ids: list[int] = []
    while node.value != value:
        ids.append(int(node.tokens[np.searchsorted(node.values, value)]))
        node = node.children[ids[-1]]
    return ids
