"""Ctrl-C and SIGTERM: the first stops the run by its own way out, the second ends it where it stands."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from vl2agent.cli import console

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """While entered, signals call `ask`; before `ask` is set, and from the second signal on, they interrupt at once.

    Either way everything is left through its own exits: the desktop ends, keys are released, the recording closes.

    Args:
        said: what the first signal tells the person.
    """

    def __init__(self, said: str = "Stopping; once more leaves at once.") -> None:
        self._said = said
        self.ask: Callable[[], None] | None = None
        self._asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {name: signal.signal(name, self._on_signal) for name in SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let the first signal interrupt too: while a person is being asked, there is no step to finish."""
        ask, self.ask = self.ask, None
        try:
            yield
        finally:
            self.ask = ask

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.ask is None or self._asked:
            raise KeyboardInterrupt
        self._asked = True
        self.ask()
        console.err.print(f"[yellow]{self._said}[/]")
