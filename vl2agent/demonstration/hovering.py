"""Where the pointer rested and something opened: a submenu that is there only because somebody pointed at its entry.

Such a rest is told as a move of its own, if a press follows it: who does it again needs it, too. Highlights and tool
tips are smaller than what counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vl2agent.demonstration.events import MotionEvent
from vl2agent.geometry import ScreenPoint
from vl2agent.steps import Settled
from vl2agent.tiles import dirty_regions

REST_S = 0.25
"""How long the pointer stands still at least; toolkits open submenus after 0.15 to 0.25."""
STILL_PX = 5
"""How far it strays meanwhile at most, in logical pixels."""
OPENED_PX = 64
"""How wide and how high at least is what opens, in logical pixels."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A place where the pointer rested, the screen when it came there and when it left, and when that was."""

    point: ScreenPoint
    before: Settled
    after: Settled
    began_s: float
    ended_s: float


class Hovering:
    """Follows the pointer.

    Args:
        scale: physical pixels per logical one.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self._least_px, self._still_px = OPENED_PX * scale, STILL_PX * scale
        self._last: tuple[MotionEvent, Settled] | None = None
        self._rests: list[Rest] = []

    def moved(self, event: MotionEvent, seen: Settled) -> None:
        """Take a movement, which ends a rest at the place before it."""
        if self._last is not None:
            last, before = self._last
            if _distance(last.point, event.point) <= self._still_px:
                return  # a hand is never quite still
            if event.at_s - last.at_s >= REST_S and self._has_opened(before, seen):
                self._rests.append(Rest(last.point, before, seen, last.at_s, event.at_s))
        self._last = (event, seen)

    def forget(self) -> None:
        """Begin anew: something was done that may have opened what opened."""
        self._last = None
        self._rests.clear()

    def take(self) -> Iterator[Rest]:
        """Give the rests since the last thing that was done, and begin anew."""
        rests = list(self._rests)
        self.forget()
        yield from rests

    def _has_opened(self, before: Settled, after: Settled) -> bool:
        if before.frame is after.frame:
            return False
        changed = dirty_regions(before.frame, after.frame)
        return any(box.width >= self._least_px and box.height >= self._least_px for box in changed)


def _distance(one: ScreenPoint, other: ScreenPoint) -> int:
    return max(abs(one.x - other.x), abs(one.y - other.y))
