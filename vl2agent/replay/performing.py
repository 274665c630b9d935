"""A recording as hands: every action is compared with the recorded one, and answered with its receipt."""

from __future__ import annotations

from vl2agent.actions import Action, TypeText
from vl2agent.errors import Interrupted
from vl2agent.recording.schema import Ended, Intended, Judged, Received
from vl2agent.recording.words import action_words
from vl2agent.replay.course import Course, failure
from vl2agent.replay.showing import RecordedScreen
from vl2agent.steps import Receipt


class RecordedExecutor:
    """Takes the recorded actions, in their order, and no others.

    Args:
        course: the recording, and how far it is played.
        screen: may show what came after each action that was taken.
    """

    def __init__(self, course: Course, screen: RecordedScreen) -> None:
        self._course, self._screen = course, screen
        self._intents = list(course.of(Intended))

    @property
    def left(self) -> list[Action]:
        """Recorded actions that were not performed yet."""
        return [event.action for _, event in self._intents[self._screen.performed :]]

    def perform(self, action: Action) -> Receipt:
        """Compare it with the next recorded one, and give the receipt that this one got.

        Raises:
            ReplayMismatch: another action was recorded, or no further one.
            VL2AgentError: what the recorded one raised.
        """
        if not self.left:
            raise self._course.missing("action", action_words(action))
        at, intent = self._intents[self._screen.performed]
        if not same_deed(intent.action, action):
            recorded, now = intent.action.model_dump(mode="json"), action.model_dump(mode="json")
            said = action_words(intent.action), action_words(action)
            raise self._course.differs("action", *said, recorded=recorded, now=now)
        self._screen.performed += 1
        self._course.reach(at)
        return self._outcome(at, intent)

    def release_all(self) -> None:
        """Nothing is ever held down."""

    def _outcome(self, at: int, intent: Intended) -> Receipt:
        for place, event in enumerate(self._course.events[at + 1 :], at + 1):
            match event:
                case Received(step=intent.step):
                    self._course.reach(place)
                    self._raise_if_stopped(place, event.receipt)
                    return event.receipt
                case Judged(step=intent.step):  # it failed: there is no receipt, and the verdict says why
                    raise failure(self._error_after(place), event.verdict.note)
                case Ended():
                    raise failure(event.error, event.message)
                case Intended():
                    break
        raise self._course.missing("receipt", f"the outcome of {action_words(intent.action)}")

    def _raise_if_stopped(self, place: int, receipt: Receipt) -> None:
        """Stop in the middle of an action as it was then: it failed, though a part of it was sent."""
        following = self._course.events[place + 1 : place + 2]
        if following and isinstance(following[0], Judged) and following[0].verdict.outcome == "failed":
            raise Interrupted(following[0].verdict.note, receipt)

    def _error_after(self, place: int) -> str:
        following = self._course.events[place + 1 : place + 2]
        return following[0].error if following and isinstance(following[0], Ended) else ""


def same_deed(recorded: Action, now: Action) -> bool:
    """Tell whether two actions are the same; of a secret text only that it is one is recorded."""
    if isinstance(recorded, TypeText) and isinstance(now, TypeText) and recorded.secret and now.secret:
        return recorded.submit == now.submit
    return recorded == now
