"""Features of tiles already seen, so that a screen that changed in part is encoded in part.

A tile is known by the bytes of its pixels, so nothing is ever taken for something else. Screens repeat: an unchanged
frame costs no encode, and k changed tiles cost k + 1, since the global view changes with any of them.

Shapes: N tiles, S side in pixels, Q tokens of a tile, H model width.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from vl2.model import VL2Model

Tiles = NDArray[np.uint8]
Check = Callable[[], None]


@dataclass(slots=True)
class TileCounters:
    """What the cache did. Equal tiles within one frame are one miss and otherwise hits."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0


class TileCache:
    """Remembers features, and forgets the least recently used.

    A change of the weights is noticed, one made behind autograd's back (through `.data`) is not: call `clear` then.

    Args:
        max_bytes: room for features, on the model's device. One tile of tiny takes 0.5 MB in bfloat16.
    """

    def __init__(self, max_bytes: int = 256 * 2**20) -> None:
        self.max_bytes, self.nbytes, self.counters = max_bytes, 0, TileCounters()
        self._held: OrderedDict[tuple[object, bytes], Tensor] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def features(
        self, model: VL2Model, tiles_N3SS: Tiles, names: Sequence[bytes] | None = None, check: Check | None = None
    ) -> Tensor:
        """Give features_NQH of uint8 tiles, encoding the ones not known.

        Args:
            names: of the tiles, where `tile_keys` has been asked already.
            check: see `encode`.
        """
        identity = weights_identity(model)
        keys = [(identity, name) for name in names or tile_keys(tiles_N3SS)]
        known = self._known(keys)
        missing = {key: n for n, key in enumerate(keys) if key not in known}
        encoded = encode(model, tiles_N3SS[list(missing.values())], check)
        for key, features_QH in zip(missing, encoded, strict=True):
            known[key] = features_QH
            self._keep(key, features_QH)  # at once: what a cancelled frame has encoded is not lost
        self.counters.hits += len(keys) - len(missing)
        return torch.stack([known[key] for key in keys])

    def clear(self) -> None:
        """Forget everything but the counters."""
        with self._lock:
            self._held.clear()
            self.nbytes = 0

    def _known(self, keys: Sequence[tuple[object, bytes]]) -> dict[tuple[object, bytes], Tensor]:
        with self._lock:
            for key in keys:
                if key in self._held:
                    self._held.move_to_end(key)
            return {key: self._held[key] for key in keys if key in self._held}

    def _keep(self, key: tuple[object, bytes], features_QH: Tensor) -> None:
        with self._lock:
            self.counters.misses += 1
            if key in self._held or features_QH.nbytes > self.max_bytes:
                return
            self._held[key] = features_QH
            self.nbytes += features_QH.nbytes
            while self.nbytes > self.max_bytes:
                _, old_QH = self._held.popitem(last=False)
                self.nbytes -= old_QH.nbytes
                self.counters.evictions += 1


@torch.inference_mode()
def encode(model: VL2Model, tiles_N3SS: Tiles, check: Check | None = None) -> Iterator[Tensor]:
    """Encode uint8 tiles, each alone: features_QH one after another.

    In a pass of several, the last bits of a tile's features depend on its place among them: kernels divide their work
    by rows. What is remembered would then differ from what would be computed.

    Args:
        check: called before each pass; raises to stop.
    """
    for tile_3SS in tiles_N3SS:
        if check is not None:
            check()
        yield model.encode(model.normalise(torch.tensor(tile_3SS[None])))[0]


def tile_keys(tiles_N3SS: Tiles) -> list[bytes]:
    """Name each tile by its content."""
    return [blake2b(np.ascontiguousarray(tile).data, digest_size=32).digest() for tile in tiles_N3SS]


_serials: weakref.WeakKeyDictionary[VL2Model, int] = weakref.WeakKeyDictionary()
_next_serial = count()


def weights_identity(model: VL2Model) -> object:
    """Give a value that is equal as long as the model and its weights are the same, and costs next to nothing."""
    serial = _serials.setdefault(model, next(_next_serial))  # an id() may come back for another model
    versions = tuple((id(p), 0 if p.is_inference() else p._version) for p in model.parameters())
    return serial, model.dtype, str(model.device), hash(versions)
