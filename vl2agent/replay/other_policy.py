"""What another policy would have said to the actions of a recorded run, at the times they were wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vl2agent.contracts import Perception
from vl2agent.defaults import seeing_with
from vl2agent.planner.guarding import policy_of
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Decided, Grounded, Planned
from vl2agent.recording.words import action_words
from vl2agent.replay.course import Course, told
from vl2agent.replay.moments import Moments
from vl2agent.replay.seeing import RecordedPerception
from vl2agent.steps import Decision


@dataclass(frozen=True, slots=True)
class Change:
    """One action about which two policies say different things."""

    step: int
    action: str
    recorded: Decision
    now: Decision


def decided_by(
    recording: Recording,
    policy: Mapping[str, Any],
    *,
    path: str | Path = "<data>",
    live: Callable[[], Perception] = lambda: seeing_with(None),
) -> tuple[Change, ...]:
    """Ask another policy about every action that was decided about.

    Args:
        recording: the run.
        policy: what a policy file says, as data.
        path: what errors call it.
        live: gives what reads under the pointer where the recorded run had not to.

    Raises:
        PolicyError: a rule says something that cannot be obeyed.
        RecordingError: a picture cannot be read.
    """
    course = Course(recording)
    seeing, moments = RecordedPerception(course, live), Moments(course)
    rules = policy_of(policy, seeing, clock=moments.seconds, now=moments.local, path=path)
    frames = {event.step: event.frame for event in recording.of(Planned)}
    actions = {event.step: event.action for event in recording.of(Grounded)}
    changes = []
    for event in recording.of(Decided):
        action = told(recording, actions, event.step)
        frame = recording.frame(told(recording, frames, event.step))
        if frame is None:
            continue  # its picture was never finished
        moments.reach(event)
        now = rules.decide(action, frame)
        if now.verdict != event.decision.verdict:
            changes.append(Change(event.step, action_words(action), event.decision, now))
    return tuple(changes)
