"""Measure what the loop itself costs a step: everything but seeing, planning and waiting for the screen to settle.

    python tools/bench/loop.py [--steps 60]
    python tools/bench/loop.py --model [DIR] --steps 1000      the whole loop on a model instead (model_loop.py)

A scripted planner clicks around on a real X server, through the policy door, into a dry run, with the recorder
writing to disk (events flushed before and after each effect, pictures encoded beside the loop). The screen either
stands still or changes in a third of its pixels each step. A step waits 0.1 s for the screen, as settling does; that
wait is taken out of the figures. What is left is one grab, the comparison of two frames, the door, and the recording.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table
from Xlib.display import Display as XDisplay

from hardware import hardware
from vl2agent.actions import Done
from vl2agent.agent import Agent
from vl2agent.capture.desktop import DesktopScreen
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.geometry import Display, ScreenBox, ScreenPoint, Size
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.limits import Limits
from vl2agent.recording.writer import Recorder
from vl2agent.steps import ClickIntent, Element, Frame, Memory, Plan, Settled, Target
from xserver import xvfb

SIZES = ((1280, 800), (1920, 1080), (2560, 1440))
SETTLE_S = 0.1
CLOCKS = (time.perf_counter, time.thread_time)


class Stopwatch:
    """Wall clock and this thread's processor time, both without what is left out."""

    def __init__(self) -> None:
        self._out = [0.0, 0.0]

    def read(self) -> list[float]:
        """Return seconds on both clocks."""
        return [clock() - out for clock, out in zip(CLOCKS, self._out, strict=True)]

    @contextmanager
    def leaving_out(self) -> Iterator[None]:
        """Stop both clocks meanwhile."""
        began = self.read()
        yield
        self._out = [out + now - then for out, now, then in zip(self._out, self.read(), began, strict=True)]


class Paced:
    """The real screen, with a fixed wait, left out of the figures, where settling would watch it."""

    def __init__(self, screen: DesktopScreen, watch: Stopwatch) -> None:
        self._screen, self._watch = screen, watch

    @property
    def size(self) -> Size:
        """The real one's."""
        return self._screen.size

    @property
    def displays(self) -> tuple[Display, ...]:
        """The real one's."""
        return self._screen.displays

    def grab(self) -> Frame:
        """Take a picture."""
        return self._screen.grab()

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Wait, then take a picture."""
        with self._watch.leaving_out():
            time.sleep(SETTLE_S)
        return Settled(self.grab(), "settled", SETTLE_S)


class Clicks:
    """A planner that clicks so many times, and the perception that knows where; both cost nothing."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def check(self, goal: str) -> None:
        """Take any goal."""

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Click on, then stop."""
        done = len(memory.steps)
        return Plan(intent=ClickIntent(target=f"place {done}") if done < self._steps else Done())

    def locate(self, words: str, frame: Frame) -> Target:
        """Know the place."""
        point = ScreenPoint(10 + 10 * (int(words.split()[1]) % 120), 10)  # apart: else it is a repetition
        return Target(words=words, box=ScreenBox(5, 5, 1280, 20), point=point, confidence=1.0)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Know the place."""
        return [self.locate(words, frame)]

    def elements(self, frame: Frame) -> Sequence[Element]:
        """See nothing."""
        return ()

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read nothing."""
        return ""


def measure(display: str, steps: int, *, changing: bool, recorded: bool) -> tuple[float, float, float]:
    """Return milliseconds a step: median, 95th percentile, and median of the processor time."""
    x = XDisplay(display)
    root = x.screen().root
    brush, watch = root.create_gc(), Stopwatch()
    stamps: list[list[float]] = []
    with DesktopScreen(display) as real, tempfile.TemporaryDirectory() as folder:
        screen, clicks = Paced(real, watch), Clicks(steps)

        def paint(memory: Memory, frame: Frame) -> None:
            """Change a third of the screen before each step; not part of the step's figure."""
            with watch.leaving_out():
                if changing:
                    brush.change(foreground=0x123456 * (len(memory.steps) + 1) % 0xFFFFFF)
                    root.fill_rectangle(brush, 0, 0, screen.size.width_px, screen.size.height_px // 3)
                    x.sync()

        agent = Agent(
            screen,
            DryRunExecutor(),
            perception=clicks,
            planner=clicks,
            recorder=Recorder(Path(folder) / "run.v2a") if recorded else None,
            hooks=Hooks(before_plan=paint, after_action=lambda step, frame: stamps.append(watch.read())),
            limits=Limits(max_steps=steps + 1),
        )
        agent.run("click around")
    x.close()
    wall, work = (_differences([stamp[clock] for stamp in stamps[:-1]]) for clock in (0, 1))
    return statistics.median(wall), wall[int(len(wall) * 0.95)], statistics.median(work)


def _differences(stamps: list[float]) -> list[float]:
    return sorted(1000 * (end - begin) for begin, end in pairwise(stamps))


def main() -> None:
    """Measure each size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--model", nargs="?", const="", help="a checkpoint; small random weights if none is named")
    options = parser.parse_args()
    if options.model is not None:
        from model_loop import on_a_model

        Console().print(on_a_model(options.model, options.steps))
        return
    steps = options.steps
    table = Table(title="loop overhead a step (ms), without perception and settling", caption=hardware())
    for heading in ("screen", "picture", "median", "p95", "processor", "median, nothing recorded"):
        table.add_column(heading, justify="right")
    for size in SIZES:
        with xvfb(size) as display:
            for changing in (False, True):
                *recorded, work = measure(display, steps, changing=changing, recorded=True)
                bare, *_ = measure(display, steps, changing=changing, recorded=False)
                name = f"{size[0]}x{size[1]}"
                figures = (f"{ms:.1f}" for ms in (*recorded, work, bare))
                table.add_row(name, "changes" if changing else "still", *figures)
    Console().print(table)


if __name__ == "__main__":
    main()
