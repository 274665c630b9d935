"""Measure the kill switch: from the moment that somebody pulls it until everything is released; in a real sandbox.

    python tools/bench/killswitch.py [--times 8] [--seed 1]

An agent does one thing over and over, written down as always, and is stopped at a random moment by each of the ways
there are. `quiet` is when the last event was sent, releases included (0 where nothing was being sent), `ended` when
the recording is complete and the run has raised `Interrupted`. After each, another connection asks the X server which keys
and buttons are down. Exits with 1 if one is, or if 200 ms were not kept.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hardware import hardware
from vl2agent import Agent, Limits, Recorder, Sandbox
from vl2agent.actions import Action, Key, TypeText, Wait
from vl2agent.errors import Interrupted
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenBox
from vl2agent.policy.killfile import touch
from vl2agent.policy.killswitch import HOT_KEY, KillSwitch
from vl2agent.steps import (
    ClickIntent,
    DragIntent,
    Element,
    Frame,
    Intent,
    Memory,
    MoveIntent,
    Plan,
    Receipt,
    ScrollIntent,
    Target,
)
from vl2agent.xdisplay import connect, disconnect

ALLOWED_MS = 200
VERBS: Mapping[str, Intent] = {
    "click": ClickIntent(target="here"),
    "ctrl+click": ClickIntent(target="here", modifiers=("ctrl",), count=3),
    "type, as keys": TypeText(text="quick brown\tfox " * 1250),
    "type, pasted": TypeText(text="the quick brown fox " * 1000),
    "type, spare keys": TypeText(text="\t" + "".join(map(chr, range(0x4E00, 0x4E00 + 4000)))),
    "key": Key(keys="ctrl+shift+end"),
    "scroll": ScrollIntent(target="here", amount=100),
    "drag": DragIntent(target="here", destination="there"),
    "move": MoveIntent(target="here"),
    "wait": Wait(seconds=60),
}
PLACES = {"here": ScreenBox(380, 300, 420, 340), "there": ScreenBox(680, 420, 720, 460)}


class Forever:
    """A planner that wants the same again and again."""

    def __init__(self, intent: Intent) -> None:
        self._intent = intent

    def check(self, goal: str) -> None:
        """Take any goal."""

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Want it."""
        return Plan(intent=self._intent)


class Known:
    """A perception that knows two places."""

    def locate(self, words: str, frame: Frame) -> Target:
        """Name it."""
        return Target(words=words, box=PLACES[words], point=PLACES[words].center, confidence=1.0)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Name it."""
        return (self.locate(words, frame),)

    def elements(self, frame: Frame) -> Sequence[Element]:
        """Know nothing else."""
        return ()

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read nothing."""
        return ""


class Timed(X11Executor):
    """Knows when it sent something last, releases included."""

    quiet_since_s = 0.0

    def perform(self, action: Action) -> Receipt:
        """Do it, and note when that was over, whatever came of it."""
        try:
            return super().perform(action)
        finally:
            self.quiet_since_s = time.monotonic()


