"""Several prompts in one batch, padded on the left; rows that end make room for the others.

Shapes: B rows still running, T tokens of the longest prompt, H model width, V vocabulary rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from vl2.cache import KVCache
from vl2.engine.answer import Answer
from vl2.engine.generate import Cancel, Chosen, choose_allowed, take_forced
from vl2.engine.sampling import Sampler

if TYPE_CHECKING:
    from vl2.grammar.constraint import Constraint
    from vl2.model import VL2Model


@dataclass(frozen=True, slots=True)
class Row:
    """One answer of a batch."""

    sampler: Sampler
    answer: Answer
    constraint: Constraint | None

    def extend(self, logits_V: Tensor, cancel: Cancel) -> None:
        """Add one token."""
        constraint = self.constraint
        if constraint is None:
            self.answer.add(*Chosen(*self.sampler.choose(logits_V)).read(), cancelled=cancel())
        elif forced := constraint.forced():
            take_forced(self.sampler, self.answer, constraint, logits_V, forced[0], cancel)
        else:
            choose_allowed(self.sampler, self.answer, constraint, logits_V, cancel)


def pad_left(embeds: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
    """Stack prompts [T, H] of several lengths: embeds_BTH and starts_B, None where no row is padded."""
    longest = max(map(len, embeds))
    starts = [longest - len(own_TH) for own_TH in embeds]
    padded_BTH = torch.stack([F.pad(own_TH, (0, 0, start, 0)) for own_TH, start in zip(embeds, starts, strict=True)])
    return padded_BTH, torch.tensor(starts, device=padded_BTH.device) if any(starts) else None


@torch.inference_mode()
def decode_rows(
    model: VL2Model, cache: KVCache, rows: Sequence[Row], logits_BV: Tensor, starts_B: Tensor | None, cancel: Cancel
) -> Iterator[None]:
    """Extend all answers, a token each in every step, until the last has ended."""
    while True:
        for row, logits_V in zip(rows, logits_BV, strict=True):
            row.extend(logits_V, cancel)
        yield
        running = [n for n, row in enumerate(rows) if row.answer.reason is None]
        if not running:
            return
        if len(running) < len(rows):
            rows = [rows[n] for n in running]
            _select_rows(cache, running)
            starts_B = None if starts_B is None else starts_B[running]
        ids_B1 = torch.tensor([row.answer.ids[-1:] for row in rows], device=model.device)
        logits_BV = model(model.embed(ids_B1), cache, starts_B=starts_B)[:, -1]


def _select_rows(cache: KVCache, rows: list[int]) -> None:
    cache.layers = [tuple(held[rows] for held in layer) for layer in cache.layers]
    cache.batch = len(rows)
