"""Calls that a Ctrl-C does not tear apart.

A library that is interrupted between a request to the X server and its answer waits forever in the next one, which is
the one that lets go of what is held down. So the interrupt waits for the end of the call.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def unbroken() -> Iterator[None]:
    """Hear of a Ctrl-C on the way out; in other threads than the main one nobody hears of it anyway."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            before(*heard[0])


class Unbroken:
    """A module whose functions are called that way; all else of it is as it is.

    Args:
        module: the module.
    """

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, type) or not callable(value):
            return value

        def whole(*args: Any, **named: Any) -> Any:
            with unbroken():
                return value(*args, **named)

        return whole
