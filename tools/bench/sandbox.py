"""How long a sandbox takes to start and to end, and what it costs; medians of five.

.venv/bin/python tools/bench/sandbox.py
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from vl2agent.sandbox.desktop import Sandbox

RUNS = 5
GOAL_START_S = 2.5
GOAL_END_S = 2.0
SIZES = ((1280, 800), (1920, 1080))


def main() -> None:
    """Print one line for each screen size."""
    print(f"median of {RUNS} runs; goals: start {GOAL_START_S} s, end {GOAL_END_S} s")
    for size in SIZES:
        starts, ends, memory = zip(*(measure(size) for _ in range(RUNS)), strict=True)
        start, end = statistics.median(starts), statistics.median(ends)
        print(
            f"{size[0]}x{size[1]}: start {start:.2f} s ({start / GOAL_START_S:.2f} of the goal), "
            f"end {end:.2f} s ({end / GOAL_END_S:.2f} of the goal), {statistics.median(memory):.0f} MB"
        )


def measure(size: tuple[int, int]) -> tuple[float, float, float]:
    """Start and end one sandbox; return seconds to a drawn desktop, seconds to its end, and its memory in MB."""
    began = time.perf_counter()
    with Sandbox(size) as desktop:
        started = time.perf_counter()
        memory = sum(_memory_mb(pid) for pid in _family(desktop.entry.pid))
        left = time.perf_counter()
    return started - began, time.perf_counter() - left, memory


def _family(root: int) -> list[int]:
    found = [root]
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
    return found


def _memory_mb(pid: int) -> float:
    """Return a process's share of memory (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
