"""Products of a matrix with one bfloat16 vector at the speed of memory: what a decode step on a CPU consists of.

torch hands bfloat16 products to oneDNN, which reads the weights of a one-row product at half the speed that torch's
own kernel does (docs/decisions/cpu-speed.md). The only way to that kernel is a switch that holds for the whole
process, so it is off no longer than one pass; a pass of another thread meanwhile is slower, and right.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

_lock = threading.Lock()
_passes = 0
_before = True


@contextmanager
def one_row_kernels(x_BTH: Tensor) -> Iterator[None]:
    """Choose torch's own kernels while the pass is of one row, in bfloat16, on a CPU that they are written for."""
    if not _applies(x_BTH):
        yield
        return
    _enter()
    try:
        yield
    finally:
        _leave()


@contextmanager
def many_row_kernels() -> Iterator[None]:
    """Go back to oneDNN for a product within such a pass that has many rows."""
    inside = not torch._C._get_mkldnn_enabled()
    if inside and _passes:
        torch._C._set_mkldnn_enabled(True)
    try:
        yield
    finally:
        if inside and _passes:
            torch._C._set_mkldnn_enabled(False)


def _applies(x_BTH: Tensor) -> bool:
    one_row = x_BTH.numel() == x_BTH.shape[-1]
    return one_row and x_BTH.is_cpu and x_BTH.dtype == torch.bfloat16 and _has_kernels()


def _has_kernels() -> bool:
    return torch.backends.cpu.get_cpu_capability() in ("AVX512", "AVX2")


def _enter() -> None:
    global _passes, _before
    with _lock:
        if _passes == 0:
            _before = torch._C._get_mkldnn_enabled()
            torch._C._set_mkldnn_enabled(False)
        _passes += 1


def _leave() -> None:
    global _passes
    with _lock:
        _passes -= 1
        if _passes == 0:
            torch._C._set_mkldnn_enabled(_before)
