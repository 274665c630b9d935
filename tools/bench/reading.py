"""Measure reading a real desktop: for the first time, unchanged, and after a small change.

    python tools/bench/reading.py

Prints medians of one run, on a sandbox with a window full of text.
"""

from __future__ import annotations

import statistics
import time

from rich.console import Console
from rich.table import Table

from hardware import hardware
from vl2agent.actions import TypeText
from vl2agent.perception.embedded import OcrPerception
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Frame

RUNS = 5
SIZES = ((1280, 800), (1920, 1080))


def seconds(perception: OcrPerception, frame: Frame) -> float:
    """Time one reading of everything on a frame."""
    began_s = time.perf_counter()
    perception.elements(frame)
    return time.perf_counter() - began_s


def measure(size: tuple[int, int]) -> list[float]:
    """Return the medians: first reading, the same frame again, a word more in an editor."""
    first, again, changed = [], [], []
    with Sandbox(size, apps=["xfce4-settings-manager", "mousepad"]) as desktop:
        time.sleep(3)  # both applications are there
        seconds(OcrPerception(), desktop.grab())  # the networks are loaded
        for run in range(RUNS):
            perception, frame = OcrPerception(), desktop.settled().frame
            first.append(seconds(perception, frame))
            again.append(seconds(perception, frame))
            desktop.perform(TypeText(text=f"word {run} "))
            changed.append(seconds(perception, desktop.settled().frame))
    return [statistics.median(taken) for taken in (first, again, changed)]


def main() -> None:
    """Print the table."""
    table = Table("screen", "first time", "unchanged", "a word more")
    for size in SIZES:
        table.add_row(f"{size[0]}x{size[1]}", *(f"{taken:.3f}" for taken in measure(size)))
    console = Console()
    console.print(hardware())
    console.print(table)
    console.print(f"Seconds, medians of {RUNS}.")


if __name__ == "__main__":
    main()
