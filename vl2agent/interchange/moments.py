"""A recording as its planner lived through it: at each step, what was seen and what was known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vl2agent.actions import MASK, AskUser, TypeText
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Judged, Noted, Planned
from vl2agent.steps import Memory, Step, ZoomIntent


@dataclass(frozen=True, slots=True)
class Moment:
    """A finished step, the number of the frame that it was planned on, and what was known then."""

    step: Step
    frame: int
    memory: Memory


def moments(recording: Recording) -> Iterator[Moment]:
    """Go through the finished steps; what was typed in secret is in no memory."""
    finished = {step.number: step for step in recording.steps}
    done, facts = list[Step](), list[str]()
    planned: Planned | None = None
    for event in recording.events:
        match event:
            case Planned():
                planned = event
            case Noted() if planned and isinstance(planned.plan.intent, ZoomIntent | AskUser):
                facts.append(event.text)  # other notes are for people
            case Judged() if planned and planned.step == event.step:
                step = finished[event.step]
                yield Moment(step, planned.frame, Memory(steps=list(done), facts=list(facts)))
                done.append(_without_secret(step))


def _without_secret(step: Step) -> Step:
    intent = step.plan.intent
    if not (isinstance(intent, TypeText) and intent.secret):
        return step
    hidden = intent.model_copy(update={"text": MASK})
    return step.model_copy(update={"plan": step.plan.model_copy(update={"intent": hidden}), "action": hidden})
