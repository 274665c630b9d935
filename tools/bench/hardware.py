"""One line about the machine, to stand above every table of figures."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path


def hardware() -> str:
    """Return processor, cores that may be used, load, system, Python and date."""
    cpuinfo = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in _lines(cpuinfo) if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return (
        f"{names[0] if names else platform.processor()}, {cores} cores, load {load}; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}; {today}"
    )


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
