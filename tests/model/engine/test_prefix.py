"""Keys and values of earlier prompts: what is shared, what is copied, what is forgotten."""

from __future__ import annotations

import threading

import torch
from nano_models import config_like, random_model

from vl2.cache import KVCache
from vl2.engine.prefix import PrefixCache, shared_length

MODEL = random_model(config_like("small"))


def filled(length: int, capacity: int = 64) -> KVCache:
    """A cache whose token t holds the value t + 1."""
    cache = MODEL.new_cache(capacity)
    for layer in cache.layers:
        for held in layer:
            held[..., :length, :] = torch.arange(1.0, length + 1)[:, None]
    cache.advance(length)
    return cache


def take(prefix: PrefixCache, content: list[int | bytes], capacity: int = 64, identity: object = 0) -> KVCache:
    """Ask for a prompt."""
    return prefix.take(identity, content, capacity, MODEL.new_cache)


def values(cache: KVCache) -> list[float]:
    """What the first layer holds of every token."""
    return [float(row[0]) for row in cache.layers[0][0][0, : cache.length]]


def test_contents_are_shared_up_to_the_first_difference() -> None:
    """Ids and image names alike."""
    assert shared_length([1, b"a", b"a", 4], [1, b"a", b"a", 4, 5]) == 4
    assert shared_length([1, b"a", 4], [1, b"b", 4]) == 1
    assert shared_length([], [1]) == 0


def test_a_longer_prompt_gets_what_it_shares() -> None:
    """The cache itself, cut where the prompts part."""
    prefix, cache = PrefixCache(), filled(6)
    prefix.keep(0, [1, 2, 3, 4, 5, 6], cache)
    taken = take(prefix, [1, 2, 3, 4, 9, 9, 9])
    assert taken is cache
    assert taken.length == 4
    assert (prefix.counters.reused, prefix.counters.computed) == (4, 3)


def test_the_last_token_is_always_computed() -> None:
    """Its logits are not remembered."""
    prefix = PrefixCache()
    prefix.keep(0, [1, 2, 3], filled(3))
    assert take(prefix, [1, 2, 3]).length == 2


def test_a_short_shared_start_is_copied() -> None:
    """The longer prompt keeps its own for its next turn."""
    prefix, cache = PrefixCache(), filled(8)
    prefix.keep(0, [1, 2, 3, 4, 5, 6, 7, 8], cache)
    taken = take(prefix, [1, 2, 9])
    assert taken is not cache
    assert values(taken) == [1.0, 2.0]
    assert take(prefix, [1, 2, 3, 4, 5, 6, 7, 8, 9]) is cache


def test_a_prompt_that_needs_more_room_moves() -> None:
    """Into a larger cache, with what it shares."""
    prefix = PrefixCache()
    prefix.keep(0, [1, 2, 3, 4], filled(4, capacity=8))
    taken = take(prefix, [1, 2, 3, 4, 5], capacity=32)
    assert taken.capacity == 32
    assert values(taken) == [1.0, 2.0, 3.0, 4.0]
    assert prefix.nbytes == 0


def test_a_cache_in_use_is_nobody_elses() -> None:
    """Taken twice, the second is new."""
    prefix, cache = PrefixCache(), filled(4)
    prefix.keep(0, [1, 2, 3, 4], cache)
    assert take(prefix, [1, 2, 3, 4]) is cache
    assert take(prefix, [1, 2, 3, 4]).length == 0


def test_other_weights_share_nothing() -> None:
    """Caches of the old weights are dropped."""
    prefix = PrefixCache()
    prefix.keep("old", [1, 2, 3], filled(3))
    assert take(prefix, [1, 2, 3], identity="new").length == 0
    assert prefix.nbytes == 0


def test_memory_is_bounded() -> None:
    """The oldest prompt goes first; one too large is not kept."""
    one = filled(3).nbytes
    prefix = PrefixCache(2 * one)
    for first in (1, 2, 3):
        prefix.keep(0, [first, 5, 6], filled(3))
    assert prefix.nbytes == 2 * one
    assert [take(prefix, [first, 5, 6, 7]).length for first in (1, 2, 3)] == [0, 3, 3]
    small = PrefixCache(one - 1)
    small.keep(0, [1, 5, 6], filled(3))
    assert small.nbytes == 0


def test_only_what_both_know_is_kept() -> None:
    """A pass broken off leaves a token more on one side."""
    for content, length in (([1, 2, 3, 4], 3), ([1, 2, 3], 4)):
        prefix = PrefixCache()
        prefix.keep(0, content, filled(length))
        assert take(prefix, [1, 2, 3, 4, 5]).length == 3


def test_a_cache_may_come_back_while_another_is_taken() -> None:
    """A garbage collection inside `take` may end an abandoned stream, which hands its cache back in the same thread."""
    prefix = PrefixCache()

    def collecting(capacity: int) -> KVCache:
        prefix.keep(0, [1, 2, 3], filled(3))
        return MODEL.new_cache(capacity)

    taking = threading.Thread(target=prefix.take, args=(0, [1, 2], 64, collecting), daemon=True)
    taking.start()
    taking.join(timeout=10)
    assert not taking.is_alive()
    assert take(prefix, [1, 2, 3, 4]).length == 3


def test_clear_forgets() -> None:
    """Nothing is shared afterwards."""
    prefix = PrefixCache()
    prefix.keep(0, [1, 2, 3], filled(3))
    prefix.clear()
    assert take(prefix, [1, 2, 3]).length == 0
