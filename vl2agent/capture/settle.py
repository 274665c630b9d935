"""When does the screen stand still?

A picture has settled when nothing changed for a while. A text caret blinks forever, so a change that is caret-shaped
and comes back to the same place does not count as movement, once it has been seen to.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from vl2agent.capture.tiles import dirty_regions
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame, Settled

POLL_S = 0.02
"""Between two grabs: a fifth of the usual quiet time, so that a verdict comes at most this much late."""

CARET_WIDTH_PX, CARET_HEIGHT_PX = 4, 48
"""The largest caret, in logical pixels: carets of GTK, Qt and Chromium are 1 to 2 wide and one line high."""


def settle(grab: Callable[[], Frame], *, timeout_s: float, quiet_s: float, min_wait_s: float) -> Settled:
    """Grab until nothing but a caret has changed for `quiet_s`; see `CaptureScreen.settled`."""
    began_s = quiet_since_s = time.monotonic()
    last = grab()
    carets: set[ScreenBox] = set()
    moved = False
    latest: tuple[ScreenBox, ...] = ()
    while True:
        now_s = time.monotonic()
        waited_s = now_s - began_s
        if now_s - quiet_since_s >= quiet_s and waited_s >= min(min_wait_s, timeout_s):
            return Settled(last, "caret" if carets and not moved else "settled", waited_s, tuple(carets))
        if waited_s >= timeout_s:
            return Settled(last, "moving", waited_s, latest)
        time.sleep(min(POLL_S, max(0.0, timeout_s - waited_s)))
        frame = grab()
        changed = dirty_regions(last, frame)
        if changed:
            last, latest = frame, changed
            caret = changed[0] if len(changed) == 1 and _is_caret(changed[0], frame.scale) else None
            if caret is None:
                moved = True
            if caret is None or caret not in carets:
                quiet_since_s = time.monotonic()
            if caret is not None:
                carets.add(caret)


def _is_caret(box: ScreenBox, scale: float) -> bool:
    return box.width <= CARET_WIDTH_PX * scale and box.width < box.height <= CARET_HEIGHT_PX * scale
