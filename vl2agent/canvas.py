"""How large a model sees a picture: the canvas that DeepSeek-VL2 lays it on.

A picture is fitted, without changing its shape, into one of the grids of at most nine tiles of 384 pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vl2agent.geometry import Size

TILE_PX = 384
MOST_TILES = 9

_GRIDS = sorted(
    ((across, down) for across in range(1, MOST_TILES + 1) for down in range(1, MOST_TILES // across + 1)),
    key=lambda grid: (grid[0] * grid[1], min(grid), grid[0]),  # their order decides ties
)
CANVASES = tuple(Size(across * TILE_PX, down * TILE_PX) for across, down in _GRIDS)

Sight: TypeAlias = Callable[[Size], float]
"""From a picture's size to the pixels that a model sees of each of its pixels, along a side; above 1: enlarged."""


def canvas_for(picture: Size) -> Size:
    """Choose the canvas on which most pixels of a picture survive, and of those the one that wastes least."""
    width, height = picture.width_px, picture.height_px

    def merit(canvas: Size) -> tuple[int, int]:
        scale = fitted(picture, canvas)
        surviving = min(int(width * scale) * int(height * scale), width * height)
        return surviving, -canvas.width_px * canvas.height_px

    return max(CANVASES, key=merit)


def sight(picture: Size) -> float:
    """Say how many pixels of the canvas a pixel of the picture gets, along a side."""
    return fitted(picture, canvas_for(picture))


def fitted(picture: Size, canvas: Size) -> float:
    """Say by how much a picture is scaled that is fitted to a canvas."""
    return min(canvas.width_px / picture.width_px, canvas.height_px / picture.height_px)
