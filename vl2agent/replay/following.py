"""A recorder that writes nothing: it compares what a run would write with what a recorded run wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vl2agent.errors import ReplayMismatch
from vl2agent.pace import PERSON, Stop
from vl2agent.recording.redaction import Redaction
from vl2agent.recording.schema import (
    Asked,
    Called,
    Decided,
    Ended,
    Event,
    FrameSeen,
    Grounded,
    Intended,
    Judged,
    Noted,
    Planned,
    Read,
    Received,
    RunStarted,
)
from vl2agent.recording.words import action_words, intent_words, verdict_words
from vl2agent.recording.writer import Recorder
from vl2agent.replay.asking import is_masked
from vl2agent.replay.course import Course, failure, is_outside, lines_apart
from vl2agent.steps import Settled

_CLOCKS = {"seq", "wall_s", "mono_s", "seconds"}
_STOPPED = re.compile(r"stopped by (.+?) (?:after|before|while|on the way|at) ")
_NUMBER = re.compile(r"\d+(\.\d+)?")


class Follower(Recorder):
    """Goes along a recording, event by event.

    Args:
        course: the recording, and how far it is played.
        cancelled: is set where a person stopped the recorded run.

    `mismatch` is the first difference; `at_end` tells that nothing is left of the recording.
    """

    def __init__(self, course: Course, cancelled: Stop) -> None:
        self.path: Path = course.recording.path
        self._course, self._cancelled = course, cancelled
        self._at = -1
        self.redaction = Redaction()
        self.mismatch: ReplayMismatch | None = None
        self.ended = False

    @property
    def at_end(self) -> bool:
        return self._at + 1 >= len(self._course.events)

    def write(self, event: Event, *, sync: bool = False) -> None:
        """Compare an event with the next recorded one.

        Raises:
            ReplayMismatch: they differ.
            VL2AgentError: what ended the recorded run here, when that came from outside of the loop.
        """
        if isinstance(event, Read) and event.step in self._course.masked_steps:
            return
        recorded = self._next(event)
        if not self._alike(recorded, event):
            raise self._apart(recorded, event)
        self._pass()

    def see(self, settled: Settled) -> int:
        """Return the number that the frame had."""
        recorded = self._next(FrameSeen.model_construct())
        assert isinstance(recorded, FrameSeen)
        self._pass()
        return recorded.frame

    def finish(self, event: Event) -> None:
        """Compare the ends; keep the difference, as the run's own error is on its way."""
        try:
            self.write(event)
            self.ended = True
        except ReplayMismatch as mismatch:
            self.mismatch = mismatch

    def close(self) -> None:
        """Nothing is open."""

    def _next(self, event: Event) -> Event:
        """Return the recorded event that this one is to equal."""
        while not self.at_end and self._is_passed_over(self._course.events[self._at + 1]):
            self._pass()
        if self.at_end:
            raise self._course.missing(_name(event), event_words(event))
        recorded = self._course.events[self._at + 1]
        if type(recorded) is type(event):
            return recorded
        if isinstance(recorded, Ended) and is_outside(recorded.error):
            raise failure(recorded.error, recorded.message)
        raise self._apart(recorded, event)

    def _is_passed_over(self, recorded: Event) -> bool:
        return isinstance(recorded, Read) and recorded.step in self._course.masked_steps

    def _alike(self, recorded: Event, now: Event) -> bool:
        """Compare two events of a kind; pictures that are painted over cannot tell what changed."""
        if isinstance(recorded, Judged) and isinstance(now, Judged) and recorded.step in self._course.masked_steps:
            return recorded.step == now.step and recorded.frame == now.frame
        if isinstance(recorded, Called) and isinstance(now, Called) and is_masked(recorded.call):
            return recorded.call.prompt == now.call.prompt
        return _SIDES[type(recorded)](recorded) == _SIDES[type(now)](now)

    def _pass(self) -> None:
        self._at += 1
        self._course.reach(self._at)
        following = self._course.events[self._at + 1 : self._at + 2]
        if following and isinstance(following[0], Ended) and following[0].error == "Interrupted":
            found = _STOPPED.match(following[0].message)
            self._cancelled.pull(found[1] if found else PERSON)

    def _apart(self, recorded: Event, now: Event) -> ReplayMismatch:
        sides = [each.model_dump(mode="json", exclude=_CLOCKS) for each in (recorded, now)]
        words = [event_words(each) for each in (recorded, now)]
        texts = [json.dumps(side, indent=1, ensure_ascii=False) for side in sides]
        diff = "" if words[0] != words[1] else lines_apart(*texts)
        return self._course.differs(_name(now), *words, recorded=sides[0], now=sides[1], diff=diff)


def event_words(event: Event) -> str:
    """Say what an event tells, in a few words."""
    say = _WORDS.get(type(event))
    return say(event) if say else _name(event)


def _name(event: Event) -> str:
    return str(getattr(event, "type", type(event).__name__))


def _end_words(event: Ended) -> str:
    how = "done" if event.ok else event.error or "gave up"
    return f"the end: {how}{f', {event.message}' if event.message else ''}"


_WORDS: dict[type[Event], Callable[[Any], str]] = {
    RunStarted: lambda e: f"the goal {e.goal!r}",
    FrameSeen: lambda e: "a look at the screen",
    Planned: lambda e: f"the plan to {intent_words(e.plan.intent)}",
    Called: lambda e: f"a {e.call.purpose} call of the model",
    Read: lambda e: f"the question {e.reading.ask} {e.reading.words or e.reading.box or ''}".strip(),
    Grounded: lambda e: action_words(e.action),
    Decided: lambda e: f"{e.decision.verdict} ({e.decision.rule})",
    Asked: lambda e: f"{e.question!r} answered {e.answer!r}",
    Intended: lambda e: f"about to {action_words(e.action)}",
    Received: lambda e: f"a receipt: {e.receipt.delivery}",
    Judged: lambda e: verdict_words(e.verdict),
    Noted: lambda e: f"the fact {e.text!r}",
    Ended: _end_words,
}

_SIDES: dict[type[Event], Callable[[Any], object]] = {
    RunStarted: lambda e: (e.goal, e.limits, e.model),
    FrameSeen: lambda e: None,
    Planned: lambda e: (e.step, e.frame, e.plan),
    Called: lambda e: (
        e.step,
        e.call.purpose,
        e.call.prompt,
        e.call.regions,
        e.call.grammar,
        e.call.bill,
        e.call.error,
    ),
    Read: lambda e: (e.step, e.reading.ask, e.reading.region, e.reading.words, e.reading.box),
    Grounded: lambda e: (e.step, e.action, e.target, e.destination),
    Decided: lambda e: (e.step, e.decision),
    Asked: lambda e: (e.step, e.question, e.answer),
    Intended: lambda e: (e.step, e.action),
    Received: lambda e: (e.step, e.receipt.delivery, e.receipt.route),
    Judged: lambda e: (e.step, e.frame, e.verdict),
    Noted: lambda e: e.text,
    Ended: lambda e: (
        e.ok,
        e.error,
        e.checklist,
        _NUMBER.sub("#", e.message) if e.error == "LimitReached" else e.message,
    ),
}
"""What two events must have in common; clocks, and what a part gave back as it was recorded, say nothing."""
