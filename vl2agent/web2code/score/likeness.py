"""How alike two texts are: difflib's ratio, lower case, autojunk off; computed only where it can matter.

A longest common subsequence, which rapidfuzz finds a thousand times faster, is never shorter than difflib's matching
blocks, so its ratio is an upper bound. Any two long texts have most letters in common; those are compared where they
share runs of letters too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.5
"""Pairs below are none."""
LONG = 32
"""Letters from which on a text is looked up by its runs of letters."""
RUN = 5
SHARED = 0.15
"""Least share of common runs; a letter in eight misread leaves 0.3 of them."""
PROMISING = 3
"""Partners that are tried for a long text, those with most runs in common."""


@lru_cache(1 << 16)
def likeness(first: str, second: str) -> float:
    """Return difflib's ratio of two texts, which are in lower case."""
    return 1.0 if first == second else SequenceMatcher(None, first, second, autojunk=False).ratio()


def likenesses(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Return the likeness of each pair, 0 where it is below 0.5."""
    found = np.zeros((len(first), len(second)))
    if found.size:
        for row, column in zip(*np.nonzero(bounds(first, second) >= ALIKE), strict=True):
            one, other = first[row], second[column]
            if min(len(one), len(other)) < LONG or _shared(one, other) >= SHARED:
                found[row, column] = likeness(one, other)
    found[found < ALIKE] = 0.0
    return found


def bounds(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Return an upper bound of the likeness of each pair."""
    from rapidfuzz.distance import LCSseq
    from rapidfuzz.process import cdist

    common = cdist(first, second, scorer=LCSseq.similarity, dtype=np.float64)
    lengths = np.add.outer([len(text) for text in first], [len(text) for text in second])
    bound: NDArray[np.float64] = 2 * common / np.maximum(lengths, 1)
    return bound


class Partners:
    """Texts to be compared with; finds the one that is most like another text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._holding: dict[str, list[int]] = {}
        for index, text in enumerate(texts):
            for run in _runs(text):
                self._holding.setdefault(run, []).append(index)

    def best(self, texts: Sequence[str]) -> list[float]:
        """Return for each text the likeness to its best partner."""
        if not self._texts:
            return [0.0] * len(texts)
        short = [text for text in texts if len(text) < LONG]
        bound = dict(zip(short, bounds(short, self._texts), strict=True)) if short else {}
        return [self._best(text, bound[text]) if text in bound else self._best_long(text) for text in texts]

    def _best(self, text: str, bound: NDArray[np.float64]) -> float:
        """Try partners from the most promising on, until none can be better."""
        found = 0.0
        for index in np.argsort(-bound, kind="stable"):
            if bound[index] <= found:
                break
            found = max(found, likeness(text, self._texts[index]))
        return found

    def _best_long(self, text: str) -> float:
        runs = _runs(text)
        common = Counter(index for run in runs for index in self._holding.get(run, ()))
        share = {index: number / (len(runs) + len(self._texts[index])) for index, number in common.items()}
        promising = sorted(share, key=lambda index: -share[index])[:PROMISING]
        return max((likeness(text, self._texts[index]) for index in promising), default=0.0)


@lru_cache(1 << 14)
def _runs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + RUN] for i in range(max(1, len(text) - RUN + 1)))


def _shared(first: str, second: str) -> float:
    ours, theirs = _runs(first), _runs(second)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))
