"""Measure what recording costs: time and disk a step at 1920x1080; opening, going through the frames, replaying.

    python tools/bench/recording.py [--steps 300]

A scripted planner clicks around on a synthetic screen, through the policy door, into a dry run. A window of text changes
in one line each step, or in a third of its pixels. The same steps run with a recorder and without one, in turns; what
recording adds is the difference of the medians. A step waits 0.05 s for the screen, as settling does; that wait is
taken out of the figures, and the encoder works in it.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from hardware import hardware
from vl2agent.actions import Done
from vl2agent.agent import Agent
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.geometry import Display, ScreenBox, ScreenPoint, Size
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.limits import Limits
from vl2agent.readings import ReadingPerception
from vl2agent.recording.packing import pack
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.replay.verify import verify
from vl2agent.steps import ClickIntent, Element, Frame, Memory, Plan, Settled, Step, Target

SIZE = Size(1920, 1080)
SETTLE_S = 0.05
ROUNDS = 3
"""Times that runs with and without a recorder take turns."""


class Desk:
    """A screen with windows full of text, of which a part changes between two looks.

    Args:
        share: of the screen's height that changes.
    """

    def __init__(self, share: float) -> None:
        self.size, self.displays = SIZE, (Display("desk", ScreenBox(0, 0, SIZE.width_px, SIZE.height_px)),)
        self.waited_s, self.worked_s, self._looks = 0.0, 0.0, itertools.count()
        self._picture, self._height = desktop(), max(24, round(share * SIZE.height_px))

    def grab(self) -> Frame:
        """Show what there is."""
        return Frame.from_image(self._picture)

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Change a part, wait, and show it."""
        began_s, worked_s = time.perf_counter(), time.thread_time()
        look = next(self._looks)
        pen = ImageDraw.Draw(self._picture)
        top, right = 100 + look % 20 * 24, SIZE.width_px if self._height > 24 else 700
        for row in range(0, self._height, 24):
            y = (top + row) % (SIZE.height_px - 24)
            pen.rectangle((120, y, right, y + 23), fill="white")
            pen.text((124, y + 4), line(look * 7 + row, right // 9), "black", _FONT)
        frame = self.grab()
        time.sleep(SETTLE_S)
        self.waited_s += time.perf_counter() - began_s
        self.worked_s += time.thread_time() - worked_s
        return Settled(frame, "settled", SETTLE_S)


class Clicks:
    """A planner that clicks so many times; it costs nothing."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def check(self, goal: str) -> None:
        """Take any goal."""

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Click on, then stop."""
        done = len(memory.steps)
        return Plan(intent=ClickIntent(target=f"place {done}") if done < self._steps else Done())


class Knows(ReadingPerception):
    """The perception that knows where; it costs nothing, and tells what it was asked."""

    def _locate(self, words: str, frame: Frame) -> Target:
        point = ScreenPoint(10 + 10 * (int(words.split()[1]) % 120), 10)  # apart: else it is a repetition
        return Target(words=words, box=ScreenBox(5, 5, 1280, 20), point=point, confidence=1.0)

    def _find(self, words: str, frame: Frame) -> Sequence[Target]:
        return [self._locate(words, frame)]

    def _elements(self, frame: Frame) -> Sequence[Element]:
        return ()

    def _text_in(self, box: ScreenBox, frame: Frame) -> str:
        return ""


_FONT = ImageFont.load_default(14)


def line(seed: int, length: int) -> str:
    """Make up a line of text."""
    words = [
        "the",
        "quick",
        "brown",
        "fox",
        "jumps",
        "over",
        "a",
        "lazy",
        "dog",
        "while",
        "nobody",
        "at",
        "all",
        "is",
        "watching",
        "from",
        "the",
        "window",
    ]
    return " ".join(words[(seed * 5 + number * 3) % len(words)] for number in range(length // 5))


def desktop() -> Image.Image:
    """Draw a wallpaper, and windows of text on it."""
    picture = Image.linear_gradient("L").resize((SIZE.width_px, SIZE.height_px)).convert("RGB")
    picture = Image.blend(picture, Image.new("RGB", picture.size, "#2080c0"), 0.7)
    pen = ImageDraw.Draw(picture)
    for left, top in ((100, 60), (900, 200), (500, 480)):
        pen.rectangle((left, top, left + 800, top + 500), fill="white", outline="black")
        for row in range(20):
            pen.text((left + 20, top + 20 + row * 23), line(left + row, 85), "black", _FONT)
    return picture


def run(steps: int, share: float, folder: Path | None) -> list[tuple[float, float]]:
    """Run so many steps; return the milliseconds that each took, on the wall and of this thread's processor time."""
    desk, clicks = Desk(share), Clicks(steps)
    stamps: list[tuple[float, float]] = []

    def stamp(step: Step, frame: Frame) -> None:
        stamps.append((time.perf_counter() - desk.waited_s, time.thread_time() - desk.worked_s))

    agent = Agent(
        desk,
        DryRunExecutor(),
        perception=Knows(),
        planner=clicks,
        recorder=Recorder(folder) if folder else None,
        hooks=Hooks(after_action=stamp),
        limits=Limits(max_steps=steps + 1),
    )
    agent.run("click around")
    return [(1000 * (end[0] - begin[0]), 1000 * (end[1] - begin[1])) for begin, end in itertools.pairwise(stamps[:-1])]


def measure(name: str, share: float, steps: int, folder: Path) -> tuple[str, ...]:
    """Return a row of the table; the last recording stays in the folder."""
    bare, recorded = list[tuple[float, float]](), list[tuple[float, float]]()
    for number in range(ROUNDS):
        bare += run(steps // ROUNDS, share, None)
        recorded += run(steps // ROUNDS, share, folder / f"{name}-{number}.v2a")
    (without, work_without), (with_it, work) = (
        map(statistics.median, zip(*each, strict=True)) for each in (bare, recorded)
    )
    p95 = sorted(wall for wall, _ in recorded)[int(0.95 * len(recorded))] - without
    size = sum(file.stat().st_size for file in (folder / f"{name}-{ROUNDS - 1}.v2a").rglob("*") if file.is_file())
    kilobytes = size / 1000 / (steps // ROUNDS)
    figures = (with_it - without, p95, work - work_without, without, with_it / without, kilobytes)
    return name, *(f"{figure:.1f}" for figure in figures)


def reading(path: Path, steps: int) -> list[tuple[str, str, str]]:
    """Time what a reader does with a recording."""
    rows = []
    for name, work in (
        ("open", lambda: Recording(path)),
        ("open and go through all frames", lambda: deque(Recording(path).frames(), maxlen=1)),
        ("verify: open and replay all of it", lambda: verify(path, planner=Clicks(steps))),
        ("pack", lambda: pack(path, path.with_suffix(".v2a.zip"))),
        ("open packed", lambda: Recording(path.with_suffix(".v2a.zip"))),
    ):
        began_s, worked_s = time.perf_counter(), time.process_time()
        work()
        rows.append((name, f"{time.perf_counter() - began_s:.2f}", f"{time.process_time() - worked_s:.2f}"))
    return rows


def flush_ms(folder: Path) -> float:
    """Time what an intent waits for in any case: one line brought to this disk."""
    times = []
    with (folder / "line").open("ab", buffering=0) as file:
        for _ in range(30):
            file.write(b"x" * 300 + b"\n")
            began_s = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(1000 * (time.perf_counter() - began_s))
            time.sleep(SETTLE_S)
    return statistics.median(times)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=300)
    steps = parser.parse_args().steps
    costs = Table(title=f"recording, a step at {SIZE}")
    for heading in ("picture", "added ms", "p95", "processor", "without ms", "ratio", "KB on disk"):
        costs.add_column(heading, justify="right")
    times = Table(title=f"a recording of {steps} steps")
    for heading in ("to do", "seconds", "of processor time"):
        times.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, share in (("a line changes", 0.0), ("a third changes", 1 / 3)):
            costs.add_row(*measure(name, share, steps, folder))
        costs.caption = f"{hardware()}; flushing a line to this disk: {flush_ms(folder):.1f} ms"
        run(steps, 0.0, folder / "whole.v2a")
        for row in reading(folder / "whole.v2a", steps):
            times.add_row(*row)
    Console().print(costs, times)


if __name__ == "__main__":
    main()
