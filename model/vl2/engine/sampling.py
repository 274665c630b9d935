"""From logits to the next token, on the device that computed them.

Shapes: V vocabulary rows, S ids that may be sampled (the tokenizer's; the embedding table has more rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is chosen. The default is greedy, which is best for coordinates.

    Args:
        temperature: 0 takes the likeliest token; higher is more varied. The model's authors advise at most 0.7.
        top_p: sample from the fewest tokens that hold this much probability.
        top_k: sample from this many likeliest tokens; 0: no such limit.
        repetition_penalty: above 1, ids of the prompt and of the answer become less likely; harmful to coordinates,
            whose digits repeat.
        seed: the same seed and prompt give the same answer; None: a new one every time.

    Raises:
        ValueError: a value is out of its range.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int | None = None

    def __post_init__(self) -> None:
        _require("temperature", self.temperature, "a number of 0 or more", 0 <= self.temperature < float("inf"))
        _require("top_p", self.top_p, "a number above 0 and at most 1", 0 < self.top_p <= 1)
        _require("top_k", self.top_k, "0, or how many tokens to choose from", self.top_k >= 0)
        above_zero = 0 < self.repetition_penalty < float("inf")
        _require("repetition_penalty", self.repetition_penalty, "a number above 0; 1 is no penalty", above_zero)

    @property
    def greedy(self) -> bool:
        """Whether the likeliest token is taken, without chance."""
        return self.temperature == 0


class Sampler:
    """The choices of one answer: its random numbers, and the ids it has seen.

    Args:
        sampling: how to choose.
        n_ids: S; higher ids have an embedding but no text, and are never chosen.
        prompt_ids: what the repetition penalty starts from.
        device: where the logits are.
    """

    def __init__(
        self, sampling: Sampling, n_ids: int, prompt_ids: Sequence[int] = (), device: torch.device | str = "cpu"
    ) -> None:
        self.sampling, self.n_ids = sampling, n_ids
        self.random = torch.Generator(device)
        if sampling.seed is None:
            self.random.seed()
        else:
            self.random.manual_seed(sampling.seed)
        self.seen_S: Tensor | None = None
        if sampling.repetition_penalty != 1:
            self.seen_S = torch.zeros(n_ids, dtype=torch.bool, device=device)
            known = [token_id for token_id in set(prompt_ids) if token_id < n_ids]
            self.seen_S[torch.tensor(known, dtype=torch.long, device=device)] = True

    def choose(self, logits_V: Tensor, allowed_S: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Choose a token, without waiting for the device.

        Args:
            logits_V: float32.
            allowed_S: bool, the ids that a grammar leaves; longer masks are cut to S.

        Returns:
            The id, int64, and its log-probability under the model itself: before penalty, temperature and grammar,
            over the S ids; not finite where the logits are no numbers. Both have no dimensions.
        """
        logits_S = logits_V[: self.n_ids]
        token_id = self._pick(self._weigh(logits_S, allowed_S))
        self.see(token_id)
        return token_id, log_probability(logits_S, token_id)

    def see(self, token_id: Tensor) -> None:
        """Count an id as used, one that a grammar forced included."""
        if self.seen_S is not None:
            self.seen_S.index_fill_(0, token_id.reshape(1), True)

    def _weigh(self, logits_S: Tensor, allowed_S: Tensor | None) -> Tensor:
        if self.seen_S is not None:
            penalty = self.sampling.repetition_penalty
            punished_S = torch.where(logits_S < 0, logits_S * penalty, logits_S / penalty)
            logits_S = torch.where(self.seen_S, punished_S, logits_S)
        if allowed_S is not None:
            logits_S = logits_S.masked_fill(~allowed_S[: self.n_ids].to(logits_S.device), float("-inf"))
        return logits_S

    def _pick(self, logits_S: Tensor) -> Tensor:
        if self.sampling.greedy:
            return logits_S.argmax()
        logits_S = _nucleus(_top(logits_S / self.sampling.temperature, self.sampling.top_k), self.sampling.top_p)
        # The least of exponential draws, each divided by a probability, falls on an id with that probability:
        # a categorical sample that, unlike torch.multinomial, never makes a GPU wait.
        draws_S = torch.empty_like(logits_S).exponential_(generator=self.random).clamp_min(1e-30)
        return (logits_S.softmax(dim=-1) / draws_S).argmax()


def log_probability(logits_S: Tensor, token_id: Tensor) -> Tensor:
    """Work out how likely an id was: a tensor without dimensions."""
    return logits_S.gather(0, token_id.reshape(1))[0] - logits_S.logsumexp(dim=-1)


def _top(logits_S: Tensor, k: int) -> Tensor:
    if not 0 < k < logits_S.shape[0]:
        return logits_S
    return logits_S.masked_fill(logits_S < logits_S.topk(k).values[-1], float("-inf"))


def _nucleus(logits_S: Tensor, top_p: float) -> Tensor:
    if top_p >= 1:
        return logits_S
    sorted_S, order_S = logits_S.sort(descending=True)
    probability_S = sorted_S.softmax(dim=-1)
    before_S = probability_S.cumsum(dim=-1) - probability_S  # held by likelier ids; 0 for the first, which thus stays
    outside_S = torch.zeros_like(before_S, dtype=torch.bool).scatter(0, order_S, before_S >= top_p)
    return logits_S.masked_fill(outside_S, float("-inf"))


def _require(name: str, value: object, expected: str, holds: bool) -> None:
    if not holds:
        raise ValueError(f"{name}: expected {expected}, got {value!r}")
