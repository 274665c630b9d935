"""Models of the real variants' sizes with random weights: speed does not depend on what the weights are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from vl2.config import LanguageConfig, ProjectorConfig, VisionConfig, VL2Config
from vl2.model import VL2Model
from vl2.tokenizer import BOS, EOS, PAD, Tokenizer

_SHARED = LanguageConfig(
    vocab_size=129280, max_position_embeddings=4096, n_shared_experts=2, n_routed_experts=64, num_experts_per_tok=6,
    first_k_dense_replace=1, q_lora_rank=None, bos_token_id=0, eos_token_id=1,
)  # fmt: skip
LANGUAGES = {
    "tiny": replace(
        _SHARED, use_mla=False, kv_lora_rank=None, qk_nope_head_dim=0, qk_rope_head_dim=0, v_head_dim=0,
        hidden_size=1280, num_hidden_layers=12, num_attention_heads=10, num_key_value_heads=10,
        intermediate_size=6848, moe_intermediate_size=896,
    ),
    "small": replace(
        _SHARED, vocab_size=102400, hidden_size=2048, num_hidden_layers=27, num_attention_heads=16,
        num_key_value_heads=16, kv_lora_rank=512, intermediate_size=10944, moe_intermediate_size=1408,
    ),
    "base": replace(
        _SHARED, hidden_size=2560, num_hidden_layers=30, num_attention_heads=32, num_key_value_heads=32,
        kv_lora_rank=512, intermediate_size=12288, moe_intermediate_size=1536, n_routed_experts=72,
        topk_method="noaux_tc", scoring_func="sigmoid", norm_topk_prob=True, routed_scaling_factor=2.0,
    ),
}  # fmt: skip


def config_of(variant: str) -> VL2Config:
    """Give a variant's configuration, as its checkpoint would."""
    language = LANGUAGES[variant]
    projector = ProjectorConfig(n_embed=language.hidden_size)
    return VL2Config(vision=VisionConfig(), projector=projector, language=language, dtype="bfloat16")


@torch.inference_mode()
def random_model(config: VL2Config, *, dtype: torch.dtype, device: str, seed: int = 0) -> VL2Model:
    """Fill a model in seconds: one block of random numbers, repeated; routing gets numbers of its own."""
    with torch.device("meta"):
        model = VL2Model(config).to(dtype)
    model = model.to_empty(device=device).eval()
    generator = torch.Generator().manual_seed(seed)
    block = torch.randn(2**20, generator=generator).to(device)
    for name, parameter in model.named_parameters():
        scale = 0.1 if parameter.ndim == 1 else parameter.shape[-1] ** -0.5
        centre = 1.0 if name.endswith(("norm.weight", "norm1.weight", "norm2.weight")) else 0.0
        own = name.endswith("mlp.gate.weight")
        source = torch.randn(parameter.numel(), generator=generator).to(device) if own else block
        _repeat(parameter.view(-1), (source * scale + centre).to(dtype))
    return model


def _repeat(target: torch.Tensor, block: torch.Tensor) -> None:
    whole = len(target) // len(block)
    target[: whole * len(block)].view(whole, len(block)).copy_(block.expand(whole, -1))
    target[whole * len(block) :] = block[: len(target) - whole * len(block)]


def word_tokenizer() -> Tokenizer:
    """A vocabulary that is small and complete: special tokens, and one word for everything else."""
    words = [BOS, EOS, PAD, "word"]
    raw: dict[str, Any] = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {word: n for n, word in enumerate(words)}, "unk_token": "word"},
    }
    return Tokenizer(raw)
