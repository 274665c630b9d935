"""Rotary position embedding.

Shapes: B batch, T tokens, D dimensions that carry the position, R = D / 2 rotated pairs.

The tables are float32 whatever the dtype of the model, and are no buffers of a module: `model.to(torch.bfloat16)`
must not touch them. In bfloat16 only 635 of the first 2000 positions stay distinct, and the model points nowhere.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vl2.config import LanguageConfig


class Rope:
    """Cosine and sine of every position, float32."""

    def __init__(self, config: LanguageConfig) -> None:
        self.dim, self.theta = config.rope_dim, config.rope_theta
        self.n_positions = config.max_position_embeddings
        self.interleaved = config.use_mla
        self.yarn = dict(config.rope_scaling) if config.rope_scaling and "factor" in config.rope_scaling else None
        self._tables: dict[torch.device, tuple[Tensor, Tensor]] = {}

    def at(self, position_BT: Tensor) -> tuple[Tensor, Tensor]:
        """Look up cos_BTR and sin_BTR, on the device of the positions."""
        device = position_BT.device
        if device not in self._tables:
            self._tables[device] = self._build(device)
        cos_SR, sin_SR = self._tables[device]
        return cos_SR[position_BT], sin_SR[position_BT]

    def rotate(self, x_BATD: Tensor, cos_BTR: Tensor, sin_BTR: Tensor) -> Tensor:
        """Turn every pair by its position's angle; A is any number of heads.

        MLA pairs neighbours (2i, 2i+1), MHA pairs halves (i, i+R). Pairs of neighbours are moved apart first, so
        both come out as [first of each pair | second of each pair]; scores do not depend on that order.
        """
        if self.interleaved:
            first, second = x_BATD[..., 0::2], x_BATD[..., 1::2]
        else:
            first, second = x_BATD.chunk(2, dim=-1)
        first, second = first.float(), second.float()
        cos, sin = cos_BTR[:, None], sin_BTR[:, None]
        turned = torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
        return turned.to(x_BATD.dtype)

    def _build(self, device: torch.device) -> tuple[Tensor, Tensor]:
        exponent_R = torch.arange(0, self.dim, 2, dtype=torch.float32) / self.dim
        frequency_R = 1.0 / self.theta**exponent_R
        magnitude = 1.0
        if self.yarn:
            frequency_R, magnitude = _yarn(frequency_R, self.yarn, self.dim, self.theta)
        angle_SR = torch.outer(torch.arange(self.n_positions, dtype=torch.float32), frequency_R)
        return (angle_SR.cos() * magnitude).to(device), (angle_SR.sin() * magnitude).to(device)


def softmax_scale(config: LanguageConfig) -> float:
    """Scale of the attention scores: one over the root of the key's width, larger under YaRN."""
    if not config.use_mla:
        return float(config.head_dim**-0.5)
    scale = float((config.qk_nope_head_dim + config.qk_rope_head_dim) ** -0.5)
    if config.rope_scaling and (mscale := config.rope_scaling.get("mscale_all_dim")):
        scale *= _yarn_mscale(config.rope_scaling["factor"], mscale) ** 2
    return scale


def _yarn_mscale(factor: float, mscale: float) -> float:
    return 1.0 if factor <= 1 else 0.1 * mscale * math.log(factor) + 1.0


def _yarn(frequency_R: Tensor, yarn: dict[str, float], dim: int, theta: float) -> tuple[Tensor, float]:
    """Slow the frequencies that never completed a turn in training. Source: YaRN (arXiv:2309.00071), section 3.2."""
    trained = yarn.get("original_max_position_embeddings", 4096)

    def dimension_turning(turns: float) -> float:
        return dim * math.log(trained / (turns * 2 * math.pi)) / (2 * math.log(theta))

    low = max(math.floor(dimension_turning(yarn.get("beta_fast", 32))), 0)
    high = min(math.ceil(dimension_turning(yarn.get("beta_slow", 1))), dim - 1)
    ramp_R = ((torch.arange(dim // 2, dtype=torch.float32) - low) / max(high - low, 0.001)).clamp(0, 1)
    slowed_R = frequency_R / yarn["factor"]
    magnitude = _yarn_mscale(yarn["factor"], yarn.get("mscale", 1)) / _yarn_mscale(
        yarn["factor"], yarn.get("mscale_all_dim", 0)
    )
    return slowed_R * ramp_R + frequency_R * (1 - ramp_R), magnitude
