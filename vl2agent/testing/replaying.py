"""A recorded run that was played back in full, and what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from vl2agent.actions import Action
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Intended
from vl2agent.replay.verify import verify
from vl2agent.steps import Decision, Frame, Step


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a run does, played back: the same as when it was recorded."""

    recording: Recording

    @property
    def goal(self) -> str:
        return self.recording.run.goal if self.recording.run else ""

    @property
    def ok(self) -> bool:
        """Whether the goal was reached."""
        return bool(self.recording.end and self.recording.end.ok)

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.recording.steps

    @property
    def actions(self) -> list[Action]:
        """What was sent to the screen, in order."""
        return [event.action for event in self.recording.of(Intended)]

    @property
    def decisions(self) -> list[Decision]:
        """What policy said to each step that it was asked about, in order."""
        return [step.decision for step in self.steps if step.decision]

    @property
    def frames(self) -> list[Frame]:
        """What was seen, in order."""
        return list(self.recording.frames())


Replay: TypeAlias = Callable[[str], Replayed]
"""What the fixture `replay` is."""


def replayed(path: Path) -> Replayed:
    """Play a recording back.

    Raises:
        ReplayMismatch: it does something else now.
        RecordingError: it cannot be read, or nothing was done in it.
    """
    recording = Recording(path)
    verify(recording).require_something()
    return Replayed(recording)
