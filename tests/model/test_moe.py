"""Routing and experts."""

from __future__ import annotations

from dataclasses import replace

import torch
from nano_models import LANGUAGES
from torch.nn import functional as F

from vl2.config import LanguageConfig
from vl2.moe import Experts, Gate, MoE


def gate_for(config: LanguageConfig, seed: int = 0) -> tuple[Gate, torch.Tensor]:
    """A gate with random rows, and tokens to route."""
    generator = torch.Generator().manual_seed(seed)
    gate = Gate(config)
    with torch.no_grad():
        gate.weight.copy_(torch.randn(gate.weight.shape, generator=generator) * 0.1)
        if config.topk_method == "noaux_tc":
            gate.e_score_correction_bias.copy_(torch.randn(gate.weight.shape[0], generator=generator))
    return gate, torch.randn(20, config.hidden_size, generator=generator)


@torch.no_grad()
def test_softmax_weights_are_the_probabilities_themselves() -> None:
    """Tiny and small do not renormalise: the chosen six sum to less than one."""
    gate, x_TH = gate_for(LANGUAGES["small"])
    weight_TK, index_TK = gate(x_TH)
    probability_TE = (x_TH @ gate.weight.T).softmax(dim=-1)
    assert torch.allclose(weight_TK, probability_TE.gather(1, index_TK), atol=1e-6)
    assert torch.equal(index_TK.sort().values, probability_TE.topk(3).indices.sort().values)
    assert (weight_TK.sum(dim=-1) < 1).all()


@torch.no_grad()
def test_the_bias_takes_part_in_the_choice_and_not_in_the_weight() -> None:
    """Base's correction bias moves tokens to other experts, whose weight is their own score."""
    gate, x_TH = gate_for(LANGUAGES["base"])
    weight_TK, index_TK = gate(x_TH)
    score_TE = (x_TH @ gate.weight.T).sigmoid()
    wanted_TK = (score_TE + gate.e_score_correction_bias).topk(3).indices
    chosen_TK = score_TE.gather(1, index_TK)
    assert torch.equal(index_TK.sort().values, wanted_TK.sort().values)
    assert not torch.equal(index_TK.sort().values, score_TE.topk(3).indices.sort().values)
    assert torch.allclose(weight_TK, 2.0 * chosen_TK / chosen_TK.sum(dim=-1, keepdim=True), atol=1e-6)


@torch.no_grad()
def test_group_limited_choice_stays_within_the_best_group() -> None:
    """With one of two groups kept, all three experts come from the same half."""
    grouped = replace(LANGUAGES["small"], topk_method="group_limited_greedy", n_group=2, topk_group=1)
    _, index_TK = gate_for(grouped)[0](torch.randn(50, grouped.hidden_size))
    assert ((index_TK // 4) == (index_TK[:, :1] // 4)).all()


@torch.no_grad()
def test_experts_equal_the_sum_written_out() -> None:
    """Sorting tokens by expert and back changes nothing."""
    config = LANGUAGES["small"]
    experts, generator = Experts(config), torch.Generator().manual_seed(3)
    for parameter in experts.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)
    x_TH = torch.randn(7, config.hidden_size, generator=generator)
    weight_TK, index_TK = torch.rand(7, 3, generator=generator), torch.rand(7, 8, generator=generator).topk(3).indices
    expected_TH = torch.zeros_like(x_TH)
    for token in range(7):
        for weight, expert in zip(weight_TK[token], index_TK[token].tolist(), strict=True):
            gate, up = (experts.gate_up_proj[expert] @ x_TH[token]).chunk(2)
            expected_TH[token] += weight * (experts.down_proj[expert] @ (F.silu(gate) * up))
    assert torch.allclose(experts(x_TH, weight_TK, index_TK), expected_TH, atol=1e-5)


@torch.no_grad()
def test_a_token_does_not_depend_on_its_neighbours() -> None:
    """Alone or among others, a token gets the same answer."""
    moe, generator = MoE(LANGUAGES["base"]), torch.Generator().manual_seed(4)
    for parameter in moe.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)
    x_BTH = torch.randn(2, 9, LANGUAGES["base"].hidden_size, generator=generator)
    assert torch.allclose(moe(x_BTH)[1, 4], moe(x_BTH[1:, 4:5])[0, 0], atol=1e-5)
