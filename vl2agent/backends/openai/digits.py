"""How sure a model was of its boxes, from the probabilities of the tokens that it wrote them with."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from vl2agent.completion import Coordinate, Located

_BOX = re.compile(r"\[\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """What a server tells of one token of a reply."""

    text: str
    logprob: float


def weighed(located: Sequence[Located], tokens: Sequence[Token]) -> tuple[Located, ...]:
    """Give boxes their confidence; they stay as they are where the tokens do not spell them.

    An edge is near where all digits but the last are right: that is at least the probability of lying within ten. So
    the last digit of a number counts for the edge's own confidence and not for the box's.
    """
    text = "".join(token.text for token in tokens)
    boxes = list(_BOX.finditer(text))
    written = [tuple(int(number) for number in box.groups()) for box in boxes]
    if written != [(found.box.left, found.box.top, found.box.right, found.box.bottom) for found in located]:
        return tuple(located)
    ends = list(accumulate(len(token.text) for token in tokens))
    return tuple(_weighed(found, box, tokens, ends) for found, box in zip(located, boxes, strict=True))


def _weighed(found: Located, box: re.Match[str], tokens: Sequence[Token], ends: Sequence[int]) -> Located:
    edges, confidence = [], 1.0
    for group in range(1, 5):
        start, end = box.span(group)
        exact = math.prod(_probabilities(start, end, tokens, ends))
        near = math.prod(_probabilities(start, end - 1, tokens, ends)) if end - start > 1 else exact
        value = int(box[group])
        edges.append(Coordinate(value=value, confidence=exact, expected=float(value)))
        confidence *= near
    return found.model_copy(update={"confidence": confidence, "edges": tuple(edges)})


def _probabilities(start: int, end: int, tokens: Sequence[Token], ends: Sequence[int]) -> Iterator[float]:
    """Give those of the tokens that some character from `start` to `end` belongs to."""
    for token, token_end in zip(tokens, ends, strict=True):
        if token_end > start and token_end - len(token.text) < end and token.text:
            yield math.exp(token.logprob)
