"""Transformers' cache, as the decoder sees it."""

from __future__ import annotations

from torch import Tensor
from transformers import Cache

from vl2.cache import KVCache


class TransformersCache(KVCache):
    """Keeps keys and values in a `Cache` of transformers, so that its beam search and its cropping work.

    Latent attention holds one tensor a layer. It goes where the keys go, as those of a single head, beside values of
    width zero.
    """

    def __init__(self, cache: Cache) -> None:
        self.cache, self.length = cache, int(cache.get_seq_length())

    def append(self, layer: int, *new: Tensor) -> tuple[Tensor, ...]:
        """Put the new tokens of one layer behind those held; return everything held."""
        if len(new) == 2:
            keys, values = self.cache.update(new[0], new[1], layer)
            return keys, values
        single_head = new[0][:, None]
        keys, _ = self.cache.update(single_head, single_head[..., :0], layer)
        return (keys[:, 0],)
