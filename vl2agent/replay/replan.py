"""Plan a recorded run again, step by step, with another model, planner or perception, and compare the actions.

At each step the planner is shown what was seen and done then, whatever it would have done itself before: so one step
that differs does not lead all the others astray. Nothing is sent, nothing is asked at the door.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vl2agent.actions import Action
from vl2agent.calls import Model
from vl2agent.contracts import Backend, Perception, Planner
from vl2agent.defaults import open_model, planning_with, seeing_with
from vl2agent.errors import CoordinateError, ParseError, RecordingError, TargetNotFound
from vl2agent.loop.aim import aim
from vl2agent.loop.draft import Draft
from vl2agent.loop.limits import Limits
from vl2agent.loop.repeats import Repeats
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Noted, Planned
from vl2agent.recording.words import action_words, intent_words
from vl2agent.replay.agreeing import Tolerance, difference
from vl2agent.replay.course import Course, told
from vl2agent.replay.seeing import RecordedPerception
from vl2agent.steps import Frame, Memory, Plan, Step


@dataclass(frozen=True, slots=True)
class Row:
    """One step: what was done then, what would be done now, and how it differs; empty when it does not."""

    step: int
    recorded: str
    now: str
    difference: str

    @property
    def agrees(self) -> bool:
        return not self.difference


@dataclass(frozen=True, slots=True)
class Comparison:
    """A recorded run beside the same run planned again. `notes` say what could not be compared."""

    recording: Path
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def agreement(self) -> float:
        """The share of steps that agree; 1 where there are none."""
        return sum(row.agrees for row in self.rows) / len(self.rows) if self.rows else 1.0


def replan(
    recording: Recording | str | Path,
    *,
    planner: Planner | None = None,
    perception: Perception | None = None,
    model: Model | Backend | str | Path | None = None,
    tolerance: Tolerance = Tolerance(),
) -> Comparison:
    """Plan each recorded step again.

    Args:
        recording: of a run with a goal.
        planner: what plans; by default the model, or the command grammar where there is none.
        perception: what finds; by default the recorded readings, and reading the screen for what was not asked then;
            with a model that, and reading.
        model: plans and finds.
        tolerance: what counts as the same.

    Raises:
        RecordingError: it cannot be read, or has no goal.
        GoalError: the planner does not understand the goal.
        BackendError: the model does not answer.
    """
    recording = recording if isinstance(recording, Recording) else Recording(recording)
    if recording.run is None or not any(recording.of(Planned)):
        raise RecordingError(recording.path, "nothing was planned in it; there is nothing to plan again")
    opened = None if model is None else open_model(model)
    seeing = perception or (
        seeing_with(opened) if opened else RecordedPerception(Course(recording), lambda: seeing_with(None))
    )
    planning = planner or planning_with(opened, seeing)
    planning.check(recording.run.goal)
    return _Replan(recording, planning, seeing, tolerance).compare()


class _Replan:
    """One planner at work on one recording."""

    def __init__(self, recording: Recording, planner: Planner, perception: Perception, tolerance: Tolerance) -> None:
        self._recording, self._planner, self._perception = recording, planner, perception
        self._tolerance = tolerance
        run = recording.run
        assert run is not None
        self._goal = run.goal
        self._is_other = run.parts.get("planner") != type(planner).__name__
        self._memory, self._repeats = Memory(), Repeats(Limits())
        self._facts = _facts(recording)

    def compare(self) -> Comparison:
        rows, notes = [], []
        frames = {event.step: event.frame for event in self._recording.of(Planned)}
        for step in self._recording.steps:
            frame = self._recording.frame(told(self._recording, frames, step.number))
            if frame is None:
                notes.append(f"step {step.number}: its picture is missing; it was not planned again")
                continue
            self._memory.facts[:] = self._facts.get(step.number, [])
            plan, row = self._row(step, frame)
            rows.append(row)
            self._remember(step, plan, frame)
        return Comparison(self._recording.path, tuple(rows), tuple(notes))

    def _row(self, step: Step, frame: Frame) -> tuple[Plan | None, Row]:
        plan: Plan | None = None
        recorded = action_words(step.action) if step.action else intent_words(step.plan.intent)
        try:
            plan = self._planner.plan(self._goal, self._memory, frame)
            now = aim(Draft(step.number, frame, plan, 0.0), self._perception)
        except (TargetNotFound, ParseError, CoordinateError) as error:
            same = step.action is None and plan is not None and plan.intent == step.plan.intent
            return plan, Row(step.number, recorded, str(error), "" if same else type(error).__name__)
        return plan, Row(step.number, recorded, action_words(now), self._difference(step, now))

    def _difference(self, step: Step, now: Action) -> str:
        if step.action is None:
            return "then its target was not found"
        return difference(step.action, now, (step.target, step.destination), self._tolerance)

    def _remember(self, step: Step, plan: Plan | None, frame: Frame) -> None:
        """Go on from what was done then; where another planner did it, with what this one notes for itself."""
        if self._is_other:
            own = plan.state if plan else (self._memory.last.plan.state if self._memory.last else "")
            step = step.model_copy(update={"plan": step.plan.model_copy(update={"state": own})})
        self._memory.steps.append(step)
        self._memory.warning = self._repeats.note(step, frame)


def _facts(recording: Recording) -> dict[int, list[str]]:
    """Find what was noted before each step was planned, the newest last."""
    found: dict[int, list[str]] = {}
    known: list[str] = []
    for event in recording.events:
        if isinstance(event, Noted) and event.fact:
            known = [*(fact for fact in known if fact != event.text), event.text]
        elif isinstance(event, Planned):
            found[event.step] = known
    return found
