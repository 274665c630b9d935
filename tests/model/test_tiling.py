"""Tiles and their cost, as the reference chooses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vl2.errors import ImageError
from vl2.tiling import TileGrid, choose_canvas, choose_grid, image_tokens, is_tiled

TABLE = Path(__file__).parents[1] / "fixtures" / "vl2" / "tiling_table.json"


def test_every_size_of_the_reference_table_gets_its_tiles_and_tokens() -> None:
    """1500 sizes of every shape, as the reference tiled them."""
    table = json.loads(TABLE.read_text())
    for width, height, across, down, tokens in table["rows"]:
        grid = choose_grid(width, height)
        assert (grid, image_tokens(grid)) == (TileGrid(across, down), tokens), (width, height)
    assert image_tokens(choose_grid(5, 5, tiled=False)) == table["untiled_tokens"]


@pytest.mark.parametrize(
    ("size", "canvas"),
    [((1920, 1080), (1536, 768)), ((1080, 1920), (768, 1536)), ((800, 600), (1152, 768)), ((384, 384), (384, 384))],
)
def test_common_screens_get_their_canvas(size: tuple[int, int], canvas: tuple[int, int]) -> None:
    """A small image may be enlarged; a screen keeps its shape."""
    assert choose_canvas(*size) == canvas


def test_the_first_of_equal_canvases_wins() -> None:
    """An exact tie goes to the order of the list."""
    assert choose_canvas(1, 1, [(768, 384), (384, 768)]) == (768, 384)
    assert choose_canvas(1, 1, [(384, 768), (768, 384)]) == (384, 768)


def test_two_images_are_tiled_and_three_are_not() -> None:
    """The switch counts the images of a whole conversation."""
    assert [is_tiled(n) for n in (1, 2, 3)] == [True, True, False]


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5)])
def test_an_image_without_area_is_refused(size: tuple[int, int]) -> None:
    """No tiles can be chosen for nothing."""
    with pytest.raises(ImageError, match="at least 1 pixel"):
        choose_grid(*size)
