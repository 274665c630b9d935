"""What changed between two frames, exactly: dirty tiles, and the regions that they hold.

Compared are the visible bytes (blue, green, red), of frames of one size and place; other frames differ everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame, Pixels

TILE_PX = 64
CARET_WIDTH_PX, CARET_HEIGHT_PX = 4, 48
"""The largest caret, in logical pixels: carets of GTK, Qt and Chromium are 1 to 2 wide and one line high."""
_VISIBLE = np.uint32(0x00FFFFFF)  # little endian: the unused byte is the highest


@dataclass(frozen=True, eq=False)
class DirtyTiles:
    """Which tiles of a frame differ from an earlier one.

    `mask`: [rows, columns] bool; tiles at the right and bottom may be smaller than `tile_px`.
    """

    frame: Frame
    mask: NDArray[np.bool_]
    tile_px: int

    def __bool__(self) -> bool:
        return bool(self.mask.any())

    def boxes(self) -> tuple[ScreenBox, ...]:
        """List the dirty tiles in reading order."""
        return tuple(self.box(int(row), int(column)) for row, column in np.argwhere(self.mask))

    def box(self, row: int, column: int) -> ScreenBox:
        """Return the place of one tile on the screen."""
        region, tile = self.frame.region, self.tile_px
        left, top = region.left + column * tile, region.top + row * tile
        return ScreenBox(left, top, min(left + tile, region.right), min(top + tile, region.bottom))

    def hashes(self) -> dict[ScreenBox, str]:
        """Hash the content of each dirty tile, not its place: BLAKE3 of its visible pixels, in hex."""
        visible, region = _words(self.frame.pixels), self.frame.region
        found = {}
        for box in self.boxes():
            left, top = box.left - region.left, box.top - region.top
            tile = visible[top : top + box.height, left : left + box.width] & _VISIBLE
            found[box] = blake3(tile.data.cast("B")).hexdigest()
        return found


def dirty_tiles(before: Frame, after: Frame, tile_px: int = TILE_PX) -> DirtyTiles:
    """Compare two frames tile by tile, exactly."""
    height, width = after.pixels.shape[:2]
    rows, columns = -(-height // tile_px), -(-width // tile_px)
    if before.region != after.region:
        return DirtyTiles(after, np.ones((rows, columns), np.bool_), tile_px)
    if before.pixels is after.pixels:
        return DirtyTiles(after, np.zeros((rows, columns), np.bool_), tile_px)
    old, new = _words(before.pixels), _words(after.pixels)
    mask = np.empty((rows, columns), np.bool_)
    starts = np.arange(0, width, tile_px)
    for row in range(rows):  # a band of tiles at a time, which stays in the processor's cache
        band = slice(row * tile_px, (row + 1) * tile_px)
        differs = np.bitwise_or.reduce(old[band] ^ new[band], axis=0) & _VISIBLE
        mask[row] = np.bitwise_or.reduceat(differs, starts) != 0
    return DirtyTiles(after, mask, tile_px)


def dirty_regions(before: Frame, after: Frame, tile_px: int = TILE_PX) -> tuple[ScreenBox, ...]:
    """Return the tight boxes around what changed, one for each group of touching dirty tiles, in reading order."""
    if before.region != after.region:
        return (after.region,)
    tiles = dirty_tiles(before, after, tile_px)
    found = (_tight(before, after, box) for box in _groups(tiles))
    return tuple(sorted(found, key=lambda box: (box.top, box.left)))


def is_caret(box: ScreenBox, scale: float) -> bool:
    """Tell whether something that changed may be a text caret: thin, upright, at most a line high."""
    return box.width <= CARET_WIDTH_PX * scale and box.width < box.height <= CARET_HEIGHT_PX * scale


def _words(pixels: Pixels) -> NDArray[np.uint32]:
    """View [H, W, 4] bytes as [H, W] words."""
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def _groups(tiles: DirtyTiles) -> list[ScreenBox]:
    """Return a box around each group of dirty tiles that touch at a side or a corner."""
    left_over = {(int(row), int(column)) for row, column in np.argwhere(tiles.mask)}
    groups = []
    while left_over:
        group, frontier = [], [left_over.pop()]
        while frontier:
            row, column = frontier.pop()
            group.append(tiles.box(row, column))
            near = {(row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left_over
            left_over -= near
            frontier.extend(near)
        groups.append(
            ScreenBox(
                min(box.left for box in group),
                min(box.top for box in group),
                max(box.right for box in group),
                max(box.bottom for box in group),
            )
        )
    return groups


def _tight(before: Frame, after: Frame, box: ScreenBox) -> ScreenBox:
    """Shrink a box to the pixels in it that differ."""
    differs = ((_words(before.crop(box).pixels) ^ _words(after.crop(box).pixels)) & _VISIBLE) != 0
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return ScreenBox(
        box.left + int(columns[0]), box.top + int(rows[0]), box.left + int(columns[-1]) + 1, box.top + int(rows[-1]) + 1
    )
