"""A prompt for the engine, checked before any compute, with its images named by their content."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from vl2.config import VL2Config
from vl2.engine.tilecache import tile_keys
from vl2.errors import PromptError, PromptTooLong
from vl2.tiling import TileGrid, image_tokens

if TYPE_CHECKING:
    from vl2.processor import Inputs


@dataclass(frozen=True, slots=True)
class Image:
    """Which tiles and which of the prompt's image tokens belong to one image."""

    grid: TileGrid
    tiles: slice
    tokens: slice


class Request:
    """One prompt.

    Raises:
        PromptError: it is empty, or its parts do not fit together or the model.
        PromptTooLong: it leaves no room in the window for a token of the answer.
    """

    def __init__(self, inputs: Inputs, config: VL2Config) -> None:
        self.inputs = inputs
        self.images = _images(inputs, config.tokens_per_side)
        self._check(config)
        self.keys = tile_keys(inputs.tiles)
        self.length = len(inputs.input_ids)
        self.content = self._content()

    @property
    def image_tokens(self) -> int:
        """Tokens that stand for pictures."""
        return int(self.inputs.image_mask.sum())

    def images_from(self, start: int) -> tuple[list[Image], int]:
        """Find the images that have tokens at or after a position, and how many tokens of the first lie before it."""
        before = int(self.inputs.image_mask[:start].sum())
        images = [image for image in self.images if image.tokens.stop > before]
        return images, before - images[0].tokens.start if images else 0

    def _content(self) -> list[int | bytes]:
        """Say what stands at every position: a token id, or the name of an image."""
        content: list[int | bytes] = self.inputs.input_ids.tolist()
        marks = self.inputs.image_mask.nonzero()[0].tolist()
        for image in self.images:
            name = blake2b(f"{image.grid.across}x{image.grid.down}".encode(), digest_size=32)
            for key in self.keys[image.tiles]:
                name.update(key)
            for position in marks[image.tokens]:
                content[position] = name.digest()
        return content

    def _check(self, config: VL2Config) -> None:
        ids, mask, tiles = self.inputs.input_ids, self.inputs.image_mask, self.inputs.tiles
        window, rows, side = (
            config.language.max_position_embeddings,
            config.language.vocab_size,
            config.vision.image_size,
        )
        if ids.ndim != 1 or not len(ids):
            raise PromptError(f"expected a prompt of one token or more, got ids of shape {ids.shape}")
        if len(ids) >= window:
            raise PromptTooLong(len(ids), window, 1, "shorten the text, or show fewer pictures")
        if ids.min() < 0 or ids.max() >= rows:
            raise PromptError(
                f"expected token ids of 0..{rows - 1}, got {ids.min()}..{ids.max()}; is it this model's tokenizer?"
            )
        n_marks = self.images[-1].tokens.stop if self.images else 0
        if mask.shape != ids.shape or int(mask.sum()) != n_marks:
            raise PromptError(f"expected {n_marks} image tokens for {len(self.images)} images, got {int(mask.sum())}")
        n_tiles = self.images[-1].tiles.stop if self.images else 0
        if n_tiles and (tiles.shape != (n_tiles, 3, side, side) or tiles.dtype != np.uint8):
            raise PromptError(f"expected uint8 tiles [{n_tiles}, 3, {side}, {side}], got {tiles.dtype} {tiles.shape}")


def _images(inputs: Inputs, tokens_per_side: int) -> list[Image]:
    images, tile, token = [], 0, 0
    for grid in inputs.grids:
        next_tile = tile + 1 + grid.across * grid.down
        next_token = token + image_tokens(grid, tokens_per_side)
        images.append(Image(grid, slice(tile, next_tile), slice(token, next_token)))
        tile, token = next_tile, next_token
    return images