class Other:
    """Somebody else at the same X server: pushes, presses, looks what is down."""

    def __init__(self, display: str) -> None:
        self._x = connect(display)

    def push_to_corner(self, over: Callable[[], bool]) -> None:
        """Push until it is noticed, as a person would, against whoever moves the pointer away."""
        from Xlib import X
        from Xlib.ext import xtest

        while not over():
            xtest.fake_input(self._x, X.MotionNotify, x=0, y=0)
            self._x.sync()
            time.sleep(0.005)

    def press(self, keys: str, over: Callable[[], bool]) -> None:
        """Press a chord, again where whoever else works on the keyboard lets go of a part of it."""
        from Xlib import XK, X
        from Xlib.ext import xtest

        names = {"ctrl": "Control_L", "alt": "Alt_L", "escape": "Escape"}
        codes = [self._x.keysym_to_keycode(XK.string_to_keysym(names[key])) for key in keys.split("+")]
        while not over():
            for event, order in ((X.KeyPress, codes), (X.KeyRelease, codes[::-1])):
                for code in order:
                    xtest.fake_input(self._x, event, code)
                self._x.sync()
                time.sleep(0.04)

    def held(self) -> list[str]:
        """List what is down."""
        buttons = int(self._x.screen().root.query_pointer().mask) >> 8
        keys = self._x.query_keymap()
        down = [f"key {code}" for code in range(256) if keys[code // 8] >> code % 8 & 1]
        return down + [f"button {number + 1}" for number in range(5) if buttons >> number & 1]

    def park(self) -> None:
        """Put the pointer to the middle."""
        self._x.screen().root.warp_pointer(640, 400)
        self._x.sync()

    def close(self) -> None:
        """Leave."""
        disconnect(self._x)


@dataclass(frozen=True)
class Stopped:
    """One run: milliseconds until released, until over, and what was still down then."""

    quiet_ms: float
    ended_ms: float
    held: list[str]


def stop_once(desktop: Sandbox, other: Other, folder: Path, intent: Intent, way: str, delay_s: float) -> Stopped:
    """Start a run, stop it after a while in one way, and look."""
    other.park()
    file = folder / "stop"
    with Timed(desktop.display) as executor:
        recorder = Recorder(Path(tempfile.mkdtemp(dir=folder)) / "run.v2a")
        limits = Limits(max_steps=10**6, max_repeats=10**6)
        agent = Agent(
            desktop.screen, executor, perception=Known(), planner=Forever(intent), recorder=recorder, limits=limits
        )
        with KillSwitch(display=desktop.display, put=lambda: executor.put_at, file=file) as switch:
            switch.stops(agent.cancel)
            ended: list[float] = []
            thread = threading.Thread(target=_run, args=(agent, ended))
            thread.start()
            time.sleep(delay_s)

            def over() -> bool:
                return bool(switch.by or ended)

            ways: dict[str, Callable[[], None]] = {
                "pull": switch.pull,
                "file": lambda: touch(file),
                "hot key": lambda: other.press(HOT_KEY, over),
                "corner": lambda: other.push_to_corner(over),
            }
            began_s = time.monotonic()
            ways[way]()
            thread.join()
        held = other.held()
    return Stopped(max(0.0, executor.quiet_since_s - began_s) * 1000, (ended[0] - began_s) * 1000, held)


def _run(agent: Agent, ended: list[float]) -> None:
    try:
        agent.run("go on")
    except Interrupted:
        ended.append(time.monotonic())


def main() -> int:
    """Stop every verb in every way, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seeded, console = random.Random(options.seed), Console()
    table = Table("verb", "quiet p50", "quiet max", "ended p50", "ended max", "still down", title=hardware())
    found: list[Stopped] = []
    with Sandbox(apps=["mousepad"]) as desktop, tempfile.TemporaryDirectory() as folder:
        other = Other(desktop.display)
        desktop.settled(10.0)
        for verb, intent in VERBS.items():
            ways = itertools.islice(itertools.cycle(("pull", "file", "hot key", "corner")), options.times)
            runs = [stop_once(desktop, other, Path(folder), intent, way, seeded.uniform(0.3, 1.3)) for way in ways]
            found += runs
            table.add_row(verb, *_row(runs))
        other.close()
    table.add_row("all", *_row(found), style="bold")
    console.print(table)
    worst_ms = max(run.quiet_ms for run in found)
    return int(worst_ms > ALLOWED_MS or any(run.held for run in found))


def _row(runs: Sequence[Stopped]) -> list[str]:
    times = ([run.quiet_ms for run in runs], [run.ended_ms for run in runs])
    figures = [f"{of(each):.0f} ms" for each in times for of in (statistics.median, max)]
    return [*figures, ", ".join(itertools.chain.from_iterable(run.held for run in runs)) or "nothing"]


if __name__ == "__main__":
    sys.exit(main())
