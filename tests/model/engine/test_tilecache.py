"""Features of tiles: remembered exactly, within bounds, and forgotten when the weights change."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nano_models import config_like, random_model
from numpy.typing import NDArray

from vl2.engine.tilecache import TileCache, encode, weights_identity
from vl2.model import VL2Model

TILE_BYTES = 196 * 64 * 4


@pytest.fixture(scope="module")
def eyes() -> VL2Model:
    """One model is enough: the vision tower is the same in all variants."""
    return random_model(config_like("tiny"))


def tiles(n: int, seed: int = 0) -> NDArray[np.uint8]:
    """Random tiles."""
    return np.random.default_rng(seed).integers(0, 256, (n, 3, 384, 384), dtype=np.uint8)


def counted(cache: TileCache) -> tuple[int, int, int]:
    """Hits, misses, evictions."""
    return cache.counters.hits, cache.counters.misses, cache.counters.evictions


def test_an_identical_frame_costs_no_encode(eyes: VL2Model) -> None:
    """And its features are the same to the last bit."""
    cache = TileCache()
    first, again = cache.features(eyes, tiles(3)), cache.features(eyes, tiles(3))
    assert torch.equal(first, again)
    assert counted(cache) == (3, 3, 0)


def test_only_changed_tiles_are_encoded(eyes: VL2Model) -> None:
    """One pixel makes a tile another tile."""
    cache, frame = TileCache(), tiles(4)
    cache.features(eyes, frame)
    frame[2, 0, 200, 200] ^= 1
    features = cache.features(eyes, frame)
    assert counted(cache) == (3, 5, 0)
    assert torch.equal(features, torch.stack(list(encode(eyes, frame))))


def test_equal_tiles_of_one_frame_are_encoded_once(eyes: VL2Model) -> None:
    """As the global and the local tile of a square picture."""
    cache, one = TileCache(), tiles(1)
    features = cache.features(eyes, np.concatenate([one, one]))
    assert counted(cache) == (1, 1, 0)
    assert torch.equal(features[0], features[1])


def test_features_do_not_depend_on_the_tiles_beside(eyes: VL2Model) -> None:
    """A tile alone and the same tile among others: equal to the last bit."""
    frame = tiles(5)
    together = torch.stack(list(encode(eyes, frame)))
    for n in range(5):
        assert torch.equal(next(encode(eyes, frame[n : n + 1])), together[n])


def test_memory_is_bounded_and_the_least_used_goes_first(eyes: VL2Model) -> None:
    """Room for two tiles keeps the two used last."""
    cache, frame = TileCache(2 * TILE_BYTES), tiles(3)
    for n in (0, 1, 0, 2):
        cache.features(eyes, frame[n : n + 1])
    assert counted(cache) == (1, 3, 1)
    assert cache.nbytes == 2 * TILE_BYTES
    cache.features(eyes, frame[:1])
    assert counted(cache) == (2, 3, 1)


def test_a_frame_larger_than_the_cache_still_comes_whole(eyes: VL2Model) -> None:
    """Also with room for nothing."""
    for room in (0, TILE_BYTES):
        cache = TileCache(room)
        assert torch.equal(cache.features(eyes, tiles(3)), torch.stack(list(encode(eyes, tiles(3)))))
        assert cache.nbytes <= room


def test_another_model_shares_nothing() -> None:
    """Equal tiles, other weights."""
    cache, one, other = TileCache(), random_model(config_like("tiny"), 1), random_model(config_like("tiny"), 2)
    assert not torch.equal(cache.features(one, tiles(1)), cache.features(other, tiles(1)))
    assert counted(cache) == (0, 2, 0)


def test_changed_weights_and_dtypes_are_noticed() -> None:
    """After a training step or a cast nothing old is given."""
    model = random_model(config_like("tiny"))
    seen = [weights_identity(model), weights_identity(model)]
    with torch.no_grad():
        next(model.projector.parameters()).add_(1.0)
    seen.append(weights_identity(model))
    seen.append(weights_identity(model.to(torch.bfloat16)))
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


def test_what_was_encoded_before_a_stop_is_kept(eyes: VL2Model) -> None:
    """A frame cancelled after two tiles pays for the rest only."""
    cache, calls = TileCache(), 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.features(eyes, tiles(4), check=check)
    cache.features(eyes, tiles(4))
    assert counted(cache) == (2, 4, 0)


def test_clear_forgets(eyes: VL2Model) -> None:
    """The next frame is encoded again."""
    cache = TileCache()
    cache.features(eyes, tiles(1))
    cache.clear()
    assert (len(cache), cache.nbytes) == (0, 0)
    cache.features(eyes, tiles(1))
    assert counted(cache) == (0, 2, 0)
