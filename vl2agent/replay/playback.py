"""A recording as all the parts of a run: what they are asked now, they answer as they did then.

    played = Playback(Recording("recordings/open-settings.v2a"))
    Agent(played.screen, played.executor, perception=played.perception, policy=played.policy).run("open settings")
    played.finished()

Nothing of it needs a network, a tokenizer, weights or a display, and nothing takes time. What is asked now and was not
asked then is a ReplayMismatch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from vl2agent.calls import Model
from vl2agent.contracts import Perception
from vl2agent.loop.clock import Clock
from vl2agent.loop.hooks import Approver, Hooks
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import AnyEvent, Called, Ended
from vl2agent.recording.words import action_words
from vl2agent.replay.asking import RecordedBackend
from vl2agent.replay.course import Course
from vl2agent.replay.deciding import RecordedDoor
from vl2agent.replay.performing import RecordedExecutor
from vl2agent.replay.seeing import RecordedPerception
from vl2agent.replay.showing import RecordedScreen


class Playback:
    """The parts of a recorded run.

    Args:
        recording: what is played back.
        live: answers what the recording does not; without it that is a ReplayMismatch.
        strict: one frame for each look, and no look more than was recorded: for a loop that looks as often as then.
            Without it the last frame is shown again, as to a script that watches for a change.
        events: the part of the recording that is played; all of it by default.

    Attributes:
        screen: shows the frames, none before the action that led to it.
        executor: takes the recorded actions, and gives their receipts.
        perception: answers from the recorded readings.
        model: answers the recorded calls; None where there were none.
        policy: the recorded rules, with time as it was; the recorded decisions where there are no rules.
        approve, answer: the person who was asked; None where nobody was there.
        hooks: what hooks did then: vetoes, facts, answers.
        clock: stands still where the recording stands; waiting takes no time.

    Raises:
        NotRecorded: there is not a single frame.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        live: Perception | None = None,
        strict: bool = False,
        events: tuple[AnyEvent, ...] | None = None,
    ) -> None:
        self.recording = recording
        self.course = Course(recording, events)
        self.screen = RecordedScreen(self.course, strict=strict)
        self.executor = RecordedExecutor(self.course, self.screen)
        self.perception = RecordedPerception(self.course, (lambda: live) if live else None)
        self._backend = RecordedBackend(self.course)
        has_model = bool(self.course.run and self.course.run.model) or any(self.course.of(Called))
        self.model = Model(self._backend) if has_model else None
        self.policy = RecordedDoor(self.course, self.perception)
        self.approve: Approver | None = self.policy.approve
        self.answer: Callable[[str], str] | None = self.policy.answer
        self.hooks: Hooks = self.policy.hooks
        self.clock = RecordedClock(self.course)

    def finished(self) -> None:
        """Make sure that all that was recorded has been done again.

        Raises:
            ReplayMismatch: actions are left, or calls of the model.
        """
        if left := self.executor.left:
            raise self.course.differs("end", f"{len(left)} more, first: {action_words(left[0])}", "no further action")
        if self._backend.left:
            raise self.course.differs("end", f"{self._backend.left} more calls of the model", "no further call")


class RecordedClock(Clock):
    """Shows the time of what was played last."""

    def __init__(self, course: Course) -> None:
        self._course = course

    def now_s(self) -> float:
        events, at = self._course.events, max(self._course.reached, 0)
        following = events[at + 1 : at + 2]
        if following and isinstance(following[0], Ended):  # what ended it may have been the time that it took
            return events[0].mono_s + following[0].seconds
        return events[at].mono_s if events else 0.0

    def wait(self, seconds: float, cancelled: threading.Event) -> None:
        """Let no time pass."""
