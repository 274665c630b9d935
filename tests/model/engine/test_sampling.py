"""Choosing tokens: greedy, by chance, with penalties and masks."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch

from vl2.engine.sampling import Sampler, Sampling


def logits(*values: float) -> torch.Tensor:
    """A row of logits."""
    return torch.tensor(values, dtype=torch.float32)


def picks(sampling: Sampling, row: torch.Tensor, n: int, allowed: torch.Tensor | None = None) -> list[int]:
    """Choose n times with one sampler."""
    sampler = Sampler(sampling, len(row))
    return [int(sampler.choose(row, allowed)[0]) for _ in range(n)]


def test_greedy_takes_the_likeliest() -> None:
    """Temperature 0 is argmax."""
    assert picks(Sampling(), logits(0.1, 3.0, 2.9), 3) == [1, 1, 1]


def test_ids_past_the_tokenizer_are_never_chosen() -> None:
    """A row of the embedding table without a text loses even with the highest logit."""
    for sampling in (Sampling(), Sampling(temperature=5.0, seed=0)):
        sampler = Sampler(sampling, 3)
        assert all(int(sampler.choose(logits(0.0, 1.0, 0.5, 90.0))[0]) < 3 for _ in range(50))


def test_the_log_probability_is_the_models_own() -> None:
    """Temperature, penalty and mask change the choice, not the figure; ids past the tokenizer have no share."""
    row = logits(1.0, 2.0, 3.0, 50.0)
    sampler = Sampler(Sampling(temperature=0.5, repetition_penalty=2.0, seed=0), 3, [2])
    token_id, logprob = sampler.choose(row, torch.tensor([True, False, False]))
    assert int(token_id) == 0
    assert float(logprob) == pytest.approx(math.log(math.e / (math.e + math.e**2 + math.e**3)), abs=1e-6)


def test_shares_follow_the_probabilities() -> None:
    """20,000 draws lie within four standard deviations of softmax(logits / temperature)."""
    row, n = logits(1.0, 0.0, -1.0, 2.0), 20_000
    counts = Counter(picks(Sampling(temperature=0.8, seed=7), row, n))
    for token_id, share in enumerate((row / 0.8).softmax(0).tolist()):
        assert abs(counts[token_id] - n * share) < 4 * math.sqrt(n * share * (1 - share))


def test_the_same_seed_gives_the_same_choices() -> None:
    """And another seed gives others."""
    row = torch.randn(100, generator=torch.Generator().manual_seed(0))
    first, again, other = (picks(Sampling(temperature=1.0, seed=seed), row, 30) for seed in (3, 3, 4))
    assert first == again != other


def test_without_a_seed_choices_vary() -> None:
    """Two samplers do not repeat each other."""
    row = torch.zeros(1000)
    assert picks(Sampling(temperature=1.0), row, 20) != picks(Sampling(temperature=1.0), row, 20)


def test_top_k_leaves_k_tokens() -> None:
    """Only the two likeliest are ever drawn."""
    assert set(picks(Sampling(temperature=9.0, top_k=2, seed=0), logits(1.0, 4.0, 2.0, 3.0), 200)) == {1, 3}


def test_top_p_leaves_the_fewest_tokens_that_hold_it() -> None:
    """Of 0.5, 0.3, 0.15, 0.05 a nucleus of 0.7 keeps the first two, one of 0.5 the first."""
    row = logits(0.15, 0.5, 0.05, 0.3).log()
    assert set(picks(Sampling(temperature=1.0, top_p=0.7, seed=0), row, 300)) == {1, 3}
    assert set(picks(Sampling(temperature=1.0, top_p=0.45, seed=0), row, 100)) == {1}


def test_a_penalty_makes_seen_ids_less_likely() -> None:
    """Ids of the prompt and ids chosen before are punished, whatever the sign of their logit."""
    sampler = Sampler(Sampling(repetition_penalty=2.0), 4, [0])
    assert [int(sampler.choose(logits(4.0, 3.0, 2.5, -9.0))[0]) for _ in range(3)] == [1, 2, 0]
    negative = Sampler(Sampling(repetition_penalty=2.0), 2, [0])
    assert int(negative.choose(logits(-1.0, -1.5))[0]) == 1


def test_a_mask_leaves_only_allowed_ids() -> None:
    """The grammar wins over the logits, by chance too."""
    allowed = torch.tensor([False, False, True, True])
    assert picks(Sampling(), logits(9.0, 8.0, 1.0, 2.0), 1, allowed) == [3]
    assert set(picks(Sampling(temperature=50.0, seed=0), logits(9.0, 8.0, 1.0, 2.0), 100, allowed)) == {2, 3}


def test_logits_that_are_no_numbers_show_in_the_log_probability() -> None:
    """NaN or infinity anywhere among the ids makes it one of them."""
    for bad in (float("nan"), float("inf")):
        for sampling in (Sampling(), Sampling(temperature=0.7, top_p=0.9, seed=0)):
            assert not math.isfinite(float(Sampler(sampling, 3).choose(logits(0.0, bad, 1.0))[1]))


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", -0.1), ("temperature", float("nan")), ("top_p", 0.0), ("top_p", 1.1), ("top_k", -1),
     ("repetition_penalty", 0.0)],
)  # fmt: skip
def test_values_out_of_range_are_refused(name: str, value: float) -> None:
    """The error names the setting."""
    with pytest.raises(ValueError, match=name):
        Sampling(**{name: value})  # type: ignore[arg-type]
