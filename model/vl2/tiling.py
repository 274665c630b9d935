"""How many tiles an image gets, and how many tokens they cost. Needs no pixels and no torch.

An image is seen twice: whole, as one tile, and cut into a grid of tiles that depends on its shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vl2.config import CANDIDATE_RESOLUTIONS
from vl2.errors import ImageError

TILE_SIZE = 384
"""Side of a tile in pixels."""

MAX_TILED_IMAGES = 2
"""A conversation with more images than these gives each of them a single tile."""


@dataclass(frozen=True, slots=True)
class TileGrid:
    """Local tiles of one image."""

    across: int
    down: int

    @property
    def tiles(self) -> int:
        """Tiles that are encoded: the global one and the local ones."""
        return 1 + self.across * self.down

    def canvas(self, tile_size: int = TILE_SIZE) -> tuple[int, int]:
        """Give (width, height) in pixels of what the local tiles are cut from."""
        return self.across * tile_size, self.down * tile_size


def choose_canvas(
    width: int, height: int, candidates: Sequence[tuple[int, int]] = CANDIDATE_RESOLUTIONS
) -> tuple[int, int]:
    """Choose the canvas on which most pixels of an image survive, and of those the one that wastes least.

    Source: `select_best_resolution` of the reference; truncation and order of the comparisons matter.
    """
    _require_area(width, height)

    def merit(canvas: tuple[int, int]) -> tuple[int, int]:
        scale = min(canvas[0] / width, canvas[1] / height)
        effective = min(int(width * scale) * int(height * scale), width * height)
        return effective, effective - canvas[0] * canvas[1]

    return max(candidates, key=merit)  # the first of equals


def choose_grid(
    width: int,
    height: int,
    *,
    tiled: bool = True,
    candidates: Sequence[tuple[int, int]] = CANDIDATE_RESOLUTIONS,
    tile_size: int = TILE_SIZE,
) -> TileGrid:
    """Choose the local tiles of an image; one tile where tiling is off.

    Raises:
        ImageError: a side is not positive.
    """
    _require_area(width, height)
    if not tiled:
        return TileGrid(1, 1)
    canvas = choose_canvas(width, height, candidates)
    return TileGrid(canvas[0] // tile_size, canvas[1] // tile_size)


def image_tokens(grid: TileGrid, tokens_per_side: int = 14) -> int:
    """Count the tokens of an image: rows of the global tile, a separator, rows of the local map; each row ends in one."""
    side = tokens_per_side
    return side * (side + 1) + 1 + side * grid.down * (side * grid.across + 1)


def is_tiled(images: int) -> bool:
    """Say whether a conversation with so many images in all cuts them into tiles."""
    return images <= MAX_TILED_IMAGES


def _require_area(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ImageError(f"{width}x{height}", "expected both sides to be at least 1 pixel")
