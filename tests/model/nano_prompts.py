"""Prompts for small models: random words around pictures of random tiles, and a vocabulary of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from vl2.processor import Inputs
from vl2.tiling import TileGrid, image_tokens

IMAGE_ID = 521
SIZE = 528
"""Ids that may be sampled; the nano models have 640 rows."""


class ByteTokenizer:
    """Id 3 + b is the byte b, 1 ends an answer, the others are no text.

    Args:
        size: ids below it may be sampled.
    """

    eos_id = 1

    def __init__(self, size: int = SIZE) -> None:
        self.size = size

    def decode(self, ids: Iterable[int], skip_special: bool = False) -> str:
        """Give the text."""
        return bytes(token_id - 3 for token_id in ids if 3 <= token_id < 259).decode("utf-8", errors="replace")

    def encode(self, text: str) -> list[int]:
        """Give an id for every byte."""
        return [3 + byte for byte in text.encode()]


def text_prompt(length: int, seed: int = 0) -> Inputs:
    """A prompt of random ids without pictures."""
    return prompt((), before=length - 1, after=0, seed=seed)


def prompt(pictures: Sequence[NDArray[np.uint8]], *, before: int = 4, after: int = 9, seed: int = 0) -> Inputs:
    """Lay out BOS, random ids, the pictures' tokens, and random ids.

    Args:
        pictures: local tiles of each, [down, across, 3, 384, 384]; the global view is made from them.
    """
    words = np.random.default_rng(seed).integers(3, 500, before + after)
    grids = tuple(TileGrid(across=picture.shape[1], down=picture.shape[0]) for picture in pictures)
    marks = sum(image_tokens(grid) for grid in grids)
    ids = np.concatenate([[0], words[:before], np.full(marks, IMAGE_ID), words[before:]]).astype(np.int64)
    tiles = [tile for picture in pictures for tile in [global_view(picture), *picture.reshape(-1, 3, 384, 384)]]
    return Inputs(
        input_ids=ids,
        image_mask=ids == IMAGE_ID,
        tiles=np.stack(tiles) if tiles else np.empty((0, 3, 384, 384), np.uint8),
        grids=grids,
        image_sizes=tuple((384 * grid.across, 384 * grid.down) for grid in grids),
    )


def picture(across: int, down: int, seed: int = 0) -> NDArray[np.uint8]:
    """Random local tiles."""
    return np.random.default_rng(seed).integers(0, 256, (down, across, 3, 384, 384), dtype=np.uint8)


def global_view(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink a picture to one tile, in a way that every pixel counts."""
    down, across = picture.shape[:2]
    whole = picture.transpose(2, 0, 3, 1, 4).reshape(3, down * 384, across * 384).astype(np.uint32)
    sums: NDArray[np.uint32] = whole.reshape(3, 384, down, 384, across).sum(axis=(2, 4))
    return (sums % 256).astype(np.uint8)
