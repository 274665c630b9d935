"""Dirty tiles are exact: they are compared with a pixel by pixel search."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame
from vl2agent.tiles import dirty_regions, dirty_tiles


def _frame(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], left: int = 0, top: int = 0) -> Frame:
    height, width = pixels.shape[:2]
    return Frame(pixels, ScreenBox(left, top, left + width, top + height), 0.0)


def _blank(width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.zeros((height, width, 4), np.uint8)


@st.composite
def _changes(draw: st.DrawFn) -> tuple[Frame, Frame, set[tuple[int, int]]]:
    width, height = draw(st.integers(1, 200)), draw(st.integers(1, 150))
    left, top = draw(st.integers(-300, 300)), draw(st.integers(-300, 300))
    spots = draw(st.sets(st.tuples(st.integers(0, width - 1), st.integers(0, height - 1)), max_size=5))
    before, after = _blank(width, height), _blank(width, height)
    for x, y in spots:
        after[y, x, draw(st.integers(0, 2))] = draw(st.integers(1, 255))
    return _frame(before, left, top), _frame(after, left, top), {(x + left, y + top) for x, y in spots}


@given(_changes(), st.sampled_from([16, 64]))
@settings(max_examples=200, deadline=None)
def test_exactly_the_tiles_with_a_changed_pixel_are_dirty(
    change: tuple[Frame, Frame, set[tuple[int, int]]], tile_px: int
) -> None:
    """A tile is dirty if and only if one of its pixels differs."""
    before, after, spots = change
    region = after.region
    expected = {((y - region.top) // tile_px, (x - region.left) // tile_px) for x, y in spots}
    tiles = dirty_tiles(before, after, tile_px)
    assert {(int(row), int(column)) for row, column in np.argwhere(tiles.mask)} == expected


@given(_changes())
@settings(max_examples=200, deadline=None)
def test_regions_hold_every_change_and_are_tight(change: tuple[Frame, Frame, set[tuple[int, int]]]) -> None:
    """Each changed pixel is in a region, and each region's four edges touch a changed pixel."""
    before, after, spots = change
    regions = dirty_regions(before, after)
    inside = [{(x, y) for x, y in spots if r.left <= x < r.right and r.top <= y < r.bottom} for r in regions]
    assert set().union(*inside) == spots
    for region, held in zip(regions, inside, strict=True):
        xs, ys = [x for x, _ in held], [y for _, y in held]
        assert (min(xs), min(ys), max(xs) + 1, max(ys) + 1) == region.edges


def test_the_unused_byte_does_not_count() -> None:
    """X11 leaves the fourth byte undefined; it is not part of the picture."""
    before, after = _blank(100, 100), _blank(100, 100)
    after[..., 3] = 255
    assert not dirty_tiles(_frame(before), _frame(after))
    assert _frame(before).digest == _frame(after).digest


def test_equal_tiles_hash_alike_wherever_they_are() -> None:
    """A tile's hash names its content, not its place."""
    after = _blank(256, 128)
    after[:, :, 0] = np.tile(np.arange(64, dtype=np.uint8) + 1, 4)
    hashes = dirty_tiles(_frame(_blank(256, 128)), _frame(after)).hashes()
    assert len(hashes) == 8
    assert len(set(hashes.values())) == 1


def test_frames_of_other_sizes_differ_everywhere() -> None:
    """After a screen was resized nothing is known to be the same."""
    before, after = _frame(_blank(100, 100)), _frame(_blank(120, 100))
    assert dirty_tiles(before, after).mask.all()
    assert dirty_regions(before, after) == (after.region,)
