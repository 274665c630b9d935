"""Conversations to what the model takes: ids with the places of images, and the tiles of those images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vl2.chat import Message, count_tokens, lay_out
from vl2.config import VL2Config
from vl2.errors import PromptError, PromptTooLong, TokenizerError
from vl2.images import ImageSource, image_size, load_image, tiles_of
from vl2.tiling import TileGrid, choose_grid, image_tokens, is_tiled
from vl2.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """A prompt of one conversation.

    Shapes: T ids of the prompt, N tiles of all its images, S side of a tile.
    """

    input_ids: np.ndarray
    """int64 [T]; the `<image>` id wherever an image's features go."""
    image_mask: np.ndarray
    """bool [T]; where those are."""
    tiles: np.ndarray
    """uint8 [N, 3, S, S]; image after image, the global tile of each first."""
    grids: tuple[TileGrid, ...]
    """Local tiles of each image."""
    image_sizes: tuple[tuple[int, int], ...]
    """(width, height) of each image as it was given: boxes in answers are relative to these."""

    def __len__(self) -> int:
        """Tokens of the prompt."""
        return len(self.input_ids)


class Processor:
    """Lays out conversations for one model.

    Raises:
        TokenizerError: the tokenizer has ids that the model has no embedding for.
    """

    def __init__(self, config: VL2Config, tokenizer: Tokenizer) -> None:
        if tokenizer.size > config.language.vocab_size:
            raise TokenizerError(
                f"{tokenizer.source}: expected ids below the model's {config.language.vocab_size} embedding rows, "
                f"got ids up to {tokenizer.size - 1}; take the tokenizer.json that came with the weights"
            )
        self.config, self.tokenizer = config, tokenizer

    @classmethod
    def from_folder(cls, folder: str | Path) -> Processor:
        """Read config.json and tokenizer.json of a checkpoint folder."""
        return cls(VL2Config.from_folder(folder), Tokenizer.from_folder(folder))

    def __call__(self, messages: Sequence[Message], *, reserve: int = 0) -> Inputs:
        """Lay out a conversation that waits for an answer.

        Args:
            messages: the turns so far.
            reserve: tokens to leave for the answer.

        Raises:
            PromptError: turns, marks and images do not fit together.
            PromptTooLong: prompt and answer exceed the window.
            ImageError: a picture cannot work.
        """
        return self.place(lay_out(messages, self.tokenizer), _images(messages), reserve=reserve)

    def place(self, marked_ids: Sequence[int], sources: Sequence[ImageSource], *, reserve: int = 0) -> Inputs:
        """Put images where their marks stand in a prompt that is laid out already.

        Args:
            marked_ids: the prompt, each image being a single `<image>` id.
            sources: the images, in order.
            reserve: tokens to leave for the answer.

        Raises:
            PromptError: there are more or fewer images than marks.
            PromptTooLong, ImageError: as when a conversation is laid out.
        """
        ids = np.asarray(marked_ids, dtype=np.int64)
        if (marks := int((ids == self.tokenizer.image_id).sum())) != len(sources):
            raise PromptError(f"expected one image for each <image> mark, got {marks} marks and {len(sources)} images")
        sizes = tuple(image_size(source) for source in sources)
        grids = self.grids(sizes)
        costs = self._costs(grids)
        self._require_room(len(ids) + sum(costs) - len(costs), reserve, sizes, costs)
        is_image = ids == self.tokenizer.image_id
        repeats = np.ones_like(ids)
        repeats[is_image] = costs
        side = self.config.vision.image_size
        tiles = [tiles_of(load_image(source), grid, side) for source, grid in zip(sources, grids, strict=True)]
        return Inputs(
            input_ids=ids.repeat(repeats),
            image_mask=is_image.repeat(repeats),
            tiles=np.concatenate(tiles) if tiles else np.zeros((0, 3, side, side), np.uint8),
            grids=grids,
            image_sizes=sizes,
        )

    def count(self, messages: Sequence[Message]) -> int:
        """Count the prompt's tokens exactly, without decoding a picture.

        Raises:
            PromptError, ImageError: as when it is laid out.
        """
        sizes = [image_size(source) for source in _images(messages)]
        return count_tokens(messages, self.tokenizer, self._costs(self.grids(sizes)))

    def grids(self, sizes: Sequence[tuple[int, int]]) -> tuple[TileGrid, ...]:
        """Choose the local tiles of each image of a conversation."""
        tiled, side = is_tiled(len(sizes)), self.config.vision.image_size
        candidates = self.config.candidate_resolutions
        return tuple(choose_grid(w, h, tiled=tiled, candidates=candidates, tile_size=side) for w, h in sizes)

    def _costs(self, grids: Sequence[TileGrid]) -> list[int]:
        return [image_tokens(grid, self.config.tokens_per_side) for grid in grids]

    def _require_room(self, tokens: int, reserve: int, sizes: Sequence[tuple[int, int]], costs: Sequence[int]) -> None:
        window = self.config.language.max_position_embeddings
        if tokens + reserve <= window:
            return
        shares = [
            f"image {n} ({w}x{h}) takes {cost}" for n, ((w, h), cost) in enumerate(zip(sizes, costs, strict=True), 1)
        ]
        shares.append(f"text takes {tokens - sum(costs)}")
        raise PromptTooLong(
            tokens, window, reserve, f"{', '.join(shares)}; crop images, or drop the oldest turns, or shorten the text"
        )


def _images(messages: Sequence[Message]) -> list[ImageSource]:
    return [image for message in messages for image in message.images]
