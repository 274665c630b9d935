"""Answers under a constraint: what it forces costs no pass, what it allows is chosen by the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from nano_engine import engine_of, passes, whole_pass
from nano_prompts import ByteTokenizer, text_prompt

from vl2.model import VL2Model


class Script:
    """A constraint that forces some tokens, and lets the model choose among a few for the others."""

    coordinates: tuple[Any, ...] = ("recorded",)

    def __init__(self, *plan: int | list[int]) -> None:
        self.plan, self.observed, self.done = list(plan), 0, not plan

    def allowed(self) -> torch.Tensor:
        """The choices at this place."""
        choices = self.plan[0]
        mask = torch.zeros(ByteTokenizer().size, dtype=torch.bool)
        mask[choices] = True
        return mask

    def forced(self) -> list[int]:
        """The tokens up to the next choice."""
        ids: list[int] = []
        for step in self.plan:
            if not isinstance(step, int):
                break
            ids.append(step)
        return ids

    def accept(self, token_id: int) -> None:
        """Check that the engine keeps to the plan."""
        step = self.plan.pop(0)
        assert token_id == step if isinstance(step, int) else token_id in step
        self.done = not self.plan

    def observe(self, logits_V: torch.Tensor) -> None:
        """Count."""
        assert logits_V.ndim == 1
        self.observed += 1


def plan() -> Script:
    """Forced at the start, in the middle and at the end."""
    return Script(50, 51, [60, 61, 62], 70, 71, 72, [80, 81], [82, 83], 90, 91)


def test_forced_tokens_cost_no_pass_of_their_own(model: VL2Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run of them shares a pass with the token before; logits are asked for where there is a choice."""
    constraint, lengths = plan(), passes(model, monkeypatch)
    reply = engine_of(model).generate(text_prompt(20), constraint=cast(Any, constraint))
    assert lengths == [20, 2, 4, 1, 3]
    assert constraint.observed == 3
    assert reply.stop_reason == "grammar"
    assert reply.coordinates == ("recorded",)


def test_constrained_tokens_are_the_likeliest_allowed(model: VL2Model) -> None:
    """By the whole forward pass, as are the log-probabilities, those of forced tokens included."""
    inputs, choices = text_prompt(20), [step if isinstance(step, list) else [step] for step in plan().plan]
    reply = engine_of(model).generate(inputs, constraint=cast(Any, plan()))
    logits = whole_pass(model, inputs, reply.token_ids)
    for token_id, row, allowed in zip(reply.token_ids, logits, choices, strict=True):
        assert token_id == max(allowed, key=lambda choice: float(row[choice]))
    expected = logits.log_softmax(-1).gather(1, torch.tensor(reply.token_ids)[:, None])[:, 0]
    torch.testing.assert_close(torch.tensor(reply.logprobs), expected, atol=1e-4, rtol=0)


def test_constrained_rows_of_a_batch_equal_the_same_alone(model: VL2Model) -> None:
    """Beside a row without a grammar."""
    prompts = [text_prompt(20), text_prompt(33, seed=1)]
    engine = engine_of(model)
    alone = [engine.generate(prompts[0], constraint=cast(Any, plan())), engine.generate(prompts[1], max_new_tokens=15)]
    batch = engine.generate_batch(prompts, max_new_tokens=15, constraints=[cast(Any, plan()), None])
    assert [reply.token_ids for reply in batch] == [reply.token_ids for reply in alone]
    assert [reply.stop_reason for reply in batch] == ["grammar", "length"]


@pytest.mark.parametrize("limit", range(1, 11))
def test_a_limit_cuts_forced_tokens_too(small: VL2Model, limit: int) -> None:
    """Wherever it falls; what is remembered afterwards is sound."""
    engine, inputs = engine_of(small), text_prompt(20)
    full = engine.generate(inputs, constraint=cast(Any, plan())).token_ids
    reply = engine.generate(inputs, max_new_tokens=limit, constraint=cast(Any, plan()))
    assert reply.token_ids == full[:limit]
    assert reply.stop_reason == ("grammar" if limit == len(full) else "length")
    ids = np.array([*inputs.input_ids, *reply.token_ids, 5])
    following = replace(inputs, input_ids=ids, image_mask=np.zeros(len(ids), bool))
    expected = engine_of(small).generate(following, max_new_tokens=5).token_ids
    assert engine.generate(following, max_new_tokens=5).token_ids == expected
