"""How whatever takes time is stopped in the middle of it.

A `Stop` is set from any thread, or a signal handler. What takes time keeps a `Pace`: it asks between two events whether
it may go on, and rests through it, so that it ends within a few milliseconds, by way of `Interrupted`, which releases
what is held down.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, runtime_checkable

from vl2agent.errors import Interrupted

PERSON = "a person"


class Stop(threading.Event):
    """An event that knows who set it."""

    def __init__(self) -> None:
        super().__init__()
        self.by = PERSON

    def pull(self, by: str = PERSON) -> None:
        """Stop what listens; who was first is remembered."""
        if not self.is_set():
            self.by = by
            self.set()


@runtime_checkable
class Stoppable(Protocol):
    """A screen or an executor that breaks off what it is at."""

    def stopping_on(self, stop: Stop) -> AbstractContextManager[None]:
        """Break off as soon as `stop` is set, while entered."""
        ...


class Pace:
    """Goes on until a stop that it listens to is set."""

    def __init__(self) -> None:
        self._stop = Stop()

    @contextmanager
    def stopping_on(self, stop: Stop) -> Iterator[None]:
        """Listen to `stop` while entered."""
        before, self._stop = self._stop, stop
        try:
            yield
        finally:
            self._stop = before

    @property
    def stop(self) -> Stop:
        """What it listens to."""
        return self._stop

    def go_on(self, so_far: str) -> None:
        """Return when it may go on.

        Args:
            so_far: what was done already, as in 'after 3 of 5 characters'.

        Raises:
            Interrupted: it may not.
        """
        if self._stop.is_set():
            raise Interrupted(f"stopped by {self._stop.by} {so_far}")

    def rest(self, seconds: float, so_far: str) -> None:
        """Let time pass.

        Raises:
            Interrupted: it was stopped meanwhile.
        """
        self._stop.wait(seconds)
        self.go_on(so_far)

    def wait(self, seconds: float, until: float) -> bool:
        """Let a moment pass on the way to a time of `time.monotonic`; False when that is over, or it was stopped."""
        left_s = until - time.monotonic()
        return left_s > 0 and not self._stop.wait(min(seconds, left_s))
