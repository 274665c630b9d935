"""The steps of a recording with all that belongs to them, also those that were never finished.

An `Entry` is what the viewer, the film and the terminal show as one step. A step that was begun again after the run
was resumed has two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from vl2agent.calls import ModelCall
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import (
    AnyEvent,
    Asked,
    Called,
    Decided,
    FrameSeen,
    Grounded,
    Intended,
    Judged,
    Planned,
    Read,
    Received,
    Resumed,
)
from vl2agent.trace.clock import Clock
from vl2agent.trace.kind import kind_of

StepEvent: TypeAlias = Planned | Called | Read | Grounded | Decided | Asked | Intended | Received | Judged
"""What belongs to one step."""


@dataclass
class Entry:
    """One step. What did not happen, or was not written any more, is None.

    `moments` are (what was over, when): the events of the step and the frames seen in it, in seconds since the run
    began. `frames` are those that were seen before it, and until it was over.
    """

    step: int
    again: int = 1
    planned: Planned | None = None
    grounded: Grounded | None = None
    decisions: list[Decided] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    intended: Intended | None = None
    received: Received | None = None
    judged: Judged | None = None
    calls: list[ModelCall] = field(default_factory=list)
    readings: list[Read] = field(default_factory=list)
    moments: list[tuple[str, float]] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    resumed: bool = False
    """The run was cut off in it, and another process went on."""
    superseded: bool = False
    """It was begun again: whoever resumed the run found that its action had not happened."""
    looked: bool = False
    """A script looked at the screen after the last thing that it did."""

    @property
    def name(self) -> str:
        """Of the step on the page: step-12, and step-12-2 where it was begun a second time."""
        return f"step-{self.step}" if self.again == 1 else f"step-{self.step}-{self.again}"

    @property
    def before(self) -> int | None:
        """The frame that the step was planned on."""
        return self.planned.frame if self.planned else next(iter(self.frames), None)

    @property
    def after(self) -> int | None:
        """The frame that it was judged by, else the last that was seen in it."""
        return self.judged.frame if self.judged else next(reversed(self.frames), None)

    @property
    def uncertain(self) -> bool:
        """Whether its effect may or may not have happened."""
        return self.intended is not None and not (self.received or self.judged or self.superseded)

    @property
    def seconds(self) -> float:
        """How long it took, as far as it is known."""
        if self.judged:
            return self.judged.seconds
        return self.moments[-1][1] - self.moments[0][1] if self.moments else 0.0


def entries(recording: Recording) -> tuple[Entry, ...]:
    """Gather the events of each step, in the order in which steps were begun."""
    gathering = _Gathering()
    for event in recording.events:
        gathering.take(event)
    gathering.let_go(None)
    if gathering.found and kind_of(recording.run) == "script":
        gathering.found[-1].looked = gathering.found[-1].planned is None
    return tuple(gathering.found)


class _Gathering:
    """Deals events out to steps.

    After a run was resumed in the middle of a step, calls and readings are held until it is clear what they led to:
    the end of that step, or the same step planned anew.
    """

    def __init__(self) -> None:
        self.found: list[Entry] = []
        self._clock = Clock()
        self._last_s = 0.0
        self._last_frame: int | None = None
        self._resumed = False
        self._held: list[tuple[StepEvent, float]] = []

    def take(self, event: AnyEvent) -> None:
        now_s = self._clock.at(event)
        if isinstance(event, FrameSeen):
            self._see(event.frame, now_s)
        elif isinstance(event, Resumed):
            self._resumed = self._unfinished() is not None
        elif self._resumed and isinstance(event, Called | Read):
            self._held.append((event, now_s))
        elif isinstance(event, StepEvent):
            self.let_go(event)
            self._deal(event, now_s)
        self._last_s = now_s

    def let_go(self, event: StepEvent | None) -> None:
        """Deal out what was held, to the step that an event decides on; None at the end."""
        if not self._resumed:
            return
        self._resumed = False
        entry = self._unfinished()
        if entry is not None and isinstance(event, Planned):
            entry.superseded = entry.step == event.step
            self._begin(event.step, self._last_s)
        elif entry is not None:
            entry.resumed = True
        for held, at_s in self._held:
            self._deal(held, at_s)
        self._held = []

    def _see(self, frame: int, now_s: float) -> None:
        self._last_frame = frame
        if entry := self._unfinished():
            entry.frames.append(frame)
            entry.moments.append(("frame", now_s))

    def _deal(self, event: StepEvent, now_s: float) -> None:
        entry = self._unfinished()
        planned_twice = entry is not None and entry.planned is not None and isinstance(event, Planned)
        if entry is None or entry.step != event.step or planned_twice:
            entry = self._begin(event.step, self._last_s)
        _put(entry, event)
        entry.moments.append((event.type, now_s))

    def _begin(self, step: int, since_s: float) -> Entry:
        again = 1 + sum(entry.step == step for entry in self.found)
        frames = [] if self._last_frame is None else [self._last_frame]
        self.found.append(Entry(step, again, moments=[("begin", since_s)], frames=frames))
        return self.found[-1]

    def _unfinished(self) -> Entry | None:
        return self.found[-1] if self.found and self.found[-1].judged is None else None


def _put(entry: Entry, event: StepEvent) -> None:
    match event:
        case Planned():
            entry.planned = event
        case Called():
            entry.calls.append(event.call)
        case Read():
            entry.readings.append(event)
        case Grounded():
            entry.grounded = event
        case Decided():
            entry.decisions.append(event)
        case Asked():
            entry.asked.append(event)
        case Intended():
            entry.intended = event
        case Received():
            entry.received = event
        case Judged():
            entry.judged = event
