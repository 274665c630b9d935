"""The person at the terminal: approves actions, having seen where they go, and answers questions."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from vl2agent.actions import Action, points_of
from vl2agent.cli import console, inline_picture
from vl2agent.cli.progress import Nothing
from vl2agent.cli.stopping import Stopping
from vl2agent.errors import CaptureError
from vl2agent.executor.drawing import draw_action
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.recording.words import action_words
from vl2agent.steps import Decision, Frame

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.recording.redaction import Redaction

ANSWER_S = 300.0
"""Longest wait for an answer: then nobody is there, and the answer is no."""
LOOK_S = 0.05
AROUND_PX = (240, 150)
"""What is shown around the target, in logical pixels to either side."""


class Person:
    """Asks at the terminal, with the live display out of the way meanwhile.

    Args:
        progress: the live display.
        stopping: signals, which interrupt at once while an answer is waited for.
        timeout_s: longest wait for an answer.
        stopped: tells that the run was stopped meanwhile by other ways; the answer is then no.
    """

    def __init__(
        self,
        progress: Nothing,
        stopping: Stopping,
        *,
        timeout_s: float = ANSWER_S,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._progress, self._stopping, self._timeout_s, self.stopped = progress, stopping, timeout_s, stopped
        self._always: set[str] = set()
        self._pictures: Pictures | None = None

    @staticmethod
    def is_there() -> bool:
        """Whether anybody can be asked."""
        return sys.stdin.isatty() and console.err.is_terminal

    def sees(self, look: Callable[[], Frame], folder: Path, redaction: Redaction) -> None:
        """Show what an action is aimed at from now on; pictures are kept in the folder `asked` of this folder."""
        self._pictures = Pictures(look, folder / "asked", redaction)

    def approve(self, action: Action, decision: Decision) -> bool:
        """Ask for yes, no, or yes to all that the same rule asks about; anything else, and silence, is no.

        What a guard asks about has nothing in common but that nobody asked for it, and what may have arrived is a
        question each time: one yes is for one of these.
        """
        if decision.rule in self._always:
            return True
        choices = "y/N" if decision.rule in _one_by_one() else "y/N/always"
        why = f"{decision.rule}: {decision.reason}" if decision.reason else decision.rule
        question = Text.assemble((console.plain(action_words(action)), "bold"), (f"  {console.plain(why)}\n", "dim"))
        answer = self._ask(question.append(f"Do it? [{choices}] "), action).lower()
        if answer in ("a", "always") and choices.endswith("always"):
            self._always.add(decision.rule)
        return answer in ("y", "yes") or decision.rule in self._always

    def answer(self, question: str) -> str:
        """Ask what the planner wants to know."""
        return self._ask(Text.assemble((console.plain(question), "bold"), " "))

    def _ask(self, prompt: Text, action: Action | None = None) -> str:
        with self._progress.paused(), self._stopping.at_once():
            if self._pictures is not None and action is not None:
                self._pictures.show(action)
            console.err.print(prompt, end="")
            answer = read_line(self._timeout_s, self.stopped)
            if answer is None:
                console.err.print("\nNobody answered: no.")
            return answer or ""


def _one_by_one() -> tuple[str, ...]:
    """Give the rules whose questions are answered one by one."""
    from vl2agent.loop.door import UNCERTAIN
    from vl2agent.planner.guarding import UNNAMED

    return UNCERTAIN, UNNAMED


class Pictures:
    """Shows where an action goes, on the screen as it is now.

    Args:
        look: takes a picture of it.
        folder: where the pictures are kept.
        redaction: what must not be seen on them.
    """

    def __init__(self, look: Callable[[], Frame], folder: Path, redaction: Redaction) -> None:
        self._look, self._folder, self._redaction = look, folder, redaction
        self._count = 0

    def show(self, action: Action) -> None:
        """Print the surroundings of the target, and the path of the picture; without a picture, say so."""
        try:
            frame = self._redaction.painted(self._look())[0]
        except CaptureError as error:
            console.err.print(f"There is no picture: {error}", markup=False)
            return
        picture = around(frame, action)
        inline_picture.show(picture, console.err)
        self._count += 1
        path = self._folder / f"{self._count:04}-{action.kind}.png"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            picture.save(path)
        except OSError as error:
            console.err.print(f"The picture cannot be kept: {error}", markup=False)
        else:
            console.err.print(Text(str(path), style="dim"), soft_wrap=True)


def around(frame: Frame, action: Action) -> Image:
    """Cut out what an action is aimed at, with the action on it: its points, else the window that has the keys."""
    origin = ScreenPoint(frame.region.left, frame.region.top)
    drawn = Frame.from_image(draw_action(frame.image, action, origin), origin=origin)
    return drawn.crop(_around(frame, action)).image


def _around(frame: Frame, action: Action) -> ScreenBox:
    wide, high = (round(side * frame.scale) for side in AROUND_PX)
    points = [point for point in points_of(action) if frame.region.contains(point)]
    if not points:
        active = next((window.box for window in frame.windows if window.active), None)
        return (active and frame.region.intersection(active)) or frame.region
    xs, ys = [point.x for point in points], [point.y for point in points]
    box = ScreenBox(min(xs) - wide, min(ys) - high, max(xs) + wide, max(ys) + high)
    return frame.region.intersection(box) or frame.region


def read_line(timeout_s: float, stopped: Callable[[], bool]) -> str | None:
    """Read a line that is typed from now on; None at the end of the input, when time runs out, or when stopped.

    On Windows, where a terminal cannot be waited for, it is read without a limit.
    """
    if os.name == "nt":
        return sys.stdin.readline().strip() or None
    _forget_typed()
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s and not stopped():
        if select.select([sys.stdin], [], [], LOOK_S)[0]:
            line = sys.stdin.readline()
            return line.strip() if line else None
    return None


def _forget_typed() -> None:
    """Drop what was typed before the question was there: it is no answer to it."""
    import termios

    try:
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    except termios.error:  # a pipe is no terminal
        return
