"""What has no planner to ask again, a script or a demonstration, is checked step by step.

Of each recorded step: the action is what was meant, lies on the screen and in its target's box, gets the same decision
under the recorded rules, and changed what the verdict says, as the recorded frames show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vl2agent.actions import Action, points_of
from vl2agent.errors import ReplayMismatch
from vl2agent.geometry import ScreenBox
from vl2agent.loop.door import EFFECTLESS, UNCERTAIN
from vl2agent.loop.judge import judge
from vl2agent.recording.schema import Decided, FrameSeen, Grounded, Intended, Judged, Planned, Received
from vl2agent.recording.words import action_words, intent_words, verdict_words
from vl2agent.replay.course import Course, told
from vl2agent.replay.deciding import HOOK, RecordedDoor
from vl2agent.steps import Frame, Settled

_SEEN = ("changed", "unchanged", "moving", "dry")
"""Outcomes that pictures tell."""


@dataclass(slots=True)
class _Step:
    """The events of one step."""

    planned: Planned
    at: int
    grounded: Grounded | None = None
    decided: Decided | None = None
    intended: Intended | None = None
    received: Received | None = None
    judged: Judged | None = None


class Stepwise:
    """Checks recorded steps one after the other.

    Args:
        course: the recording, and how far it is checked.
        door: the recorded rules.
    """

    def __init__(self, course: Course, door: RecordedDoor) -> None:
        self._course, self._door = course, door
        self._seen = {event.frame: event for _, event in course.of(FrameSeen)}

    def check(self) -> None:
        """Check them all.

        Raises:
            ReplayMismatch: a step does not fit together.
        """
        for step in _steps(self._course):
            self._course.reach(step.at - 1)
            self._check(step)
        self._course.reach(len(self._course.events) - 1)

    def _check(self, step: _Step) -> None:
        if step.grounded is None:
            return  # nothing was found, and nothing done
        before = self._frame(step.planned.frame)
        self._meant(step, step.grounded)
        self._aimed(step.grounded, before)
        if step.intended and step.intended.action != step.grounded.action:
            raise self._apart("action", action_words(step.grounded.action), action_words(step.intended.action))
        if step.decided and step.decided.decision.rule not in (HOOK, UNCERTAIN):
            self._allowed(step.decided, step.grounded.action, before)
        masked = step.planned.step in self._course.masked_steps
        if step.judged and step.judged.verdict.outcome in _SEEN and not masked:
            self._judged(step, step.grounded, step.judged, before)

    def _meant(self, step: _Step, grounded: Grounded) -> None:
        meant, done = step.planned.plan.intent, grounded.action
        apart = {"target", "destination", "point", "start", "end", "box"}
        if meant.kind != done.kind or meant.model_dump(exclude=apart) != done.model_dump(exclude=apart):
            raise self._apart("action", intent_words(meant), action_words(done))

    def _aimed(self, grounded: Grounded, before: Frame) -> None:
        targets = (grounded.target, grounded.destination)
        for point, target in zip(points_of(grounded.action), targets, strict=False):
            box: ScreenBox = target.box if target else before.region
            if not (before.region.contains(point) and box.contains(point)):
                raise self._apart("action", f"a target at {box}", action_words(grounded.action))

    def _allowed(self, decided: Decided, action: Action, before: Frame) -> None:
        if isinstance(action, EFFECTLESS):
            return
        now = self._door.decide(action, before)
        if now != decided.decision:
            sides = [f"{each.verdict} ({each.rule})" for each in (decided.decision, now)]
            raise self._apart("decision", *sides)

    def _judged(self, step: _Step, grounded: Grounded, judged: Judged, before: Frame) -> None:
        seen = told(self._course.recording, self._seen, judged.frame)
        after = Settled(self._frame(judged.frame), seen.settled, seen.waited_s)
        receipt = step.received.receipt if step.received else None
        now = judge(before, after, receipt, target=grounded.target, destination=grounded.destination)
        if (now.outcome, now.changed) != (judged.verdict.outcome, judged.verdict.changed):
            raise self._apart("verdict", verdict_words(judged.verdict), verdict_words(now))

    def _frame(self, number: int) -> Frame:
        frame = self._course.recording.frame(number)
        if frame is None:
            raise self._course.gap(number)
        return frame

    def _apart(self, what: str, expected: str, got: str) -> ReplayMismatch:
        return self._course.differs(what, expected, got)


def _steps(course: Course) -> Sequence[_Step]:
    """Put the events of each step together."""
    steps: list[_Step] = []
    for at, event in enumerate(course.events):
        if isinstance(event, Planned):
            steps.append(_Step(event, at))
        elif steps and getattr(event, "step", 0) == steps[-1].planned.step:
            step = steps[-1]
            match event:
                case Grounded():
                    step.grounded = event
                case Decided():
                    step.decided = event
                case Intended():
                    step.intended = event
                case Received():
                    step.received = event
                case Judged():
                    step.judged = event
    return steps
