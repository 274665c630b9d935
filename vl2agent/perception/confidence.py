"""From scores to probabilities, so that a doubtful target can be refused.

A logistic model of three things that can be seen without knowing the answer. Its weights were fitted on 739 searches
over 70 screens: for names that are on them, and for names taken from other applications that are not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from vl2agent.perception.rank import Candidate

SIMILARITY, ROLE_FIT, MARGIN, BIAS = 17.49, 0.24, 9.01, -15.72
MAX_MARGIN = 0.3
"""A lead over the next candidate beyond this says nothing more."""


def confidences(found: Sequence[Candidate]) -> list[float]:
    """Return for each candidate, best first, the probability that it is what was meant; never rising."""
    result: list[float] = []
    for index, candidate in enumerate(found):
        rival = found[1 if index == 0 else 0].score if len(found) > 1 else -math.inf
        margin = max(min(candidate.score - rival, MAX_MARGIN), -MAX_MARGIN)
        evidence = SIMILARITY * candidate.match.similarity + ROLE_FIT * candidate.role_fit + MARGIN * margin + BIAS
        result.append(min(1 / (1 + math.exp(-evidence)), result[-1] if result else 1.0))
    return result
