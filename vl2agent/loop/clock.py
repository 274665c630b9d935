"""Time, as a run sees it."""

from __future__ import annotations

import threading
import time


class Clock:
    """Seconds that never jump, and a way to let some pass; a replay has one of its own, on which nothing takes time."""

    def now_s(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float, cancelled: threading.Event) -> None:
        """Let time pass, no longer than until the run is cancelled."""
        cancelled.wait(seconds)

    def skip(self, seconds: float) -> float:
        """Let time pass that the caller waits out; return how long it has to."""
        return seconds
