"""From patch features to vectors of the language model: four neighbouring patches become one token.

Shapes: N tiles, P patches of a tile, G patches along a side, C tower width, T tokens of a tile, H model width.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from vl2.config import ProjectorConfig


class Projector(nn.Module):
    """Fold 2x2 patches into one vector, then a small MLP with an exact GELU."""

    def __init__(self, config: ProjectorConfig) -> None:
        super().__init__()
        self.ratio = config.downsample_ratio
        width = config.n_embed * config.mlp_ratio
        layers: list[nn.Module] = [nn.Linear(config.input_dim * self.ratio**2, width)]
        for _ in range(1, config.depth - 1):
            layers += [nn.GELU(), nn.Linear(width, width)]
        layers += [nn.GELU(), nn.Linear(width, config.n_embed)]
        self.layers = nn.Sequential(*layers)

    def forward(self, features_NPC: Tensor) -> Tensor:
        """Return tokens_NTH, row by row."""
        grid = int(features_NPC.shape[1] ** 0.5)
        x_NCGG = features_NPC.mT.unflatten(-1, (grid, grid))
        missing = -grid % self.ratio
        x_NCGG = F.pad(x_NCGG, (0, missing, 0, missing))  # zeros at the right and the bottom: 27 patches become 28
        folded_NXT = F.unfold(x_NCGG, self.ratio, stride=self.ratio)  # X = C * 4, channels outermost
        return self.layers(folded_NXT.mT)
