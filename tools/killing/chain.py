"""One goal, its run killed again and again and gone on with each time, until it is reached."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from killing.goals import Goal
from killing.truth import Presses, acknowledged, presses_of
from vl2agent.actions import Drag, TypeText
from vl2agent.errors import NotResumable, RecordingError
from vl2agent.loop.past import Past
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import EVENTS, Intended
from vl2agent.sandbox.desktop import Sandbox

Aim: TypeAlias = Literal["any time", "the effect"]

RUN_S = 90.0
"""No run takes so long."""
BEFORE = 0.3
"""The share of kills at an effect that come between the intent and the first event."""
BEGIN_S = 0.5
EFFECT_S = 0.25
"""How long after its first event an effect is killed at the latest: in a drag, between two bursts of typing, after it."""
RELEASED_S = 2.0
FORGETFUL = (
    "from vl2agent.executor.x11 import X11Executor; X11Executor.next_mark = lambda self: ''; "
    "from vl2agent.cli.main import main; main()"
)
"""The same program on a display that remembers nothing: then the picture must tell, or a person."""
ASSUMED = {True: "happened", False: "did-not-happen"}


@dataclass
class Kill:
    """One kill, and what was found.

    Args:
        goal: its name.
        aim: what it was aimed at.
        found: what the recording says of the step at work.
        released_s: until nothing was held down any more.
        problem: what is wrong, or "".
    """

    goal: str
    aim: Aim
    found: str
    released_s: float
    problem: str


class PartTyped(Exception):
    """A part of a text was typed, and what is there cannot be read: a person would have to say."""


@dataclass
class Measured:
    """A run that nobody killed: how long it works, and how many effects it has."""

    seconds: float
    intents: int


@dataclass
class Chain:
    """One goal from the beginning to the end.

    Args:
        goal: what is to be reached.
        desktop: where.
        path: the recording.
        chance: chooses the moments.
        forgetful: the display does not tell how far an action came.
        kills: those that happened.
        asked: how often nobody could tell, and the truth was told.
        left: a part of a text is there that only a person at a terminal could have named.
        problem: what is wrong at the end, or "".
    """

    goal: Goal
    desktop: Sandbox
    path: Path
    chance: random.Random
    forgetful: bool = False
    kills: list[Kill] = field(default_factory=list)
    asked: int = 0
    left: bool = False
    problem: str = ""

    def work(self, moments: Sequence[tuple[Aim, float]]) -> None:
        """Run the goal, killed at each moment: seconds after it began to work, or a number of effects."""
        self.goal.prepare(self.desktop)
        self._presses = Presses(self.desktop.display)
        try:
            self._begin = self._presses.count
            self._slack = 0
            process = self._start()
            for aim, moment in moments:
                process = self._until(process, aim, moment)
                if process.poll() is not None:
                    break
                process.send_signal(signal.SIGKILL)
                process.wait()
                self.kills.append(self._look(aim))
                process = self._start()
            self._finish(process)
        except PartTyped:
            self.left = True
        finally:
            self._presses.close()

    # --- processes ---------------------------------------------------------------------------------------------

    def _start(self, *options: str) -> subprocess.Popen[bytes]:
        """Begin, or go on where there is something to go on with."""
        what = ["--resume", str(self.path), *options]
        if not self.path.exists():
            what = [self.goal.say, "--record", str(self.path), "--sandbox", self.desktop.entry.name]
        self._lines = self._events()
        program = ["-c", FORGETFUL] if self.forgetful else ["-m", "vl2agent"]
        command = [sys.executable, *program, "run", *what, "--json"]
        log = self.path.with_suffix(".log").open("wb")
        with log:
            return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def _until(self, process: subprocess.Popen[bytes], aim: Aim, moment: float) -> subprocess.Popen[bytes]:
        """Wait for the moment; where nobody can tell what was done, tell it and go on."""
        while True:
            if self._reached(process, aim, moment) or process.wait() != 4 or not self._is_unknown():
                return process
            process = self._tell_truth()

    def _reached(self, process: subprocess.Popen[bytes], aim: Aim, moment: float) -> bool:
        """Wait for the moment; False when the process ended before."""
        deadline_s = time.monotonic() + RUN_S
        works_s: float | None = None
        while process.poll() is None and time.monotonic() < deadline_s:
            now_s = time.monotonic()
            if works_s is None and self._events() > self._lines:
                works_s = now_s
            if aim == "any time" and works_s is not None and now_s - works_s >= moment:
                return True
            if aim == "the effect" and self._intents_since() > moment:
                self._wait_for_effect()
                return True
            time.sleep(0.0005)
        return False

    def _wait_for_effect(self) -> None:
        """Of an intent that was just written: stay before the effect, or wait for its first event, and a little more."""
        if self.chance.random() < BEFORE:
            return time.sleep(self.chance.random() * 0.004)
        before, deadline_s = self._presses.mark, time.monotonic() + BEGIN_S
        while self._presses.mark == before and time.monotonic() < deadline_s:
            time.sleep(0.0002)
        return time.sleep(self.chance.choice((0.0, 0.002, 0.02, EFFECT_S)) * self.chance.random())

    def _events(self) -> int:
        try:
            return (self.path / EVENTS).stat().st_size
        except OSError:
            return 0

    def _intents_since(self) -> int:
        try:
            with (self.path / EVENTS).open("rb") as events:
                events.seek(self._lines)
                return events.read().count(b'"type":"intent"')
        except OSError:
            return 0

    # --- looking -----------------------------------------------------------------------------------------------

    def _look(self, aim: Aim) -> Kill:
        """Compare what the recording says with what the X server saw."""
        began_s, held = time.monotonic(), "?"
        while held and time.monotonic() - began_s < RELEASED_S:
            held = self._presses.held
        released_s = time.monotonic() - began_s
        problems = [f"still down: {held}"] if held else []
        found = "nothing was written yet"
        if self.path.exists():
            try:
                recording = Recording(self.path)
                found, lies = self._compared(recording)
                problems += lies
            except RecordingError as error:
                problems.append(f"it does not open: {error}")
        if held := self._presses.held:
            problems.append(f"down again: {held}")
        return Kill(self.goal.name, aim, found, released_s, "; ".join(problems))

    def _compared(self, recording: Recording) -> tuple[str, list[str]]:
        said, done = acknowledged(recording), self._presses.count - self._begin - self._slack
        try:
            unfinished = Past(self.path).unfinished
        except NotResumable:
            unfinished = None
        open_end = 0
        if unfinished and unfinished.intent and not unfinished.receipt and unfinished.ground:
            open_end = presses_of(unfinished.ground.action)
        lies = [] if said <= done <= said + open_end else [f"{said} presses told, {open_end} uncertain, {done} seen"]
        if recording.end is None and not recording.certainty():
            lies.append("it says that all is certain")
        if len(recording.uncertain) > 1:
            lies.append(f"{len(recording.uncertain)} effects are uncertain")
        return _state(recording, unfinished), lies

    def _is_unknown(self) -> bool:
        return b"DeliveryUnknown" in self.path.with_suffix(".log").read_bytes()

    def _tell_truth(self) -> subprocess.Popen[bytes]:
        """Answer from what the X server saw."""
        self.asked += 1
        unfinished = Past(self.path).unfinished
        assert unfinished is not None
        assert unfinished.intent is not None
        action = unfinished.intent.action
        part = self._presses.count - self._begin - self._slack - acknowledged(Recording(self.path))
        happened = part >= presses_of(action)
        if isinstance(action, TypeText) and part and not happened:
            raise PartTyped
        if isinstance(action, Drag):
            happened = self._presses.pointer() == (action.end.x, action.end.y)
        self._slack += 0 if happened else part
        return self._start("--assume", ASSUMED[happened])

    def _finish(self, process: subprocess.Popen[bytes]) -> None:
        """Let it reach the goal, and see that nothing was done twice."""
        process = self._until(process, "any time", RUN_S)
        log = self.path.with_suffix(".log").read_text()
        if process.returncode not in (0, 10):
            said = json.loads(log)["message"] if log.startswith("{") else log[-300:]
            self.problem = f"exit code {process.returncode}: {said}"
            return
        recording = Recording(self.path)
        self.problem = self.goal.problem(self.desktop)
        if recording.end is None or not recording.end.ok:
            self.problem = self.problem or "the recording does not say that the goal was reached"
        said, done = acknowledged(recording), self._presses.count - self._begin - self._slack
        if said != done:
            self.problem = self.problem or f"{said} presses in the recording, {done} seen"


def measured(goal: Goal, desktop: Sandbox, path: Path) -> tuple[Measured, str]:
    """Run the goal once without killing it; return what it takes, and what is wrong, or ""."""
    chain = Chain(goal, desktop, path, random.Random(0))
    chain.work([])
    if not path.exists():
        return Measured(1.0, 1), chain.problem or "nothing was recorded"
    events = Recording(path).events
    intents = sum(isinstance(event, Intended) for event in events)
    return Measured(events[-1].mono_s - events[0].mono_s, intents), chain.problem


def _state(recording: Recording, unfinished: object) -> str:
    from vl2agent.loop.past import Unfinished

    if recording.end:
        return "the end was written"
    if not isinstance(unfinished, Unfinished):
        return "between two steps"
    if unfinished.receipt:
        return "performed, not looked at"
    return "about to be performed" if unfinished.intent else "planned"


def environment() -> None:
    """Have the killed processes compute with one thread each."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
