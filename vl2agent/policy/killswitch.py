"""The kill switch: stops runs at once, in the middle of what they do, by whatever a person can reach.

    with KillSwitch(display=":0", file=kill_file()) as switch:
        switch.stops(agent.cancel)          # of a script: switch.stops(screen.stop)
        agent.run("open settings")

A hot key (X11), a file that is touched, the pointer pushed into a corner, and signals are watched from a thread of its
own. What is stopped breaks its action off between two events, releases every key and button, says in its recording who
stopped it and what was sent by then, and ends as `Interrupted`.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType
from typing import Protocol, Self, TypeAlias

from vl2agent.errors import CaptureError
from vl2agent.policy.corners import Corners, Put
from vl2agent.policy.hotkey import HotKey
from vl2agent.policy.killfile import KillFile

logger = logging.getLogger(__name__)

HOT_KEY = "ctrl+alt+escape"
POLL_S = 0.02
"""How often it is looked whether somebody pulled it."""

Listener: TypeAlias = Callable[[str], None]
"""Is told who stops it, such as `Agent.cancel`; called from any thread, or a signal handler."""


class Trigger(Protocol):
    """One way to pull it."""

    def pulled(self) -> str:
        """Say by what it was pulled since the last time; '' when it was not.

        Raises:
            CaptureError: it can no longer be known.
        """
        ...

    def close(self) -> None:
        """Watch no more."""
        ...


class KillSwitch:
    """Watches, while it is entered.

    Args:
        display: the X server whose keys and pointer are watched; None watches neither.
        hot_key: the chord that stops; '' for none.
        put: where our own executor put the pointer; with it, a pointer that anybody else pushes into a corner stops.
        file: what stops when it is touched; None for none.
        signals: which of them stop, such as SIGTERM; only from the main thread.

    `by` says what pulled it first; '' until then.

    Raises:
        KeyNameError: there is no such chord.
        NoDisplay: there is no such server.
    """

    def __init__(
        self,
        *,
        display: str | None = None,
        hot_key: str = HOT_KEY,
        put: Put | None = None,
        file: Path | None = None,
        signals: Sequence[signal.Signals] = (),
    ) -> None:
        self.by = ""
        self._display, self._hot_key, self._put, self._file = display, hot_key, put, file
        self._signals = signals
        self._listeners: list[Listener] = []
        self._triggers: list[Trigger] = []
        self._over = threading.Event()
        self._leaving = ExitStack()

    def stops(self, listener: Listener) -> None:
        """Have something stopped by it, at once if it was pulled already."""
        self._listeners.append(listener)
        if self.by:
            listener(self.by)

    def spares(self, listener: Listener) -> None:
        """Forget something that is over."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def pull(self, by: str = "a person") -> None:
        """Stop everything now."""
        self.by = self.by or by
        with ExitStack() as telling:  # all are told, whatever one of them raises
            for listener in reversed(self._listeners):
                telling.callback(listener, by)

    def __enter__(self) -> Self:
        try:
            self._arm()
        except BaseException:
            self._leaving.close()
            raise
        thread = threading.Thread(target=self._watch, name="kill switch", daemon=True)
        thread.start()
        self._leaving.callback(thread.join)
        self._leaving.callback(self._over.set)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._leaving.close()

    def _arm(self) -> None:
        for name in self._signals:
            self._leaving.callback(signal.signal, name, signal.signal(name, self._on_signal))
        if self._file is not None:
            self._add(KillFile(self._file))
        if self._display is not None and self._hot_key:
            self._add(HotKey(self._display, self._hot_key))
        if self._display is not None and self._put is not None:
            self._add(Corners(self._display, self._put))

    def _add(self, trigger: Trigger) -> None:
        self._triggers.append(trigger)
        self._leaving.callback(trigger.close)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.pull(signal.Signals(number).name)

    def _watch(self) -> None:
        while not self._over.wait(POLL_S):
            for trigger in tuple(self._triggers):
                try:
                    by = trigger.pulled()
                except CaptureError as error:
                    logger.warning("a way to stop is gone: %s", error)
                    self._triggers.remove(trigger)
                    continue
                if by:
                    with contextlib.suppress(Exception):  # one that cannot be told keeps no other from it
                        self.pull(by)
