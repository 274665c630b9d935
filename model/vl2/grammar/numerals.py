"""Whole numbers as a tokenizer writes them: which tokens still lead to a number that is allowed.

Some vocabularies hold every number of 0..999 as one token, others write digits. A trie over the spellings serves both:
each node knows which numbers can still be reached, so a range of allowed numbers becomes a set of allowed tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A place in the trie: some tokens of a number have come."""

    value: int | None
    """The number that is complete here, if one is."""
    values: Ids
    """Numbers for which more tokens must come, ascending."""
    tokens: Ids
    """For each of `values` the token that comes next."""
    children: Mapping[int, Node]

    def has_value(self, low: int, high: int) -> bool:
        """Say whether an allowed number is complete here."""
        return self.value is not None and low <= self.value <= high

    def within(self, low: int, high: int) -> slice:
        """Find the part of `values` that is allowed."""
        return slice(*np.searchsorted(self.values, (low, high + 1)).tolist())

    def next_tokens(self, low: int, high: int) -> Ids:
        """Give the tokens, ascending, from which an allowed number can still be reached."""
        return np.unique(self.tokens[self.within(low, high)])

    def depth(self) -> int:
        """Count the tokens of the longest spelling."""
        return max((1 + child.depth() for child in self.children.values()), default=0)

    def inner_tokens(self) -> set[int]:
        """Give the tokens that may come where a number is already complete."""
        own = set(self.children) if self.value is not None else set()
        return own.union(*(child.inner_tokens() for child in self.children.values()))


def trie(spellings: Mapping[int, Sequence[int]]) -> Node:
    """Build the trie of numbers spelled in token ids."""
    ended = [value for value, ids in spellings.items() if not ids]
    values = sorted(value for value, ids in spellings.items() if ids)
    branches: dict[int, dict[int, Sequence[int]]] = {}
    for value in values:
        first, *rest = spellings[value]
        branches.setdefault(first, {})[value] = rest
    return Node(
        value=ended[0] if ended else None,
        values=np.array(values, dtype=np.int64),
        tokens=np.array([spellings[value][0] for value in values], dtype=np.int64),
        children={token: trie(branch) for token, branch in branches.items()},
    )
