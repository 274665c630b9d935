"""Look at a screen again and again, search each picture once, and tell when what was found stands still."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np

from vl2agent.defaults import reading_with
from vl2agent.errors import NotRecorded
from vl2agent.geometry import ScreenBox
from vl2agent.scripting.resolving import Glance
from vl2agent.scripting.session import LOOK_S, Session
from vl2agent.steps import Settled, Target, Window

A = TypeVar("A")

KEPT = 64
"""Pictures whose answers are remembered: enough for a caret that blinks and a spinner that goes round."""
SAME_PLACE_PX = 3
"""How far edges may waver between two readings of one thing, in logical pixels."""


class Watch(Generic[A]):
    """Looks at a session's screen, and asks one question of each picture.

    Args:
        session: whose screen.
        ask: the question; asked again only of a picture that was not seen before.
        confidence: what it asks of what is found.
        lacks: tells that an answer rests on something not being seen. A perception that only glanced at a picture that
            stands still then looks closer, and is asked again.
    """

    def __init__(
        self, session: Session, ask: Callable[[Glance], A], confidence: float, lacks: Callable[[A], bool]
    ) -> None:
        self._session, self._ask, self._confidence, self._lacks = session, ask, confidence, lacks
        self._answers: dict[tuple[str, tuple[Window, ...]], A] = {}
        self._unread: set[tuple[str, tuple[Window, ...]]] = set()
        self._last: Sequence[Target] = ()

    def look(self, at_most_s: float = LOOK_S) -> A:
        """Let the screen come to rest, and answer for what it shows then.

        Raises:
            NotRecorded: it is a replay, and nothing was asked of any picture that it showed by now.
        """
        settled = self._session.look(at_most_s)
        frame = settled.frame
        key, glance = (frame.digest, frame.windows), Glance(frame, self._session.parts.perception, self._confidence)
        if key in self._unread:
            return self.answer
        if key not in self._answers:
            try:
                answer = self._ask(glance)
                self._answers[key] = self._ask(glance) if self._is_worth_another_look(settled, answer) else answer
            except NotRecorded:
                if not self._answers:
                    raise
                self._unread.add(key)  # then it was content before this picture: nothing is to be learned from it
                return self.answer
            if len(self._answers) > KEPT:
                del self._answers[next(iter(self._answers))]
        self.settled: Settled = settled
        self.glance = glance
        self.answer: A = self._answers[key]
        return self.answer

    @property
    def is_still(self) -> bool:
        return self.settled.verdict != "moving"

    def is_steady(self, targets: Sequence[Target]) -> bool:
        """Tell whether targets of the last look can be aimed at: they are where they were, and look as they did.

        Searching takes time, in which things move: so either they were found in the same place twice, or the screen
        shows the same pixels there now. Where nothing is sent, nothing need stand still.
        """
        if self._session.is_dry:
            return True
        before, self._last = self._last, targets
        if getattr(self._session.parts.screen, "looks_ahead", False):
            return False  # a replay, and it was not this look that was acted on
        if len(before) == len(targets) and all(map(self._same_place, before, targets)):
            return True
        if not self.is_still and any(_touch(target.box, box) for target in targets for box in self.settled.changing):
            return False
        return self._unchanged([target.box for target in targets])

    def _is_worth_another_look(self, settled: Settled, answer: A) -> bool:
        look_closer = getattr(reading_with(self._session.parts.perception), "look_closer", None)
        is_still = settled.verdict != "moving"
        return bool(look_closer and is_still and self._lacks(answer) and look_closer(settled.frame))

    def _same_place(self, one: Target, other: Target) -> bool:
        slack = SAME_PLACE_PX * self.settled.frame.scale
        return all(abs(a - b) <= slack for a, b in zip(one.box.edges, other.box.edges, strict=True))

    def _unchanged(self, boxes: Sequence[ScreenBox]) -> bool:
        frame, now = self.settled.frame, self._session.parts.screen.grab()
        return frame.region == now.region and all(
            np.array_equal(frame.crop(box).pixels[..., :3], now.crop(box).pixels[..., :3]) for box in boxes
        )


def _touch(one: ScreenBox, other: ScreenBox) -> bool:
    return one.intersection(other) is not None
