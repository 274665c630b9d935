"""Rotary embedding: exact in float32, whatever the model's dtype."""

from __future__ import annotations

import pytest
import torch
from nano_models import LANGUAGES, config_like, random_model

from vl2.rope import Rope


@pytest.mark.parametrize("variant", ["tiny", "small"])
def test_scores_depend_on_the_distance_alone(variant: str) -> None:
    """A query and a key, both moved by 1000 positions, still score the same."""
    rope = Rope(LANGUAGES[variant])
    q, k = torch.randn(2, 1, 1, 1, rope.dim, generator=torch.Generator().manual_seed(1), dtype=torch.float32)

    def score(position: int) -> float:
        here, there = (rope.at(torch.tensor([[p]])) for p in (position + 7, position))
        return float((rope.rotate(q, *here) * rope.rotate(k, *there)).sum())

    assert score(1000) == pytest.approx(score(0), abs=1e-3)
    assert score(0) != pytest.approx(float((q * k).sum()), abs=1e-3)


def test_neighbours_are_paired_with_mla_and_halves_without() -> None:
    """Position 1 turns the first pair by one radian: which dimensions move tells the layout."""
    for variant, second in (("small", 1), ("tiny", LANGUAGES["tiny"].head_dim // 2)):
        rope = Rope(LANGUAGES[variant])
        x = torch.zeros(1, 1, 1, rope.dim)
        x[..., second] = 1.0
        turned = rope.rotate(x, *rope.at(torch.tensor([[1]])))[0, 0, 0]
        assert turned[0] == pytest.approx(-torch.tensor(1.0).sin().item())
        assert turned[rope.dim // 2] == pytest.approx(torch.tensor(1.0).cos().item())


def test_casting_the_model_leaves_the_tables_in_float32() -> None:
    """The hazard of the original: `model.to(bfloat16)` must not cast the angles."""
    model = random_model(config_like("small"))
    positions = torch.arange(2000)[None]
    before = model.language.model.rope.at(positions)
    model.to(torch.bfloat16)
    after = model.language.model.rope.at(positions)
    assert after[0].dtype == torch.float32
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_all_positions_of_the_window_differ() -> None:
    """No two positions share their angles."""
    cos, sin = Rope(LANGUAGES["small"]).at(torch.arange(4096)[None])
    assert len(torch.cat([cos, sin], dim=-1)[0].unique(dim=0)) == 4096


def test_yarn_keeps_fast_frequencies_and_slows_slow_ones() -> None:
    """Scaling by 4 divides the slowest frequency by 4 and leaves the fastest."""
    from dataclasses import replace

    plain = replace(LANGUAGES["small"], qk_rope_head_dim=64)
    scaled = replace(plain, rope_scaling={"type": "yarn", "factor": 4, "original_max_position_embeddings": 4096})
    (_, sin), (_, slowed) = (Rope(c).at(torch.tensor([[1]])) for c in (plain, scaled))
    magnitude = slowed[0, 0, 0] / sin[0, 0, 0]
    assert float(slowed[0, 0, -1] / sin[0, 0, -1] / magnitude) == pytest.approx(0.25, rel=1e-3)
