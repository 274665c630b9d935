"""Scroll down to the end, then up to the end, one turn of the wheel at a time."""

from __future__ import annotations

from collections.abc import Iterator

from vl2agent.actions import Direction
from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.scripting.query import Query
from vl2agent.scripting.resolving import Glance
from vl2agent.scripting.session import Session
from vl2agent.steps import Frame, ScrollIntent, Target

NOTCHES = 5
"""Between two looks."""
MAX_TURNS = 40
"""In each direction: a picture that changes by itself never tells that the end is reached."""


class Wheel:
    """A mouse wheel that looks for something.

    Args:
        session: where it turns.
        over: over what; None: over the middle of the active window, or of the screen where there are no windows.

    Attributes:
        problem: why it could not be turned when it last should, or "".
    """

    def __init__(self, session: Session, over: Query | None) -> None:
        self._session, self._over = session, over
        self.problem = ""
        self._spot: Target | None = None
        self._moved = True
        self._directions = self._plan()

    def turn(self, glance: Glance) -> bool:
        """Turn it once, or wait for what it is to be turned over; False when both ends are reached.

        Raises:
            AmbiguousTarget: that may be several things.
        """
        try:  # found once: a row that the wheel is turned over may be scrolled away by it
            self._spot = self._spot or (glance.one(self._over) if self._over else _middle(glance.frame))
        except AmbiguousTarget:
            raise
        except TargetNotFound as error:
            self.problem = f"{error.words!r}, over which to turn the wheel, is not there either"
            return True
        self.problem = ""
        direction = next(self._directions, None)
        if direction is None:
            return False
        intent = ScrollIntent(direction=direction, amount=NOTCHES, target=self._spot.words)
        self._moved = self._session.take(intent, (self._spot,)).verdict.outcome in ("changed", "moving")
        return True

    def _plan(self) -> Iterator[Direction]:
        directions: tuple[Direction, ...] = ("down", "up")
        for direction in directions:
            for _ in range(MAX_TURNS):
                yield direction
                if not self._moved:
                    break


def _middle(frame: Frame) -> Target:
    """Aim at the middle of the part of the active window that can be seen."""
    window = next((window for window in frame.windows if window.active), None)
    box = (frame.region.intersection(window.box) if window else None) or frame.region
    words = f"the window {window.title!r}" if window else "the screen"
    return Target(words=words, box=box, point=box.center, confidence=1.0, source="window manager")
