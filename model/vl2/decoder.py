"""The DeepSeekMoE decoder: blocks of attention and experts, and the head.

Shapes: B batch, T new tokens, H model width, V vocabulary rows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vl2.attention import LatentAttention, MultiHeadAttention, Sight
from vl2.cache import KVCache
from vl2.config import LanguageConfig
from vl2.moe import MLP, MoE
from vl2.norm import RMSNorm
from vl2.rope import Rope


class Block(nn.Module):
    """One layer: attention, then a dense or an expert MLP, each added to its input."""

    def __init__(self, config: LanguageConfig, layer: int, rope: Rope) -> None:
        super().__init__()
        attention = LatentAttention if config.use_mla else MultiHeadAttention
        self.self_attn = attention(config, layer, rope)
        experts = config.has_experts(layer)
        self.mlp = MoE(config) if experts else MLP(config.hidden_size, config.intermediate_size)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x_BTH: Tensor, sight: Sight, cache: KVCache | None) -> Tensor:
        """Apply the layer, writing its keys and values to the cache."""
        x_BTH = x_BTH + self.self_attn(self.input_layernorm(x_BTH), sight, cache)
        return x_BTH + self.mlp(self.post_attention_layernorm(x_BTH))


class Stack(nn.Module):
    """Embedding table, blocks and the last norm."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.rope = Rope(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Block(config, layer, self.rope) for layer in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, embeds_BTH: Tensor, cache: KVCache | None, starts_B: Tensor | None) -> Tensor:
        """Run all blocks; the last norm is not applied yet, so that one row can be picked first."""
        held, n_new = cache.length if cache else 0, embeds_BTH.shape[1]
        sight = Sight.of(self.rope, held, n_new, starts_B, embeds_BTH.device)
        x_BTH = embeds_BTH
        for layer in self.layers:
            x_BTH = layer(x_BTH, sight, cache)
        if cache is not None:
            cache.advance(n_new)
        return x_BTH


class Decoder(nn.Module):
    """The language model."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.config = config
        self.model = Stack(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, embeds_BTH: Tensor, cache: KVCache | None, *, starts_B: Tensor | None, last_only: bool) -> Tensor:
        """Compute float32 logits [B, 1 or T, V]."""
        x_BTH = self.model(embeds_BTH, cache, starts_B)
        if last_only:
            x_BTH = x_BTH[:, -1:]
        return self.lm_head(self.model.norm(x_BTH)).to(torch.float32)
