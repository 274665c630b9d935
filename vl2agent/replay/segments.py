"""A run that was cut off and gone on with, as the parts that one process each wrote.

A part after the first begins with what its process knew: the finished steps, and the last picture of the screen. How a
step was settled of which nobody knew whether it had been done is taken as it is written: the display remembered it, or
a person, and neither is there any more.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from vl2agent.errors import NotResumable
from vl2agent.loop.past import Past
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import AnyEvent, FrameSeen, Judged, Noted, Resumed


@dataclass(frozen=True, slots=True)
class Segment:
    """What one process wrote of a run.

    Args:
        events: what is to be played back.
        past: what was known before; None where the run began.
    """

    events: tuple[AnyEvent, ...]
    past: Past | None = None


def segments(recording: Recording) -> Iterator[Segment]:
    """Give the parts of a recording that a loop ran through, in order."""
    starts = [at for at, event in enumerate(recording.events) if isinstance(event, Resumed)]
    yield Segment(recording.events[: starts[0]] if starts else recording.events)
    for start, end in pairwise([*starts, len(recording.events)]):
        begun = _settled(recording, start, end)
        past = _past(recording, begun) if begun else None
        seen = [event for event in recording.events[start:begun] if isinstance(event, FrameSeen)]
        if begun and past and seen:
            yield Segment((seen[-1], *recording.events[begun:end]), past)


def _settled(recording: Recording, start: int, end: int) -> int | None:
    """Find where the loop begins: when the screen was looked at, and the step that was cut off is finished."""
    before = _past(recording, start)
    unfinished = before.unfinished if before else None
    doubtful = unfinished is not None and unfinished.ground and (unfinished.intent or unfinished.receipt)
    for at in range(start, end):
        event = recording.events[at]
        if isinstance(event, Judged | Noted if doubtful else FrameSeen):
            return at + 1
    return None


def _past(recording: Recording, end: int) -> Past | None:
    """Say what was known before an event; None where nothing could be gone on with."""
    part = copy.copy(recording)
    part.__dict__ = {name: value for name, value in vars(recording).items() if not _is_derived(name)}
    part.events = recording.events[:end]
    try:
        return Past(part)
    except NotResumable:
        return None


def _is_derived(name: str) -> bool:
    return name in ("steps", "calls", "readings")
