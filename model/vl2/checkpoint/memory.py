"""How much memory is free, asked before gigabytes are allocated."""

from __future__ import annotations

from pathlib import Path

import torch

from vl2.errors import OutOfMemory


def available_bytes(device: torch.device) -> int | None:
    """Bytes that can be allocated on a device; None where nothing says so."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu":
        return None
    known = [free for free in (_machine(), _container()) if free is not None]
    return min(known, default=None)


def require_memory(what: str, needed_bytes: int, device: torch.device, hint: str) -> None:
    """Refuse what cannot fit.

    Raises:
        OutOfMemory: less is free.
    """
    available = available_bytes(device)
    if available is not None and needed_bytes > available:
        raise OutOfMemory(f"{what} on {device}", needed_bytes, available, hint)


def _machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kib = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return None if kib is None else int(kib) * 1024


def _container(group: Path = Path("/sys/fs/cgroup")) -> int | None:
    """What the limit of the control group leaves; the page cache counts as free."""
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        stats = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return None
    return None if limit == "max" else max(int(limit) - used + int(stats.get("inactive_file", 0)), 0)
