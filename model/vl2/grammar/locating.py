"""Grounding answers, right by construction: `<|ref|>words<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>`.

Only numbers and free words are chosen by the model; all between them is forced.
"""

# ruff: noqa: D102  # the Protocol documents its methods, once

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from vl2.grammar.boxes import BoxList, Place
from vl2.grammar.constraint import MatcherConstraint, mask_of, refusal, require_numbers
from vl2.grammar.coordinates import CoordinateDistribution, CoordinateReader, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is fixed in every answer of one grammar."""

    boxes: BoxList
    head: tuple[int, ...]
    """Ids that come first: up to `<|det|>` where the words are given, else just `<|ref|>`."""
    tail: tuple[int, ...]
    """`<|/ref|>`, `<|det|>`: what comes after free words."""
    size: int
    eos_id: int


@dataclass(slots=True)
class GroundingConstraint:
    """One answer that names words and boxes.

    Args:
        frame: what is fixed.
        words: what free words may be; None where they are given.
    """

    frame: Frame
    words: MatcherConstraint | None
    _queue: list[int] = field(init=False)
    _place: Place = field(init=False)
    _reader: CoordinateReader | None = field(init=False, default=None)
    _finished: list[CoordinateDistribution] = field(init=False, default_factory=list)
    _accepted: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._queue, self._place = list(self.frame.head), self.frame.boxes.start

    @property
    def done(self) -> bool:
        return self.frame.boxes.is_end(self._place)

    @property
    def coordinates(self) -> tuple[CoordinateDistribution, ...]:
        return tuple(self._finished)

    def allowed(self) -> Tensor:
        if self._queue or not self.words:
            return mask_of(self._options(), self.frame.size)
        allowed_S = self.words.allowed()
        allowed_S[self.frame.eos_id] = False
        allowed_S[self.frame.tail[0]] = self.words.complete
        return allowed_S

    def forced(self) -> list[int]:
        ids = list(self._queue)
        if self.words and not self.words.done:
            return ids or self.words.forced()
        if self.words and not ids:
            ids.extend(self.frame.tail)
        place = self._place
        while len(options := self.frame.boxes.next_tokens(place)) == 1:
            ids.append(int(options[0]))
            place = self.frame.boxes.step(place, ids[-1])
        return ids

    def accept(self, token_id: int) -> None:
        if self.words and not self._queue:
            self._accept_word(self.words, token_id)
        elif token_id not in self._options():
            raise refusal(token_id, self._accepted)
        elif self._queue:
            self._queue.pop(0)
        elif not self.done:
            self._advance(token_id)
        self._accepted += 1

    def observe(self, logits_V: Tensor) -> None:
        logits_S = logits_V[: self.frame.size]
        require_numbers(logits_S, self._accepted)
        if not (self._queue or self.words or self.done):
            self._read(logits_S)

    def _options(self) -> list[int]:
        """Give what may come next, outside of free words."""
        if self._queue:
            return self._queue[:1]
        ids: list[int] = self.frame.boxes.next_tokens(self._place).tolist()
        return ids or [self.frame.eos_id]

    def _accept_word(self, words: MatcherConstraint, token_id: int) -> None:
        if token_id == self.frame.tail[0] and words.complete:
            self.words, self._queue = None, list(self.frame.tail[1:])
        elif token_id == self.frame.eos_id:
            raise refusal(token_id, self._accepted)
        else:
            words.accept(token_id)

    def _advance(self, token_id: int) -> None:
        before, self._place = self._place, self.frame.boxes.step(self._place, token_id)
        for n_written in range(len(before.written), len(self._place.written)):
            reader = self._reader or self._new_reader(self._place.written[:n_written])
            self._finished.append(reader.finish(self._place.written[n_written]))
            self._reader = None

    def _new_reader(self, written: tuple[int, ...]) -> CoordinateReader:
        low, high = self.frame.boxes.range_at(Place(self._place.node, written))
        return CoordinateReader(max(0, low), high)

    def _read(self, logits_S: Tensor) -> None:
        """Divide the probability of the current number over the tokens that may come next."""
        boxes, node = self.frame.boxes, self._place.node
        weights_S = _weights(logits_S, boxes.next_tokens(self._place).tolist(), self._accepted)
        low, high = boxes.range_at(self._place)
        if high < 0:
            return  # only the end of the list may come
        self._reader = self._reader or self._new_reader(self._place.written)
        if self._reader.wanted is None and len(every := np.unique(node.tokens[node.values >= 0])) > 1:
            log_mass = torch.logsumexp(logits_S[torch.from_numpy(every)].double(), 0) - logits_S.double().logsumexp(0)
            self._reader.wanted = float(log_mass.exp())
        reachable = node.within(max(0, low), high)
        tokens, shares = np.unique(node.tokens[reachable], return_inverse=True)
        values, weights = node.values[reachable], weights_S[tokens]
        if node.value is not None and low <= node.value <= high:
            following = boxes.next_number(self._place)
            ends = following.node.next_tokens(*boxes.range_at(following))
            values, shares = np.append(values, node.value), np.append(shares, len(tokens))
            weights = np.append(weights, weights_S[ends].sum())
        self._reader.split(values, shares, weights)


def _weights(logits_S: Tensor, options: list[int], position: int) -> Floats:
    """Weigh every id against the likeliest of the options, in float64 on the CPU; only those of options are finite."""
    scores_S = logits_S.double().cpu()
    best = scores_S[options].max()
    require_numbers(best, position)
    weights_S: Floats = (scores_S - best).exp().numpy()
    return weights_S
