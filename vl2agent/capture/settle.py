"""When does the screen stand still?

A picture has settled when nothing changed for a while. A text caret blinks forever, so a thin line that changes and
comes back in the same place, and nothing else, does not count as movement once it has come back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame, Settled
from vl2agent.tiles import dirty_regions, is_caret

POLL_S = 0.01
"""Between two grabs: a verdict comes at most this much late, and one grab."""


def settle(
    grab: Callable[[], Frame], *, timeout_s: float, quiet_s: float, min_wait_s: float, stop: threading.Event
) -> Settled:
    """Grab until nothing but a caret has changed for `quiet_s`, or `stop` is set; see `CaptureScreen.settled`."""
    began_s = time.monotonic()
    watch = _Watch(grab())
    while True:
        now_s = time.monotonic()
        waited_s = now_s - began_s
        if now_s - watch.moved_s >= quiet_s and waited_s >= min(min_wait_s, timeout_s):
            return Settled(watch.frame, "caret" if watch.carets else "settled", waited_s, tuple(watch.carets))
        if waited_s >= timeout_s or stop.wait(min(POLL_S, timeout_s - waited_s)):
            return Settled(watch.frame, "moving", waited_s, watch.changed)
        watch.see(grab())


class _Watch:
    """The latest frame, when something last moved, and the carets seen since."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.moved_s = frame, time.monotonic()
        self.changed: tuple[ScreenBox, ...] = ()
        self.carets: set[ScreenBox] = set()
        self._thin: set[ScreenBox] = set()

    def see(self, frame: Frame) -> None:
        changed = dirty_regions(self.frame, frame)
        if not changed:
            return
        self.frame, self.changed = frame, changed
        if len(changed) > 1 or not is_caret(changed[0], frame.scale):
            self.carets.clear()
            self._thin.clear()
        elif changed[0] in self._thin:
            self.carets.add(changed[0])
            return
        else:
            self._thin.add(changed[0])
        self.moved_s = time.monotonic()
