"""Work in a thread of its own or in the caller's, and what is left when a task is cancelled."""

from __future__ import annotations

import asyncio
import gc
import threading
import time

import pytest

from vl2agent.scripting.hands import Inline, Threaded, finish


def test_inline_work_needs_no_loop() -> None:
    """A coroutine runs to its end in the thread that asks for it."""
    assert finish(Inline().do(threading.get_ident, threading.Event())) == threading.get_ident()


def test_a_coroutine_that_waits_for_a_loop_is_refused() -> None:
    """It would never end without one."""
    with pytest.raises(RuntimeError, match="never waits"):
        finish(asyncio.sleep(0))


def test_threaded_work_leaves_the_loop_free() -> None:
    """Others get on while it is being done."""

    async def both() -> list[str]:
        done: list[str] = []
        go, stop = threading.Event(), threading.Event()

        def wait() -> None:
            go.wait(10)
            done.append("work")

        work = asyncio.ensure_future(Threaded().do(wait, stop))
        await asyncio.sleep(0.01)
        done.append("loop")
        go.set()
        await work
        return done

    assert asyncio.run(both()) == ["loop", "work"]


def test_a_cancelled_task_waits_for_its_work_to_end_cleanly() -> None:
    """The work is told, ends by itself, and the sign is taken down for the next one."""

    async def cancelled() -> tuple[bool, bool]:
        stop, began, ended = threading.Event(), threading.Event(), []
        hands = Threaded()

        def work() -> None:
            began.set()
            ended.append(stop.wait(10))

        task = asyncio.ensure_future(hands.do(work, stop))
        await asyncio.to_thread(began.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return ended == [True], stop.is_set()

    assert asyncio.run(cancelled()) == (True, False)


def test_an_error_of_cancelled_work_is_not_complained_about(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever cancelled it does not want to hear of it."""

    async def cancelled() -> None:
        stop, began = threading.Event(), threading.Event()
        hands = Threaded()

        def work() -> None:
            began.set()
            stop.wait(10)
            raise ValueError("stopped")

        task = asyncio.ensure_future(hands.do(work, stop))
        await asyncio.to_thread(began.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    gc.collect()
    assert caplog.records == []


def test_work_that_waits_for_its_turn_is_dropped_without_disturbing_the_other() -> None:
    """Cancelling the second task does not stop the first one's work."""

    async def two() -> tuple[bool, list[str]]:
        stop, go, done = threading.Event(), threading.Event(), []
        hands = Threaded()
        first = asyncio.ensure_future(hands.do(lambda: go.wait(10), stop))
        second = asyncio.ensure_future(hands.do(lambda: done.append("second"), stop))
        await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        told = stop.is_set()
        go.set()
        await first
        return told, done

    assert asyncio.run(two()) == (False, [])


def test_the_thread_ends_with_its_hands() -> None:
    """Nothing is left behind, and nobody has to close anything."""

    async def work() -> str:
        return await Threaded().do(lambda: threading.current_thread().name, threading.Event())

    name = asyncio.run(work())
    gc.collect()
    deadline_s = time.monotonic() + 5
    while any(thread.name == name for thread in threading.enumerate()) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert not any(thread.name == name for thread in threading.enumerate())
