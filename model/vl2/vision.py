"""The SigLIP vision tower, which sees one tile at a time.

Shapes: N tiles, S side of a tile in pixels, P patches of a tile, C tower width, A heads, D head width.
Names of parameters are timm's, as in the checkpoints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vl2.attend import attend
from vl2.config import VisionConfig

LAYER_NORM_EPS = 1e-6


class PatchEmbed(nn.Module):
    """Cut a tile into patches and project each; pixels past the last whole patch are not seen."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, config.width, kernel_size=config.patch_size, stride=config.patch_size)

    def forward(self, tiles_N3SS: Tensor) -> Tensor:
        """Return patches_NPC, row by row."""
        return self.proj(tiles_N3SS).flatten(2).mT


class Attention(nn.Module):
    """Every patch sees every patch of its tile."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.scale = (config.width // config.heads) ** -0.5
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.proj = nn.Linear(config.width, config.width)

    def forward(self, x_NPC: Tensor) -> Tensor:
        """Mix the patches."""
        q, k, v = self.qkv(x_NPC).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        out_NAPD = attend(q, k, v, None, scale=self.scale, causal=False)
        return self.proj(out_NAPD.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    """Two linear maps around a tanh-approximated GELU."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.width, config.mlp_width)
        self.fc2 = nn.Linear(config.mlp_width, config.width)

    def forward(self, x_NPC: Tensor) -> Tensor:
        """Transform every patch on its own."""
        return self.fc2(F.gelu(self.fc1(x_NPC), approximate="tanh"))


class Block(nn.Module):
    """Attention, then MLP, each normalised before and added after."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width, eps=LAYER_NORM_EPS)
        self.attn = Attention(config)
        self.norm2 = nn.LayerNorm(config.width, eps=LAYER_NORM_EPS)
        self.mlp = Mlp(config)

    def forward(self, x_NPC: Tensor) -> Tensor:
        """Apply the block."""
        x_NPC = x_NPC + self.attn(self.norm1(x_NPC))
        return x_NPC + self.mlp(self.norm2(x_NPC))


class VisionTower(nn.Module):
    """Tiles to patch features; tiles do not see each other."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(config)
        self.pos_embed = nn.Parameter(torch.empty(1, config.grid**2, config.width))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width, eps=LAYER_NORM_EPS)

    def forward(self, tiles_N3SS: Tensor) -> Tensor:
        """Return features_NPC after the last norm; the checkpoint's pooling head is not used."""
        x_NPC = self.patch_embed(tiles_N3SS) + self.pos_embed
        for block in self.blocks:
            x_NPC = block(x_NPC)
        return self.norm(x_NPC)
