"""Where blocking work is done: looking, searching, acting.

Everything in this room is written once, as coroutines that do their work through `Hands`. With `Threaded` they belong
to an asyncio loop, which stays free meanwhile. With `Inline` they never wait for anything but the work itself, so that
`finish` can run one to its end without any loop: that is the sync facade, and why it works in a test, in a notebook,
inside a running loop and on any thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Hands(Protocol):
    """Does one piece of work after the other."""

    async def do(self, work: Callable[[], T], stop: threading.Event) -> T:
        """Do it; nothing else is done meanwhile. When the task is cancelled, `stop` is set until the work has ended."""
        ...

    async def rest(self, seconds: float) -> None:
        """Let time pass, in which other work may be done."""
        ...


class Inline:
    """Works in the caller's own thread."""

    def __init__(self) -> None:
        self._busy = threading.RLock()

    async def do(self, work: Callable[[], T], stop: threading.Event) -> T:
        with self._busy:
            return work()

    async def rest(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  there is no loop that it could hold up


class Threaded:
    """Works in one thread of its own, which ends with this object."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vl2agent-screen")

    async def do(self, work: Callable[[], T], stop: threading.Event) -> T:
        future = self._thread.submit(work)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if not future.cancel() and not future.done():  # it has begun: let it come to a clean end
                stop.set()
                future.add_done_callback(lambda _: stop.clear())
                ended = asyncio.wrap_future(future)
                await asyncio.wait([ended])
                if not ended.cancelled():
                    ended.exception()  # looked at, else asyncio complains that nobody did
            raise

    async def rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine whose hands are `Inline` to its end."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError("expected a coroutine that never waits for a loop")
