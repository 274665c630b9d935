"""The one check that every executor makes before anything is sent: is the point on a display?"""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.actions import Action, points_of
from vl2agent.errors import CoordinateError
from vl2agent.geometry import Display


def require_on_screen(action: Action, displays: Sequence[Display]) -> None:
    """Refuse an action that touches a place on none of the displays.

    Raises:
        CoordinateError: it does.
    """
    for point in points_of(action):
        if not any(display.box.contains(point) for display in displays):
            raise CoordinateError(point, "the screen " + " ".join(str(display.box) for display in displays))
