"""A run that was cut off, as its recording tells it: what is certain, and the step that nobody saw the end of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vl2agent.actions import MASK
from vl2agent.errors import NotResumable
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import (
    Decided,
    FrameSeen,
    Grounded,
    Intended,
    Judged,
    Noted,
    Planned,
    Received,
    RunStarted,
)
from vl2agent.recording.words import intent_words
from vl2agent.steps import Frame


@dataclass(slots=True)
class Unfinished:
    """A step without a verdict, as far as it was written down."""

    plan: Planned
    ground: Grounded | None = None
    decision: Decided | None = None
    intent: Intended | None = None
    receipt: Received | None = None

    @property
    def is_rest(self) -> bool:
        """Whether what was about to be performed is only what was left of the step's action."""
        return bool(self.intent and self.ground and self.intent.action != self.ground.action)

    def __str__(self) -> str:
        words = f"step {self.plan.step} ({intent_words(self.plan.plan.intent)})"
        if self.receipt:
            return f"{words} was performed, and not yet looked at"
        if self.intent:
            return f"{words} was about to be performed; whether it was is not known"
        return f"{words} was planned, and nothing of it performed"


class Past:
    """What a recording says of a run that was cut off.

    Args:
        recording: the recording, or where it lies.

    Attributes:
        run: the goal, and what served it.
        steps: the finished ones.
        unfinished: the step after them, if it was begun.

    Raises:
        NotResumable: it is over, or never began.
        RecordingError: it is damaged.
    """

    def __init__(self, recording: Recording | str | Path) -> None:
        self._recording = recording if isinstance(recording, Recording) else Recording(recording)
        self.path = self._recording.path
        self.run = self._run()
        self.steps = self._recording.steps
        self.unfinished = self._unfinished()
        self._frames = {event.step: event.frame for event in self._recording.of(Planned)}
        if self.steps and self.steps[-1].verdict.outcome in ("refused", "failed"):
            last = self.steps[-1]
            raise NotResumable(self.path, f"it failed at step {last.number} ({last.verdict.note}); run the goal anew")

    @property
    def facts(self) -> tuple[str, ...]:
        """What was worth keeping, the newest last."""
        said = [event.text for event in self._recording.of(Noted) if event.fact]
        return tuple(reversed(dict.fromkeys(reversed(said))))

    def __str__(self) -> str:
        done = f"{len(self.steps)} step{'' if len(self.steps) == 1 else 's'} finished"
        torn = (
            f"; {self._recording.torn_bytes} bytes of a torn event are left out" if self._recording.torn_bytes else ""
        )
        return f"{done}; {self.unfinished}{torn}" if self.unfinished else done + torn

    def before(self, step: int) -> Frame | None:
        """Return the frame that a step was planned on, if its picture is whole."""
        return self._recording.frame(self._frames.get(step, -1))

    def was_moving(self, step: int) -> bool:
        """Tell whether the screen had not come to rest when a step was planned."""
        seen = (event for event in self._recording.of(FrameSeen) if event.frame == self._frames.get(step))
        return any(event.settled == "moving" for event in seen)

    def _run(self) -> RunStarted:
        run, end = self._recording.run, self._recording.end
        if run is None:
            raise NotResumable(self.path, "it was cut off before its goal was written down; run the goal anew")
        if end is not None:
            how = "its goal was reached" if end.ok else f"it ended with {end.error or 'its goal not reached'}"
            raise NotResumable(self.path, f"{how}: {end.message}; there is nothing to go on with")
        if MASK in run.goal:
            raise NotResumable(self.path, "its goal is masked in the recording; run the goal anew")
        if run.parts.get("planner") == "NoneType":
            raise NotResumable(self.path, "it is a script's, and only a run with a goal can be gone on with")
        return run

    def _unfinished(self) -> Unfinished | None:
        found: Unfinished | None = None
        for event in self._recording.events:
            match event:
                case Planned():
                    found = Unfinished(event)
                case Judged():
                    found = None
                case Grounded() if found:
                    found.ground = event
                case Decided() if found:
                    found.decision = event
                case Intended() if found:
                    found.intent = event
                case Received() if found:
                    found.receipt = event
        return found
