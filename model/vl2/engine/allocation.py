"""Running out of memory as a typed error, on every device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from vl2.cache import KVCache
from vl2.checkpoint.memory import require_memory
from vl2.errors import OutOfMemory, VL2Error

if TYPE_CHECKING:
    from vl2.model import VL2Model

_HINT = "ask for fewer max_new_tokens, smaller batches or prefill chunks, or fewer pictures"
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def new_cache(model: VL2Model, capacity: int, batch: int = 1) -> KVCache:
    """Allocate keys and values.

    Raises:
        OutOfMemory: they do not fit.
    """
    language, what = model.config.language, f"the cache of {batch} x {capacity} tokens"
    needed = language.cached_values_per_token * language.num_hidden_layers * capacity * batch * model.dtype.itemsize
    require_memory(what, needed, model.device, _HINT)
    with memory_errors(what), torch.inference_mode():
        return model.new_cache(capacity, batch)


@contextmanager
def memory_errors(what: str, hint: str = _HINT) -> Iterator[None]:
    """Name what did not fit where torch or Python say only that something did not.

    Raises:
        OutOfMemory: in place of torch's own errors; the CPU's is a plain RuntimeError.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        memory = isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)
        if isinstance(error, VL2Error) or not memory:
            raise
        raise OutOfMemory(what, _asked_bytes(str(error)), None, hint) from error


def _asked_bytes(message: str) -> int:
    found = re.search(r"tried to allocate ([\d.]+) (bytes|KiB|MiB|GiB)", message, re.IGNORECASE)
    return int(float(found[1]) * _UNITS[found[2]]) if found else 0
