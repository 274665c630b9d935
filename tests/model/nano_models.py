"""Small models with random weights, one for each variant."""

from __future__ import annotations

from dataclasses import replace

import torch

from vl2.config import LanguageConfig, ProjectorConfig, VisionConfig, VL2Config
from vl2.model import VL2Model

_SHARED = LanguageConfig(
    vocab_size=640,
    hidden_size=64,
    intermediate_size=96,
    moe_intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=4,
    n_shared_experts=2,
    n_routed_experts=8,
    num_experts_per_tok=3,
    first_k_dense_replace=1,
    max_position_embeddings=4096,
    q_lora_rank=None,
    kv_lora_rank=32,
    qk_nope_head_dim=16,
    qk_rope_head_dim=8,
    v_head_dim=12,
    bos_token_id=0,
    eos_token_id=1,
)

LANGUAGES = {
    "tiny": replace(_SHARED, use_mla=False, kv_lora_rank=None, qk_nope_head_dim=0, qk_rope_head_dim=0, v_head_dim=0),
    "small": _SHARED,
    "base": replace(
        _SHARED, topk_method="noaux_tc", scoring_func="sigmoid", norm_topk_prob=True, routed_scaling_factor=2.0
    ),
}


def config_like(variant: str) -> VL2Config:
    """A model of the variant's architecture, small enough for a test."""
    return VL2Config(
        vision=VisionConfig(width=32, layers=2, heads=4),
        projector=ProjectorConfig(input_dim=32, n_embed=64),
        language=LANGUAGES[variant],
        dtype="float32",
    )


def random_model(config: VL2Config, seed: int = 0) -> VL2Model:
    """Fill every parameter from one seed, scaled so that signals neither vanish nor explode."""
    generator = torch.Generator().manual_seed(seed)
    model = VL2Model(config).eval()
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            scale = 0.1 if parameter.ndim == 1 else parameter.shape[-1] ** -0.5
            offset = 1.0 if name.endswith(("norm.weight", "norm1.weight", "norm2.weight")) else 0.0
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * scale + offset)
    return model
