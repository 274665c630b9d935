"""One time line for a recording, whatever happened to the clocks."""

from __future__ import annotations

import math

from vl2agent.recording.schema import AnyEvent


class Clock:
    """Tell seconds since a recording's first event.

    The monotonic clock counts. Where it goes back (a run that was resumed after the machine was started anew), the wall
    clock says how much time passed, and nothing where that went back, too.
    """

    def __init__(self) -> None:
        self._last: AnyEvent | None = None
        self._now_s = 0.0

    def at(self, event: AnyEvent) -> float:
        """Go on to the next event and say when it was."""
        if self._last is not None:
            passed_s = event.mono_s - self._last.mono_s
            passed_s = passed_s if passed_s >= 0 else event.wall_s - self._last.wall_s
            self._now_s += passed_s if 0 <= passed_s < math.inf else 0.0
        self._last = event
        return self._now_s
