"""The steps of a recording with all that belongs to them, also those that were never finished.

An `Entry` is what the viewer, the film and the terminal show as one step. A step that was begun again after the run
was resumed has two.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
    Unknown,
)
from vl2agent.trace.clock import Clock


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
        return self.intended is not None and self.received is None and self.judged is None

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
    return tuple(gathering.found)


class _Gathering:
    def __init__(self) -> None:
        self.found: list[Entry] = []
        self._clock = Clock()
        self._last_s = 0.0
        self._last_frame: int | None = None
        self._resumed = False

    def take(self, event: AnyEvent) -> None:
        now_s = self._clock.at(event)
        if isinstance(event, FrameSeen):
            self._see(event.frame, now_s)
        elif isinstance(event, Resumed):
            self._resumed = True
        elif not isinstance(event, Unknown) and (step := getattr(event, "step", None)) is not None:
            entry = self._entry(step, event, self._last_s)
            _put(entry, event)
            entry.moments.append((event.type, now_s))
        self._last_s = now_s

    def _see(self, frame: int, now_s: float) -> None:
        self._last_frame = frame
        if self.found and self.found[-1].judged is None:
            self.found[-1].frames.append(frame)
            self.found[-1].moments.append(("frame", now_s))

    def _entry(self, step: int, event: AnyEvent, since_s: float) -> Entry:
        """Return the step's entry; a new one where it begins, or begins again."""
        entry = next((entry for entry in reversed(self.found) if entry.step == step), None)
        if entry is None or self._begins_again(entry, event):
            frames = [] if self._last_frame is None else [self._last_frame]
            again = entry.again + 1 if entry else 1
            entry = Entry(step, again, moments=[("begin", since_s)], frames=frames)
            self.found.append(entry)
            self._resumed = False
        return entry

    def _begins_again(self, entry: Entry, event: AnyEvent) -> bool:
        """Tell whether a step that is there already is begun a second time."""
        if self._resumed or entry.judged is not None:
            return isinstance(event, Planned | Called | Read)
        return isinstance(event, Planned) and entry.planned is not None


def _put(entry: Entry, event: AnyEvent) -> None:
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
