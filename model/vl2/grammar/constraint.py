"""What an answer may say next.

Shapes: V vocabulary rows, S ids of the tokenizer (the embedding table has more rows, which are never allowed).

For every token the engine asks `forced()`; those tokens it appends unseen and feeds together with the next forward
pass. Where none is forced it computes logits, hands them to `observe()`, chooses among `allowed()`, and tells
`accept()`, which forced tokens need as well. Constraints of different answers are independent of each other.
"""

# ruff: noqa: D102  # the Protocol documents its methods, once

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from llguidance import LLMatcher
from torch import Tensor

from vl2.errors import GrammarError, LogitsError
from vl2.grammar.coordinates import CoordinateDistribution


class Constraint(Protocol):
    """The state of one answer under a grammar."""

    @property
    def done(self) -> bool:
        """Whether the answer is complete and nothing but the end-of-sequence token may follow."""
        ...

    @property
    def coordinates(self) -> tuple[CoordinateDistribution, ...]:
        """Distributions of the coordinates written so far; none for grammars without boxes."""
        ...

    def allowed(self) -> Tensor:
        """Give the ids that may come next: bool [S], on the CPU.

        Raises:
            GrammarError: the grammar became too complex to follow.
        """
        ...

    def forced(self) -> list[int]:
        """Give the ids that must come next, as many as are certain; may be empty."""
        ...

    def accept(self, token_id: int) -> None:
        """Go on by one token.

        Raises:
            GrammarError: it is not allowed; the state is as before.
        """
        ...

    def observe(self, logits_V: Tensor) -> None:
        """Look at the model's own logits for the next token, on any device, before a mask is applied.

        Raises:
            LogitsError: they are no numbers.
        """
        ...


class MatcherConstraint:
    """A grammar that llguidance follows.

    Args:
        matcher: at the start of the answer.
        size: S.
        eos_id: allowed only where the answer is complete.
        never: ids that no answer may hold, whatever the grammar says.
    """

    def __init__(self, matcher: LLMatcher, size: int, eos_id: int, never: Sequence[int] = ()) -> None:
        self._matcher, self._size, self._eos_id, self._never = matcher, size, eos_id, list(never)
        self._accepted = 0
        self._ended = False

    @property
    def done(self) -> bool:
        return self._ended or self._matcher.is_stopped()

    @property
    def complete(self) -> bool:
        """Whether the answer may end here, though it might go on."""
        return self.done or self._matcher.is_accepting()

    @property
    def coordinates(self) -> tuple[CoordinateDistribution, ...]:
        return ()

    def allowed(self) -> Tensor:
        if self.done:
            return mask_of([self._eos_id], self._size)
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        if self._matcher.is_error():
            raise GrammarError(
                f"expected a grammar that can be followed: {self._matcher.get_error()}; try a simpler one"
            )
        allowed_S = np.unpackbits(bits, count=self._size, bitorder="little").view(bool)
        allowed_S[self._never] = False
        return torch.from_numpy(allowed_S)

    def forced(self) -> list[int]:
        return [] if self.done else list(self._matcher.compute_ff_tokens())

    def accept(self, token_id: int) -> None:
        if self.complete and token_id == self._eos_id:
            self._ended = True
        elif self.done or token_id in self._never or self._matcher.try_consume_tokens([token_id]) != 1:
            raise refusal(token_id, self._accepted)
        self._accepted += 1

    def observe(self, logits_V: Tensor) -> None:
        require_numbers(logits_V[: self._size], self._accepted)


def mask_of(ids: Sequence[int], size: int) -> Tensor:
    """Allow these ids and no others: bool [size]."""
    allowed_S = torch.zeros(size, dtype=torch.bool)
    allowed_S[torch.as_tensor(ids, dtype=torch.long)] = True
    return allowed_S


def refusal(token_id: int, position: int) -> GrammarError:
    """Say that a token does not fit; the caller raises."""
    return GrammarError(
        f"expected one of the allowed tokens at {position} of the answer, got id {token_id}; mask the logits"
    )


def require_numbers(logits: Tensor, position: int) -> None:
    """Refuse logits with NaN or positive infinity, or with nothing above negative infinity.

    Raises:
        LogitsError: they cannot be chosen from.
    """
    if not bool(logits.max().isfinite()):  # NaN spreads through max
        raise LogitsError(position)
