"""Replay a recorded run on what it saw and was told then: the same actions come out, or it is said what differs.

The loop, the planner, the perception above a model, the policy and the verdicts are the real ones of today. What came
from a network, a display or a person comes from the recording. Nothing else is needed, and nothing is sent.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from vl2agent.contracts import Perception, Planner
from vl2agent.errors import NotRecorded, RecordingError, ReplayMismatch, VL2AgentError
from vl2agent.loop.past import Past
from vl2agent.pace import Stop
from vl2agent.planner.commands import CommandPlanner
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import FrameSeen, Judged, Read
from vl2agent.replay.acting import NOBODY, agent_on, planner_of, seeing
from vl2agent.replay.course import GAP, READING, Course
from vl2agent.replay.following import Follower
from vl2agent.replay.playback import Playback
from vl2agent.replay.segments import Segment, segments
from vl2agent.replay.stepwise import Stepwise


@dataclass(frozen=True, kw_only=True)
class Verification:
    """A recording that was replayed, and did the same.

    Args:
        recording: which.
        steps: finished steps that were replayed.
        replayed: whether the whole loop ran again; False where each step was checked by itself (stepwise.py).
        notes: what was not checked, and why.
        seconds: how long it took.
    """

    recording: Path
    steps: int
    replayed: bool
    notes: tuple[str, ...]
    seconds: float

    def require_something(self) -> None:
        """Make sure that a recording of nothing is not taken for one that does the same.

        Raises:
            RecordingError: not a step, and not a run, was in it.
        """
        if not (self.steps or self.replayed):
            raise RecordingError(self.recording, "no step was finished in it; there is nothing to verify")


def verify(recording: Recording | str | Path, *, planner: Planner | None = None) -> Verification:
    """Replay a recording on itself.

    Args:
        recording: what was recorded, also one whose writer was killed: then its certain part.
        planner: what planned the run, where it is none of this package's.

    Raises:
        ReplayMismatch: something else is done, decided or seen to have changed than then; the first such step is told.
        RecordingError: it cannot be read.
    """
    began_s = time.monotonic()
    recording = recording if isinstance(recording, Recording) else Recording(recording)
    notes, steps, replayed = list(recording.certainty()), 0, False
    for segment in segments(recording) if recording.run else ():
        if not any(isinstance(event, FrameSeen) for event in segment.events):
            continue
        course, whole = _verify(recording, segment, planner, notes)
        replayed = replayed or whole
        steps += sum(1 for at, _ in course.of(Judged) if at <= course.reached)
    seconds = round(time.monotonic() - began_s, 4)
    return Verification(recording=recording.path, steps=steps, replayed=replayed, notes=tuple(notes), seconds=seconds)


def _verify(recording: Recording, segment: Segment, planner: Planner | None, notes: list[str]) -> tuple[Course, bool]:
    """Verify what one process recorded; tell how far, and whether its loop ran again."""
    played = Playback(recording, strict=True, events=segment.events)
    course, seen = played.course, seeing(played)
    planning = planner or planner_of(played, seen)
    if planning is None:
        return _stepwise(recording, segment, notes), False
    try:
        _replay(played, segment.past, planning, seen)
    except NotRecorded as lack:
        if lack.what == READING and not any(course.of(Read)):  # it saw with something that tells nobody
            return _stepwise(recording, segment, notes), False
        if not _is_cut(lack, course):
            raise
        notes.append(f"the replay ends where the recording was cut off, in step {lack.step}")
    return course, True


def _stepwise(recording: Recording, segment: Segment, notes: list[str]) -> Course:
    played = Playback(recording, strict=True, events=segment.events)
    notes.append(f"{_planned_by(played)}: each step was checked by itself")
    try:
        Stepwise(played.course, played.policy).check()
    except NotRecorded as lack:
        if not _is_cut(lack, played.course):
            raise
        notes.append(f"the check ends where the recording was cut off, in step {lack.step}")
    return played.course


def _replay(played: Playback, past: Past | None, planner: Planner, perception: Perception) -> None:
    """Run again, and compare all that would be written down.

    Raises:
        ReplayMismatch: it differs.
    """
    run = played.course.run
    assert run is not None
    cancelled = Stop()
    follower = Follower(played.course, cancelled)
    agent = agent_on(played, planner, perception, recorder=follower)
    agent.parts = replace(agent.parts, cancelled=cancelled)
    failed: BaseException | None = None
    try:
        agent.go_on(past) if past else agent.run(run.goal)
    except ReplayMismatch:
        raise
    except (VL2AgentError, KeyboardInterrupt) as error:  # as then, or else the ends differ
        failed = error
    if follower.mismatch:
        raise follower.mismatch from failed
    if not follower.ended and failed:
        raise failed  # the goal itself was refused
    played.finished()


def _is_cut(lack: NotRecorded, course: Course) -> bool:
    """Tell whether a recording has no answer because its writer was killed, and not because it is another run."""
    return lack.what == GAP or (course.end is None and course.reached + 1 >= len(course.events))


def _planned_by(played: Playback) -> str:
    name = played.course.run.parts.get("planner", "") if played.course.run else ""
    if name in ("", NOBODY, "person"):
        return "a script or a person did it, and there is no planner to ask again"
    known = name in (CommandPlanner.__name__, VL2Planner.__name__)
    return f"{name} planned it, {'and no readings were kept' if known else 'which is not of this package'}"
