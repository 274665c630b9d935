"""A pointer that somebody else pushes into a corner of the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from vl2agent.errors import DisplayLost
from vl2agent.geometry import ScreenPoint
from vl2agent.xdisplay import connect, disconnect

Put: TypeAlias = Callable[[], Iterable[ScreenPoint]]
"""Where our own executor put the pointer within the last second."""

REACH_PX = 2
"""How near to a corner counts: who pushes the pointer there cannot push it further."""


class Corners:
    """Notices when the pointer gets into a corner and our executor did not put it there.

    A pointer that was parked in a corner before does nothing until it has left it.

    Args:
        display: the X server's name.
        put: where ours was put.

    Raises:
        NoDisplay: there is no such server.
    """

    def __init__(self, display: str, put: Put) -> None:
        self._put = put
        self._x = connect(display)
        self._was = self._corner()
        self._staying = False

    def pulled(self) -> str:
        """See twice that it is there: pointers also fly through corners, and ours may be on its way."""
        before, self._was = self._was, self._corner()
        entered = self._was is not None and self._was != before and not self._is_ours(self._was)
        stayed = self._staying and self._was is not None and self._was == before and not self._is_ours(self._was)
        self._staying = entered
        return "the pointer, which was pushed into a corner" if stayed else ""

    def close(self) -> None:
        disconnect(self._x)

    def _is_ours(self, corner: ScreenPoint) -> bool:
        return any(_is_near(point, corner) for point in self._put())

    def _corner(self) -> ScreenPoint | None:
        """Return the corner that the pointer is in."""
        from Xlib.error import ConnectionClosedError

        try:
            screen = self._x.screen()
            at = screen.root.query_pointer()
        except (ConnectionClosedError, OSError) as error:
            raise DisplayLost(f"the X server of the pointer went away: {error}") from error
        size = screen.root.get_geometry()
        corners = (ScreenPoint(x, y) for x in (0, size.width - 1) for y in (0, size.height - 1))
        point = ScreenPoint(at.root_x, at.root_y)
        return next((corner for corner in corners if _is_near(point, corner)), None)


def _is_near(point: ScreenPoint, corner: ScreenPoint) -> bool:
    return max(abs(point.x - corner.x), abs(point.y - corner.y)) < REACH_PX
