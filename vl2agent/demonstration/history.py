"""The last few pictures of a screen, so that it is known how it looked when something began."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Protocol

from vl2agent.steps import Frame, Settled, Window
from vl2agent.tiles import dirty_regions, is_caret

KEPT = 12
"""Pictures that are kept, 100 MB at 1920x1080; input is understood a fraction of a second after it came."""
QUIET_S = 0.07
"""How long a picture that has settled stands still, as in capture/settle.py."""
WINDOWS_S = 0.2
"""How old the list of windows may be; reading it takes a few milliseconds for each window."""


class Watched(Protocol):
    """A screen that tells its windows."""

    def grab(self) -> Frame:
        """Take one picture now."""
        ...

    def windows(self) -> tuple[Window, ...]:
        """List the visible windows, topmost first."""
        ...


@dataclass(slots=True)
class _Seen:
    frame: Frame
    first_s: float
    moved_s: float
    """When something but a caret had last changed, up to this picture."""


class History:
    """Looks at a screen, again and again, and remembers.

    Args:
        screen: what is looked at, from one thread.
    """

    def __init__(self, screen: Watched) -> None:
        self._screen = screen
        self._windows, self._windows_s = screen.windows(), time.monotonic()
        frame = replace(screen.grab(), windows=self._windows)
        self._seen = deque([_Seen(frame, frame.taken_at_s, frame.taken_at_s)], KEPT)

    def look(self) -> None:
        """Take a picture, and keep it if anything is new in it.

        Raises:
            CaptureError: no picture can be had.
        """
        last, frame = self._seen[-1], self._screen.grab()
        changed = dirty_regions(last.frame, frame)
        if changed:
            caret = len(changed) == 1 and is_caret(changed[0], frame.scale)
            moved_s = last.moved_s if caret else frame.taken_at_s
            self._seen.append(_Seen(replace(frame, windows=self._windows), frame.taken_at_s, moved_s))
        if frame.taken_at_s - self._windows_s > WINDOWS_S:
            self._read_windows()

    def at(self, time_s: float) -> Settled:
        """Return the screen as it was at a time: the last picture taken before it, the oldest kept if none was."""
        seen = next((each for each in reversed(self._seen) if each.first_s <= time_s), self._seen[0])
        still_s = time_s - seen.moved_s
        return Settled(seen.frame, "settled" if still_s >= QUIET_S else "moving", max(0.0, min(still_s, QUIET_S)))

    def _read_windows(self) -> None:
        """Keep the list of windows up to date, also where a picture did not change: the focus may have."""
        windows, self._windows_s = self._screen.windows(), time.monotonic()
        if windows != self._windows:
            self._windows = windows
            last = self._seen[-1]
            last.frame = replace(last.frame, windows=windows)
