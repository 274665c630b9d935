"""From the logits of a prompt's last token to the answer: the decode loops.

Shapes: V vocabulary rows, K tokens of one forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vl2.cache import KVCache
from vl2.engine.answer import Answer
from vl2.engine.reply import Token
from vl2.engine.sampling import Sampler, log_probability

if TYPE_CHECKING:
    from vl2.grammar.constraint import Constraint
    from vl2.model import VL2Model

Cancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Decoding:
    """All that one answer needs."""

    model: VL2Model
    cache: KVCache
    sampler: Sampler
    answer: Answer
    cancel: Cancel
    looks_ahead: bool = False
    """Queue each pass before the token it follows is read. Keeps a GPU busy; the CPU only does a pass too many."""

    def feed(self, ids: Sequence[int] | Tensor) -> Tensor:
        """Run the tokens in one pass: logits_KV."""
        ids_K = torch.as_tensor(ids, device=self.model.device)
        logits_BKV: Tensor = self.model(self.model.embed(ids_K[None]), self.cache, last_only=False)
        return logits_BKV[0]


def decode(run: Decoding, logits_V: Tensor, constraint: Constraint | None = None) -> Iterator[Token]:
    """Choose tokens until the answer is over, among those that a grammar allows if there is one."""
    return decode_free(run, logits_V) if constraint is None else decode_constrained(run, logits_V, constraint)


@torch.inference_mode()
def decode_free(run: Decoding, logits_V: Tensor) -> Iterator[Token]:
    """Choose tokens until the answer is over.

    Looking ahead, the next pass is queued with the chosen id still on the device, and only then is the id read: the
    GPU works while Python looks at the token. The last pass is one too many; its token is not counted as remembered.
    """
    while True:
        chosen = Chosen(*run.sampler.choose(logits_V))
        following_KV = run.feed(chosen.token_id[None]) if run.looks_ahead else None
        token = run.answer.add(*chosen.read(), cancelled=run.cancel())
        yield token
        if run.answer.reason:
            return
        logits_V = (run.feed([token.id]) if following_KV is None else following_KV)[-1]


class Chosen:
    """A token id and its log-probability on their way to the host."""

    def __init__(self, token_id: Tensor, logprob: Tensor) -> None:
        self.token_id = token_id
        self._both = torch.stack([token_id.float(), logprob])  # float32 holds ids below 2**24 exactly
        self._arrived = None
        if token_id.is_cuda:
            self._both = torch.empty(2, pin_memory=True).copy_(self._both, non_blocking=True)
            self._arrived = torch.cuda.Event()
            self._arrived.record()

    def read(self) -> tuple[int, float]:
        """Wait for them, and for nothing queued later."""
        if self._arrived is not None:
            self._arrived.synchronize()
        token_id, logprob = self._both.tolist()
        return int(token_id), logprob


@torch.inference_mode()
def decode_constrained(run: Decoding, logits_V: Tensor, constraint: Constraint) -> Iterator[Token]:
    """Choose among the tokens that a grammar allows.

    Tokens that the grammar forces are not chosen: they join the last chosen one in a single pass, whose logits give
    their log-probabilities too.
    """
    rows_KV, waiting = logits_V[None], list[int]()  # row k predicts the k-th token not yet in the answer
    while True:
        forced = list(constraint.forced())[: run.answer.left]
        if waiting or forced:
            fed_KV = run.feed(waiting + forced)
            rows_KV = fed_KV if waiting else torch.cat([rows_KV, fed_KV])
        for row_V, token_id in zip(rows_KV, forced, strict=False):
            yield take_forced(run.sampler, run.answer, constraint, row_V, token_id, run.cancel)
            if run.answer.reason:
                return
        yield (token := choose_allowed(run.sampler, run.answer, constraint, rows_KV[-1], run.cancel))
        if run.answer.reason:
            return
        rows_KV, waiting = rows_KV[-1:], [token.id]


def take_forced(
    sampler: Sampler, answer: Answer, constraint: Constraint, logits_V: Tensor, token_id: int, cancel: Cancel
) -> Token:
    """Add a token that the grammar forces."""
    at = torch.tensor(token_id, device=logits_V.device)
    sampler.see(at)
    constraint.accept(token_id)
    logprob = float(log_probability(logits_V[: sampler.n_ids], at))
    return answer.add(token_id, logprob, complete=constraint.done, cancelled=cancel())


def choose_allowed(sampler: Sampler, answer: Answer, constraint: Constraint, logits_V: Tensor, cancel: Cancel) -> Token:
    """Choose one token that the grammar allows, and tell the grammar."""
    constraint.observe(logits_V)
    token_id, logprob = Chosen(*sampler.choose(logits_V, constraint.allowed())).read()
    constraint.accept(token_id)
    return answer.add(token_id, logprob, complete=constraint.done, cancelled=cancel())
