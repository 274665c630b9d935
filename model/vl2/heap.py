"""Memory of the C library's heap on Linux, so that a pass does not ask the system for the same pages again and again.

Buffers of a few megabytes come fresh from the kernel each time by default, and touching them costs more than the
arithmetic done on them: 15 to 20 % of a prefill, more on virtual machines (docs/decisions/cpu-speed.md).
"""

from __future__ import annotations

import ctypes
import sys

KEPT_BYTES = 512 * 2**20
LARGEST_KEPT = 32 * 2**20
"""Larger blocks, such as weights, still go back to the system at once; the C library takes no higher limit."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>


def keep_freed_memory() -> bool:
    """Let the process keep up to 512 MB of freed buffers for the next pass; False where the C library cannot."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it, musl has not
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, LARGEST_KEPT) and mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES))
