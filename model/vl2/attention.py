"""Attention of the decoder: multi-head (tiny) and multi-head latent (small, base).

Shapes: B batch, T new tokens, S tokens held, H model width, A heads, D head width, C latent rank, R rope width,
N key width without position (nope), V value width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vl2.attend import attend, seen_by_latest
from vl2.cache import KVCache
from vl2.config import LanguageConfig
from vl2.norm import RMSNorm
from vl2.rope import Rope, softmax_scale


@dataclass(frozen=True, slots=True)
class Sight:
    """Who sees whom in one forward pass, worked out once for all layers."""

    cos_BTR: Tensor
    sin_BTR: Tensor
    mask: Tensor | None
    """Bool [B, 1, T, S], true where a query sees a key; None where rows have no padding: all that came before."""

    @classmethod
    def of(cls, rope: Rope, held: int, n_new: int, starts_B: Tensor | None, device: torch.device) -> Sight:
        """Give new tokens their positions, and hide what comes later or pads the left.

        Args:
            held: tokens in the cache.
            n_new: tokens that come now.
            starts_B: number of padding tokens at the left of each row; None: no padding anywhere.
        """
        slot_T = torch.arange(held, held + n_new, device=device)
        if starts_B is None:
            return cls(*rope.at(slot_T[None]), None)
        slot_S = torch.arange(held + n_new, device=device)
        # A padding token sees itself, or its softmax would be over nothing; nobody sees it.
        real_BTS = (slot_S >= starts_B[:, None, None]) | (slot_S == slot_T[:, None])
        mask = (real_BTS & (slot_S <= slot_T[:, None]))[:, None]
        return cls(*rope.at((slot_T - starts_B[:, None]).clamp_min(0)), mask)

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Sight:
        """Follow a layer to its device, where the layers of one model are on several."""
        tensors = (self.cos_BTR, self.sin_BTR, self.mask)
        return Sight(*(t if t is None else t.to(device, non_blocking=non_blocking) for t in tensors))  # type: ignore[arg-type]


class MultiHeadAttention(nn.Module):
    """Plain attention, every head with its own keys and values (or shared by groups of heads)."""

    def __init__(self, config: LanguageConfig, layer: int, rope: Rope) -> None:
        super().__init__()
        self.layer, self.rope = layer, rope
        self.head_dim, self.scale = config.head_dim, softmax_scale(config)
        kv_width = config.num_key_value_heads * config.head_dim
        self.share = config.num_attention_heads // config.num_key_value_heads
        self.q_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, kv_width, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, kv_width, bias=False)
        self.o_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)

    def forward(self, x_BTH: Tensor, sight: Sight, cache: KVCache | None) -> Tensor:
        """Mix each token with what it sees."""
        q_BATD, k_BATD, v_BATD = (
            proj(x_BTH).unflatten(-1, (-1, self.head_dim)).transpose(1, 2)
            for proj in (self.q_proj, self.k_proj, self.v_proj)
        )
        q_BATD = self.rope.rotate(q_BATD, sight.cos_BTR, sight.sin_BTR)
        k_BASD, v_BASD = self.rope.rotate(k_BATD, sight.cos_BTR, sight.sin_BTR), v_BATD
        if cache is not None:
            k_BASD, v_BASD = cache.append(self.layer, k_BASD, v_BASD)
        if self.share > 1:
            k_BASD, v_BASD = (x.repeat_interleave(self.share, dim=1) for x in (k_BASD, v_BASD))
        out_BATD = attend(q_BATD, k_BASD, v_BASD, sight.mask, scale=self.scale, causal=True)
        return self.o_proj(out_BATD.transpose(1, 2).flatten(2))


class LatentAttention(nn.Module):
    """Multi-head latent attention: keys and values of all heads come from one latent vector a token.

    Source: DeepSeek-V2 report (arXiv:2405.04434), section 2.1.
    """

    def __init__(self, config: LanguageConfig, layer: int, rope: Rope) -> None:
        super().__init__()
        assert config.kv_lora_rank is not None
        self.layer, self.rope, self.scale = layer, rope, softmax_scale(config)
        self.heads, self.rank = config.num_attention_heads, config.kv_lora_rank
        self.nope, self.rope_dim, self.v_dim = config.qk_nope_head_dim, config.qk_rope_head_dim, config.v_head_dim
        q_width = self.heads * (self.nope + self.rope_dim)
        if config.q_lora_rank is None:
            self.q_proj = nn.Linear(config.hidden_size, q_width, bias=False)
        else:
            self.q_a_proj = nn.Linear(config.hidden_size, config.q_lora_rank, bias=False)
            self.q_a_layernorm = RMSNorm(config.q_lora_rank, 1e-6)
            self.q_b_proj = nn.Linear(config.q_lora_rank, q_width, bias=False)
        self.kv_a_proj_with_mqa = nn.Linear(config.hidden_size, self.rank + self.rope_dim, bias=False)
        self.kv_a_layernorm = RMSNorm(self.rank, 1e-6)  # not the config's eps: the original never passes it
        self.kv_b_proj = nn.Linear(self.rank, self.heads * (self.nope + self.v_dim), bias=False)
        self.o_proj = nn.Linear(self.heads * self.v_dim, config.hidden_size, bias=False)

    def forward(self, x_BTH: Tensor, sight: Sight, cache: KVCache | None) -> Tensor:
        """Mix each token with what it sees, whichever of the two equal ways is cheaper."""
        q_BATN, q_BATR = self._queries(x_BTH).split([self.nope, self.rope_dim], dim=-1)
        latent_BTC, key_BTR = self.kv_a_proj_with_mqa(x_BTH).split([self.rank, self.rope_dim], dim=-1)
        q_BATR = self.rope.rotate(q_BATR, sight.cos_BTR, sight.sin_BTR)
        key_BTR = self.rope.rotate(key_BTR[:, None], sight.cos_BTR, sight.sin_BTR)[:, 0]
        held = torch.cat([self.kv_a_layernorm(latent_BTC), key_BTR], dim=-1)
        if cache is not None:
            (held,) = cache.append(self.layer, held)
        absorbs = self._can_absorb() and self._absorbing_is_cheaper(x_BTH.shape[1], held.shape[1])
        attend = self._absorbed if absorbs else self._decompressed
        return self.o_proj(attend(q_BATN, q_BATR, held, sight.mask).transpose(1, 2).flatten(2))

    def _queries(self, x_BTH: Tensor) -> Tensor:
        q = self.q_proj(x_BTH) if hasattr(self, "q_proj") else self.q_b_proj(self.q_a_layernorm(self.q_a_proj(x_BTH)))
        return q.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _can_absorb(self) -> bool:
        """Say whether the layer is its matrix: an adapter on it adds to that, and offloaded weights are not there."""
        return type(self.kv_b_proj) is nn.Linear and not self.kv_b_proj.weight.is_meta

    def _absorbing_is_cheaper(self, n_new: int, n_held: int) -> bool:
        """Compare multiplications per head of the two ways; a decode step absorbs, a prefill does not."""
        wide, narrow = 2 * self.rank + self.rope_dim, self.nope + self.rope_dim + self.v_dim
        absorbed = n_new * (self.rank * (self.nope + self.v_dim) + n_held * wide)
        return absorbed < n_held * self.rank * (self.nope + self.v_dim) + n_new * n_held * narrow

    def _decompressed(self, q_BATN: Tensor, q_BATR: Tensor, held_BSX: Tensor, mask: Tensor | None) -> Tensor:
        """Unfold the latents into keys and values of every head, then attend as usual."""
        latent_BSC, key_BSR = held_BSX.split([self.rank, self.rope_dim], dim=-1)
        kv_BASX = self.kv_b_proj(latent_BSC).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k_BASN, v_BASV = kv_BASX.split([self.nope, self.v_dim], dim=-1)
        k = torch.cat([k_BASN, key_BSR[:, None].expand(-1, self.heads, -1, -1)], dim=-1)
        q = torch.cat([q_BATN, q_BATR], dim=-1)
        v = F.pad(v_BASV, (0, k.shape[-1] - self.v_dim))  # fused kernels want keys and values of one width
        return attend(q, k, v, mask, scale=self.scale, causal=True)[..., : self.v_dim]

    def _absorbed(self, q_BATN: Tensor, q_BATR: Tensor, held_BSX: Tensor, mask: Tensor | None) -> Tensor:
        """Move the unfolding matrices to the query and the output: heads attend to the latents themselves."""
        unfold_AXC = self.kv_b_proj.weight.view(self.heads, self.nope + self.v_dim, self.rank)
        to_key_ANC, to_value_AVC = unfold_AXC.split([self.nope, self.v_dim], dim=1)
        q_BATX = torch.cat([q_BATN @ to_key_ANC, q_BATR], dim=-1)
        score_BATS = (q_BATX @ held_BSX[:, None].mT).float() * self.scale
        if mask is None and q_BATN.shape[2] > 1:
            mask = seen_by_latest(q_BATN.shape[2], held_BSX.shape[1], score_BATS.device)
        if mask is not None:
            score_BATS = score_BATS.masked_fill(~mask, float("-inf"))
        seen_BATC = score_BATS.softmax(dim=-1).to(held_BSX.dtype) @ held_BSX[:, None, :, : self.rank]
        return seen_BATC @ to_value_AVC.mT
