"""The decode loop with and without looking ahead."""

from __future__ import annotations

import pytest
import torch
from nano_prompts import ByteTokenizer

from vl2.cache import KVCache
from vl2.engine.answer import Answer
from vl2.engine.generate import Decoding, decode
from vl2.engine.sampling import Sampler, Sampling
from vl2.errors import LogitsError
from vl2.model import VL2Model

PROMPT = list(range(3, 43))
LIMIT = 12


def decoded(
    model: VL2Model, sampling: Sampling, *, looks_ahead: bool, eos_ids: tuple[int, ...] = ()
) -> tuple[Answer, KVCache]:
    """Answer a prompt of 40 tokens, in a cache without a slot to spare."""
    tokenizer = ByteTokenizer()
    with torch.inference_mode():
        cache = model.new_cache(len(PROMPT) + LIMIT)
        logits_V = model(model.embed(torch.tensor([PROMPT])), cache)[0, -1]
    answer = Answer(tokenizer, LIMIT, eos_ids, ())
    sampler = Sampler(sampling, tokenizer.size, PROMPT)
    for _ in decode(Decoding(model, cache, sampler, answer, lambda: False, looks_ahead), logits_V):
        pass
    return answer, cache


@pytest.mark.parametrize(
    "sampling", [Sampling(), Sampling(temperature=0.9, top_p=0.95, repetition_penalty=1.2, seed=2)]
)
def test_looking_ahead_changes_nothing(model: VL2Model, sampling: Sampling) -> None:
    """The same tokens, to the limit and to an end of sequence."""
    plain, _ = decoded(model, sampling, looks_ahead=False)
    ahead, _ = decoded(model, sampling, looks_ahead=True)
    assert ahead.ids == plain.ids
    assert ahead.logprobs == plain.logprobs
    ended, _ = decoded(model, sampling, looks_ahead=True, eos_ids=(plain.ids[5],))
    assert ended.ids == plain.ids[: plain.ids.index(plain.ids[5]) + 1]
    assert (ahead.reason, ended.reason) == ("length", "eos")


def test_the_pass_too_many_is_in_the_cache_alone(model: VL2Model) -> None:
    """The prefix cache is told of the ids, and cuts to them."""
    for looks_ahead in (False, True):
        answer, cache = decoded(model, Sampling(), looks_ahead=looks_ahead)
        assert cache.length == len(PROMPT) + len(answer.ids) - (not looks_ahead)


def test_logits_that_are_no_numbers_are_named(model: VL2Model) -> None:
    """With the place in the answer."""
    with torch.no_grad():
        model.language.lm_head.weight[7] = float("inf")
    for looks_ahead in (False, True):
        with pytest.raises(LogitsError, match="token 0"):
            decoded(model, Sampling(), looks_ahead=looks_ahead)
