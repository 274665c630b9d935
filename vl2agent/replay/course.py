"""Where a replay stands in its recording, and what it says when it leaves it."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from vl2agent import errors
from vl2agent.errors import (
    BackendError,
    CaptureError,
    ExecutionError,
    Interrupted,
    NotRecorded,
    ParseError,
    RecordingDamaged,
    RecordingError,
    ReplayMismatch,
    SandboxError,
    VL2AgentError,
)
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import (
    FRAMES,
    AnyEvent,
    Ended,
    Event,
    FrameSeen,
    Judged,
    Noted,
    PictureKept,
    Planned,
    Resumed,
    RunStarted,
    Unknown,
)

E = TypeVar("E", bound=Event)
T = TypeVar("T")

OUTSIDE = (CaptureError, ExecutionError, SandboxError, BackendError, RecordingError, Interrupted)
"""What breaks outside of the loop: a replay has no other way to know of it than the recording."""
GAP, READING = "picture", "reading"
"""What may be missing: a picture that was still being encoded when a run was killed, an answer to a question."""


class Course:
    """The events of one run in order, and how far a replay has come.

    Args:
        recording: what is played back.
        events: the part of it that is; all of it by default.
    """

    def __init__(self, recording: Recording, events: tuple[AnyEvent, ...] | None = None) -> None:
        chosen = recording.events if events is None else events
        self.recording = recording
        self.run: RunStarted | None = recording.run
        self.events = tuple(event for event in chosen if _happened(event))
        self.reached = -1

    @cached_property
    def masked_steps(self) -> frozenset[int]:
        """Steps of which the pictures do not tell all, as something on them is painted over."""
        painted = {event.frame for _, event in self.of(FrameSeen) if event.masked}
        around = (event for event in self.events if isinstance(event, Planned | Judged))
        return frozenset(event.step for event in around if event.frame in painted)

    @property
    def end(self) -> Ended | None:
        return next((event for _, event in self.of(Ended)), None)

    def of(self, kind: type[E]) -> Iterator[tuple[int, E]]:
        """Give the events of one kind, each with its place."""
        return ((at, event) for at, event in enumerate(self.events) if isinstance(event, kind))

    def reach(self, at: int) -> None:
        """Note that the event at this place was played."""
        self.reached = max(self.reached, at)

    @property
    def step(self) -> int:
        """The step at work: the one that the next event with a step belongs to, else the last one."""
        numbers = [getattr(event, "step", 0) for event in self.events]
        ahead = next((number for number in numbers[self.reached + 1 :] if number), 0)
        return ahead or max(numbers, default=0)

    @property
    def picture(self) -> Path | None:
        """The file of the last frame that was seen before the place that is reached; None where it is a gap."""
        seen = [event.frame for event in self.events[: self.reached + 1] if isinstance(event, FrameSeen)]
        return self.picture_of(seen[-1]) if seen else None

    def picture_of(self, number: int) -> Path | None:
        """Give a frame's picture as a file: the recording's own, or a new one where it is made of parts or packed."""
        digest = self.recording.digest(number)
        own = self.recording.path / FRAMES / f"{digest}.png"
        if own.is_file():
            return own
        frame = self.recording.frame(number)
        if frame is None:
            return None
        path = Path(tempfile.gettempdir(), f"vl2agent-replay-{digest}.png")  # one, however often this is played
        try:
            if not path.is_file():
                with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".png", delete=False) as draft:
                    frame.image.save(draft, "PNG")
                Path(draft.name).replace(path)
        except OSError:
            return None  # the difference is to be told, with a picture or without
        return path

    # --- leaving it ----------------------------------------------------------------------------------------------

    def differs(
        self, what: str, expected: str, got: str, *, recorded: object = None, now: object = None, diff: str = ""
    ) -> ReplayMismatch:
        """Say that something else was recorded for the step at work."""
        return ReplayMismatch(
            self.step, what, expected, got, recorded=recorded, now=now, picture=self.picture, diff=diff
        )

    def missing(self, what: str, got: str) -> BaseException:
        """Say that the recording has no more to answer with.

        Where the run ended because something outside of it broke, that is what happens again.
        """
        end = self.end
        if end is not None and is_outside(end.error):
            return failure(end.error, end.message)
        if end is None:
            return NotRecorded(self.step, what, "its end, where the run was killed,", got)
        return NotRecorded(self.step, what, "nothing of it", got, picture=self.picture)

    def gap(self, number: int) -> NotRecorded:
        """Say that a picture is missing, as it was still being encoded when the run was killed."""
        return NotRecorded(self.step, GAP, f"no picture of frame {number}", "a look at it")


def _happened(event: Event) -> bool:
    """Leave out what is said of the recording, and not of the run."""
    return not isinstance(event, PictureKept | Resumed | Unknown) and not (isinstance(event, Noted) and not event.fact)


def told(recording: Recording, of_steps: Mapping[int, T], step: int) -> T:
    """Look up what a step must have.

    Raises:
        RecordingDamaged: it has it not.
    """
    if step not in of_steps:
        raise RecordingDamaged(recording.path, f"step {step} is told of, and an event of it is missing")
    return of_steps[step]


def is_outside(name: str) -> bool:
    """Tell whether an error of this name comes from the parts and not from the loop."""
    kind = getattr(errors, name, None)
    return name == "KeyboardInterrupt" or (isinstance(kind, type) and issubclass(kind, OUTSIDE))


def failure(name: str, message: str) -> BaseException:
    """Make an error again of what a recording keeps of it: its type's name and what it said."""
    kind = getattr(errors, name, None)
    if name == "KeyboardInterrupt":
        return KeyboardInterrupt(message)
    if not (isinstance(kind, type) and issubclass(kind, VL2AgentError)) or issubclass(kind, ParseError):
        kind = ExecutionError
    if issubclass(kind, Interrupted):
        return Interrupted(message)
    error: VL2AgentError = kind.__new__(kind)
    error.args = (message,)
    return error


def lines_apart(recorded: str, now: str) -> str:
    """Show two texts line by line where they differ."""
    found = difflib.unified_diff(recorded.splitlines(), now.splitlines(), "recorded", "now", lineterm="", n=1)
    return "\n".join(found)
