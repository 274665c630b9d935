"""Scaled dot-product attention: torch's fused kernel, but for bfloat16 on a CPU.

There the fused kernel takes 1.4 to 3.4 times as long as plain matrix products on blocks of queries; see
docs/decisions/cpu-speed.md for the figures.

Shapes: B batch, A heads, T queries, S keys, D width of queries and keys, V width of values.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK_SCORES = 2_000_000
"""Scores held at once, 8 MB: they are read again while they are still in the cache."""


def attend(
    q_BATD: Tensor,
    k_BASD: Tensor,
    v_BASV: Tensor,
    mask: Tensor | None = None,
    *,
    scale: float,
    causal: bool,
) -> Tensor:
    """Let each query see the keys: out_BATV.

    Args:
        mask: bool [B, 1, T, S], true where a query sees a key; it says all, so `causal` must hold for it, too.
        causal: the queries are the last T of the S tokens, and none sees a key behind its own.
    """
    n_new, n_held = q_BATD.shape[2], k_BASD.shape[2]
    if q_BATD.is_cuda or q_BATD.dtype != torch.bfloat16:
        if mask is None and causal and 1 < n_new < n_held:
            mask = seen_by_latest(n_new, n_held, q_BATD.device)
        top_left = mask is None and causal and n_new > 1
        return F.scaled_dot_product_attention(q_BATD, k_BASD, v_BASV, mask, is_causal=top_left, scale=scale)
    if n_new == 1:
        return _one_query(q_BATD * scale, k_BASD, v_BASV, mask)
    return _in_blocks(q_BATD.float() * scale, k_BASD.float(), v_BASV, mask, causal)


def seen_by_latest(n_new: int, n_held: int, device: torch.device) -> Tensor:
    """Say which of all tokens the last ones see, bool [T, S]: themselves and all before."""
    return torch.ones(n_new, n_held, dtype=torch.bool, device=device).tril(n_held - n_new)


def _one_query(q_BA1D: Tensor, k_BASD: Tensor, v_BASV: Tensor, mask: Tensor | None) -> Tensor:
    """Multiply keys by the query rather than the query by keys: for one query that takes a third of the time."""
    score_BA1S = (k_BASD @ q_BA1D.mT).mT.float()
    if mask is not None:
        score_BA1S = score_BA1S.masked_fill(~mask, float("-inf"))
    return score_BA1S.softmax(dim=-1).to(v_BASV.dtype) @ v_BASV


def _in_blocks(q_BATD: Tensor, k_BASD: Tensor, v_BASV: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
    """Keep the scores in float32, as the fused kernel does: those of real weights are large, and bfloat16 is coarse."""
    batch, heads, n_new, _ = q_BATD.shape
    n_held = k_BASD.shape[2]
    rows = min(max(1, BLOCK_SCORES // (batch * heads * n_held)), n_new)
    later = torch.ones(rows, rows, dtype=torch.bool, device=q_BATD.device).triu(1)
    out_BTAV = v_BASV.new_empty(batch, n_new, heads, v_BASV.shape[-1])
    for first in range(0, n_new, rows):
        last = min(first + rows, n_new)
        seen = n_held - n_new + last if causal else n_held
        score = q_BATD[:, :, first:last] @ k_BASD[:, :, :seen].mT
        if mask is not None:
            score.masked_fill_(~mask[..., first:last, :seen], float("-inf"))
        elif causal:
            size = last - first
            score[..., seen - size :].masked_fill_(later[:size, :size], float("-inf"))
        out_BTAV[:, first:last] = (score.softmax(dim=-1).to(v_BASV.dtype) @ v_BASV[:, :, :seen]).transpose(1, 2)
    return out_BTAV.transpose(1, 2)
