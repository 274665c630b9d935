"""Keys and values of the tokens seen so far, in storage that is allocated once.

Shapes: B batch, S capacity in tokens, A key-value heads, D head width, C latent rank, R rope width.
One layer holds, with MLA, one tensor [B, S, C + R] (normalised latent, then the rotated key that heads share); with
MHA, keys and values [B, A, S, D]. Rows of a batch have equal length, padded on the left.
"""

from __future__ import annotations

import torch
from torch import Tensor

from vl2.config import LanguageConfig


class KVCache:
    """The memory of one decoder.

    Args:
        config: sizes.
        batch: rows.
        capacity: tokens that fit, padding included.
    """

    def __init__(
        self,
        config: LanguageConfig,
        batch: int,
        capacity: int,
        *,
        dtype: torch.dtype,
        device: torch.device | str = "cpu",
    ) -> None:
        self.batch, self.capacity, self.length = batch, capacity, 0
        shapes: list[tuple[int, ...]]
        if config.use_mla:
            shapes = [(batch, capacity, config.cached_values_per_token)]
        else:
            shapes = [(batch, config.num_key_value_heads, capacity, config.head_dim)] * 2
        self.layers = [
            tuple(torch.zeros(shape, dtype=dtype, device=device) for shape in shapes)
            for _ in range(config.num_hidden_layers)
        ]

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return sum(held.nbytes for layer in self.layers for held in layer)

    def append(self, layer: int, *new: Tensor) -> tuple[Tensor, ...]:
        """Put the new tokens of one layer behind `length`; return views of everything held, the new included.

        `length` moves only when `advance` is called, after the last layer.
        """
        end = self.length + new[0].shape[-2]
        views = []
        for held, values in zip(self.layers[layer], new, strict=True):
            held[..., self.length : end, :] = values
            views.append(held[..., :end, :])
        return tuple(views)

    def advance(self, tokens: int) -> None:
        """Count tokens that every layer has appended."""
        self.length += tokens

    def truncate(self, length: int) -> None:
        """Forget everything behind the first `length` tokens."""
        if not 0 <= length <= self.length:
            raise ValueError(f"expected a length of 0..{self.length}, got {length}")
        self.length = length
