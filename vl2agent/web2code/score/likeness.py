"""How alike two texts are: difflib's ratio, lower case, autojunk off; computed only where it can matter.

A longest common subsequence, which rapidfuzz finds a thousand times faster, is never shorter than difflib's matching
blocks. So its ratio is an upper bound, and most pairs need no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.5
"""Pairs below are none."""
LONG = 60
LONG_BOUND = 0.65
"""Common letters alone give any two long texts a bound of 0.6; where half is really shared, it is above this."""

_CACHE = 1 << 16


@lru_cache(_CACHE)
def likeness(first: str, second: str) -> float:
    """Return difflib's ratio of two texts, which are in lower case."""
    return 1.0 if first == second else SequenceMatcher(None, first, second, autojunk=False).ratio()


def bounds(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Return an upper bound of the likeness of each pair."""
    from rapidfuzz.distance import LCSseq
    from rapidfuzz.process import cdist

    common = cdist(first, second, scorer=LCSseq.similarity, dtype=np.float64)
    lengths = np.add.outer([len(text) for text in first], [len(text) for text in second])
    bound: NDArray[np.float64] = 2 * common / np.maximum(lengths, 1)
    long = np.minimum.outer([len(text) for text in first], [len(text) for text in second]) > LONG
    bound[long & (bound < LONG_BOUND)] = 0.0
    return bound


def likenesses(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Return the likeness of each pair, 0 where it is below 0.5."""
    found = np.zeros((len(first), len(second)))
    if found.size:
        for row, column in zip(*np.nonzero(bounds(first, second) >= ALIKE), strict=True):
            found[row, column] = likeness(first[row], second[column])
    found[found < ALIKE] = 0.0
    return found


def best(texts: Sequence[str], others: Sequence[str]) -> list[float]:
    """Return for each text the likeness to its best partner among the others."""
    if not texts or not others:
        return [0.0] * len(texts)
    return [_best(text, others, row) for text, row in zip(texts, bounds(texts, others), strict=True)]


def _best(text: str, others: Sequence[str], bound: NDArray[np.float64]) -> float:
    """Try partners from the most promising on, until none can be better."""
    found = 0.0
    for index in np.argsort(-bound, kind="stable"):
        if bound[index] <= found:
            break
        found = max(found, likeness(text, others[index]))
    return found
