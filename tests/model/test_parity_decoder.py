"""A second opinion on the decoder: transformers' own classes, with weights copied across.

DeepseekV2 has latent attention and softmax routing, which is the small variant; DeepseekV3 has latent attention and
routing by sigmoid with a correction bias, which is the base variant; Llama has plain attention and dense layers,
which is the tiny variant without its experts (these are DeepseekV2's).

Logits have standard deviation 1 to 3. Two float32 implementations that sum in another order differ by 1e-6 to 1e-5
after three layers; a wrong scale, rotation or route differs by 1e-1 or more. The tests allow 1e-4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from nano_models import config_like, random_model
from torch import Tensor
from transformers import (
    DeepseekV2Config,
    DeepseekV2ForCausalLM,
    DeepseekV3Config,
    DeepseekV3ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)

from vl2.config import LanguageConfig
from vl2.model import VL2Model
from vl2.moe import MoE

TOLERANCE = 1e-4


def shared_keys(config: LanguageConfig, *names: str) -> dict[str, Any]:
    """Pick the sizes that the classes call by the same names, and the named ones."""
    always = (
        "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "max_position_embeddings", "rms_norm_eps",
    )  # fmt: skip
    return {name: getattr(config, name) for name in (*always, *names)} | {
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rope_theta},
        "attn_implementation": "eager",
        "bos_token_id": None,
        "eos_token_id": None,
    }


LATENT = ("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
EXPERTS = (
    "n_routed_experts", "n_shared_experts", "num_experts_per_tok", "moe_intermediate_size", "first_k_dense_replace",
    "norm_topk_prob", "routed_scaling_factor",
)  # fmt: skip


def transformers_like(model: VL2Model) -> Any:
    """Build transformers' model of the same architecture with the same weights."""
    config = model.config.language
    reference: Any
    if not config.use_mla:
        reference = LlamaForCausalLM(LlamaConfig(**shared_keys(config)))
    elif config.scoring_func == "softmax":
        keys = shared_keys(config, *LATENT, *EXPERTS, "topk_method")
        reference = DeepseekV2ForCausalLM(DeepseekV2Config(**keys))
    else:
        keys = shared_keys(config, *LATENT, *EXPERTS)
        reference = DeepseekV3ForCausalLM(DeepseekV3Config(**keys, n_group=1, topk_group=1, rope_interleave=True))
    reference.load_state_dict(model.language.state_dict())
    return reference.eval()


def model_like(variant: str) -> VL2Model:
    """A random model of a variant; the tiny one is dense, as Llama is."""
    config = config_like(variant)
    if variant == "tiny":
        config = replace(config, language=replace(config.language, n_routed_experts=None))
    return random_model(config)


def prompt(tokens: int) -> Tensor:
    """Random ids [2, T]."""
    return torch.randint(0, 640, (2, tokens), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("variant", ["tiny", "small", "base"])
@torch.inference_mode()
def test_logits_equal_those_of_transformers(variant: str) -> None:
    """Attention, rotation, norms, experts and head compute what transformers' classes compute."""
    model, ids = model_like(variant), prompt(70)
    expected = transformers_like(model)(ids).logits
    assert expected.std() > 0.5
    assert (model(model.embed(ids), last_only=False) - expected).abs().max() < TOLERANCE


@pytest.mark.parametrize("variant", ["tiny", "small", "base"])
@torch.inference_mode()
def test_padded_decoding_equals_that_of_transformers(variant: str) -> None:
    """Behind padding on the left, token by token from a cache, both continue alike."""
    model, ids = model_like(variant), prompt(24)
    starts = torch.tensor([7, 0])
    mask = (torch.arange(24) >= starts[:, None]).long()
    positions = (mask.cumsum(dim=1) - 1).clamp_min(0)
    expected = transformers_like(model)(ids, attention_mask=mask, position_ids=positions).logits[:, -1]
    cache = model.new_cache(24, batch=2)
    model(model.embed(ids[:, :20]), cache, starts_B=starts)
    for step in range(20, 24):
        logits = model(model.embed(ids[:, step : step + 1]), cache, starts_B=starts)
    assert (logits[:, -1] - expected).abs().max() < TOLERANCE


@pytest.mark.parametrize("variant", ["small", "base"])
@torch.inference_mode()
def test_routing_equals_that_of_transformers(variant: str) -> None:
    """The same experts with the same weights, for inputs far apart and close together."""
    model = model_like(variant)
    ours, theirs = model.language.model.layers[1].mlp, transformers_like(model).model.layers[1].mlp
    assert isinstance(ours, MoE)
    for scale in (0.01, 1.0, 30.0):
        x_TH = torch.randn(200, 64, generator=torch.Generator().manual_seed(2)) * scale
        weight_TK, index_TK = ours.gate(x_TH)
        _, expected_TK, expected_index_TK = theirs.gate(x_TH)
        dense_TE, expected_TE = (
            torch.zeros(200, 8).scatter(1, index, weight)
            for index, weight in ((index_TK, weight_TK), (expected_index_TK, expected_TK))
        )
        assert torch.allclose(dense_TE, expected_TE, rtol=1e-6, atol=0)
