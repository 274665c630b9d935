"""Keys and values of earlier prompts, so that a prompt pays only for what differs from one before.

Each prompt is kept as its content beside its cache: a token id for text, and for every token of an image the name of
that image's tiles. Where two contents are equal from the start, so are keys and values.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from vl2.cache import KVCache

Content = Sequence[int | bytes]


@dataclass(slots=True)
class PrefixCounters:
    """Tokens of prompts that were remembered, and that had to be computed."""

    reused: int = 0
    computed: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    identity: object
    content: Content
    cache: KVCache


class PrefixCache:
    """The caches of the last prompts and their answers.

    Args:
        max_bytes: room for them, on the model's device, beside the one in use. The oldest go first.
    """

    def __init__(self, max_bytes: int = 512 * 2**20) -> None:
        self.max_bytes, self.counters = max_bytes, PrefixCounters()
        self._kept: list[_Kept] = []  # the newest last
        self._lock = threading.RLock()  # collecting an abandoned stream hands its cache back from anywhere, here too

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(kept.cache.nbytes for kept in self._kept)

    def take(self, identity: object, content: Content, capacity: int, new: Callable[[int], KVCache]) -> KVCache:
        """Give a cache that holds as much of the prompt's start as is known, for the caller alone.

        The last token is never among it: its logits are needed.

        Args:
            identity: of the weights; caches of others are forgotten.
            content: the prompt.
            capacity: tokens that must fit.
            new: allocates a cache for so many tokens.
        """
        with self._lock:
            self._kept = [kept for kept in self._kept if kept.identity == identity]
            best = max(self._kept, key=lambda kept: shared_length(kept.content, content), default=None)
            n_shared = min(shared_length(best.content, content), len(content) - 1) if best else 0
            self.counters.reused += n_shared
            self.counters.computed += len(content) - n_shared
            if best is None or not n_shared:
                return new(capacity)
            mostly_shared = 2 * n_shared >= len(best.content)
            if mostly_shared:
                self._kept = [kept for kept in self._kept if kept is not best]
            if mostly_shared and best.cache.capacity >= capacity:
                best.cache.truncate(n_shared)
                return best.cache
            return copy_start(best.cache, n_shared, new(capacity))

    def keep(self, identity: object, content: Content, cache: KVCache) -> None:
        """Hand a cache back, with what it holds from the start; a token more or less on either side does no harm."""
        cache.truncate(min(cache.length, len(content)))
        if not cache.length or cache.nbytes > self.max_bytes:
            return
        with self._lock:
            self._kept.append(_Kept(identity, content[: cache.length], cache))
            while self.nbytes > self.max_bytes:
                self._kept.pop(0)

    def clear(self) -> None:
        """Forget everything but the counters."""
        with self._lock:
            self._kept.clear()


def shared_length(a: Content, b: Content) -> int:
    """Count the positions that are equal from the start."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


@torch.inference_mode()
def copy_start(source: KVCache, length: int, target: KVCache) -> KVCache:
    """Copy the first `length` tokens to an empty cache, and give it."""
    for held, fresh in zip(source.layers, target.layers, strict=True):
        for old, new in zip(held, fresh, strict=True):
            new[..., :length, :] = old[..., :length, :]
    target.advance(length)
    return target
