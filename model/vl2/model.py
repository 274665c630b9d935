"""DeepSeek-VL2, top to bottom: tiles and token ids in, logits out.

Shapes: B batch, T tokens of a prompt, H model width, V vocabulary rows, N tiles, S side of a tile in pixels,
Q tokens of a tile, P image tokens of a prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vl2.cache import KVCache
from vl2.config import VL2Config
from vl2.decoder import Decoder
from vl2.projector import Projector
from vl2.vision import VisionTower

if TYPE_CHECKING:
    from vl2.tiling import TileGrid


class VL2Model(nn.Module):
    """The whole model. Parameters carry the names of the original checkpoints, but for the experts, which are stacked.

    Built inside `torch.device("meta")` it takes no memory; `vl2.checkpoint.weights` fills it.
    """

    def __init__(self, config: VL2Config) -> None:
        super().__init__()
        self.config = config
        self.vision = VisionTower(config.vision)
        self.projector = Projector(config.projector)
        self.language = Decoder(config.language)
        self.image_newline = nn.Parameter(torch.empty(config.language.hidden_size))
        self.view_seperator = nn.Parameter(torch.empty(config.language.hidden_size))  # the checkpoints' spelling

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.image_newline.device

    @property
    def dtype(self) -> torch.dtype:
        """What the model computes in."""
        return self.image_newline.dtype

    def new_cache(self, capacity: int, batch: int = 1) -> KVCache:
        """Allocate a cache for `capacity` tokens a row."""
        return KVCache(self.config.language, batch, capacity, dtype=self.dtype, device=self.device)

    def normalise(self, tiles_N3SS: Tensor) -> Tensor:
        """Map uint8 pixels to -1..1, on the model's device and in its dtype."""
        pixels = tiles_N3SS.to(self.device).float() / 255
        return ((pixels - 0.5) / 0.5).to(self.dtype)

    def encode(self, tiles_N3SS: Tensor) -> Tensor:
        """Turn normalised tiles into features_NQH, each tile on its own."""
        return self.projector(self.vision(tiles_N3SS))

    def assemble(self, features_NQH: Tensor, grids: Sequence[TileGrid]) -> Tensor:
        """Lay the features of each image out as its tokens: embeds_PH.

        An image is its global tile, row by row; a separator; its local tiles as one map, row by row. Every row ends
        in a newline vector.
        """
        parts, first = [], 0
        for grid in grids:
            n_local = grid.across * grid.down
            own_NQH = features_NQH[first : first + 1 + n_local]
            first += 1 + n_local
            parts += [self._rows(own_NQH[:1], 1, 1), self.view_seperator[None]]
            parts.append(self._rows(own_NQH[1:], grid.across, grid.down))
        if first != features_NQH.shape[0]:
            raise ValueError(f"expected features of {first} tiles for {len(grids)} images, got {len(features_NQH)}")
        return torch.cat(parts)

    def _rows(self, tiles_NQH: Tensor, across: int, down: int) -> Tensor:
        side = self.config.tokens_per_side
        rows = tiles_NQH.unflatten(0, (down, across)).unflatten(2, (side, side))  # [down, across, side, side, H]
        rows = rows.transpose(1, 2).reshape(down * side, across * side, -1)
        newline = self.image_newline.expand(len(rows), 1, -1)
        return torch.cat([rows, newline], dim=1).flatten(0, 1)

    def embed(
        self, input_ids_BT: Tensor, image_mask_BT: Tensor | None = None, image_embeds_PH: Tensor | None = None
    ) -> Tensor:
        """Look up embeds_BTH, and put the image embeddings, in order, where the mask is true."""
        embeds_BTH: Tensor = self.language.model.embed_tokens(input_ids_BT)
        if image_embeds_PH is None or image_mask_BT is None:
            return embeds_BTH
        if (wanted := int(image_mask_BT.sum())) != len(image_embeds_PH):
            raise ValueError(f"expected {wanted} image embeddings for the prompt's marks, got {len(image_embeds_PH)}")
        return embeds_BTH.masked_scatter(image_mask_BT[..., None], image_embeds_PH.to(embeds_BTH.dtype))

    def forward(
        self,
        embeds_BTH: Tensor,
        cache: KVCache | None = None,
        *,
        starts_B: Tensor | None = None,
        last_only: bool = True,
    ) -> Tensor:
        """Compute the next token's logits, and keep keys and values in the cache.

        Args:
            embeds_BTH: embeddings of the tokens that the cache does not hold yet.
            cache: what came before; None: nothing did, and nothing is kept.
            starts_B: padding tokens at the left of each row; None: no row is padded.
            last_only: logits of the last token alone; a full prompt's would be 1 GB for one screenshot.

        Returns:
            float32 logits [B, 1 or T, V].
        """
        return self.language(embeds_BTH, cache, starts_B=starts_B, last_only=last_only)
