"""The capture loop keeps up with the newest frames, stops cleanly, and hands its errors over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from vl2agent.capture.stream import FrameStream
from vl2agent.errors import CaptureError, DisplayLost, InputError
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame


def _counting(fail_at: int | None = None) -> Callable[[], Frame]:
    """Return a grab whose frames carry their number in taken_at_s."""
    count = 0

    def grab() -> Frame:
        nonlocal count
        count += 1
        if count == fail_at:
            raise DisplayLost("gone")
        return Frame(np.zeros((2, 2, 4), np.uint8), ScreenBox(0, 0, 2, 2), float(count))

    return grab


def test_a_slow_reader_misses_old_frames_and_gets_new_ones() -> None:
    """Back-pressure drops the oldest; the loop never waits for the reader."""
    with FrameStream(_counting(), 200, capacity=2) as frames:
        first = frames.next()
        deadline = time.monotonic() + 5
        while frames.grabbed < 10 and time.monotonic() < deadline:
            time.sleep(0.01)
        later = frames.next()
        assert first is not None
        assert later is not None
        assert later.taken_at_s > first.taken_at_s + 1
        assert frames.dropped > 0


def test_stopping_ends_the_iteration_and_the_thread() -> None:
    """A stream that was left holds no thread, and reading it ends instead of hanging."""
    with FrameStream(_counting(), 100) as frames:
        assert frames.next() is not None
    assert len(list(frames)) <= 2
    assert not any(thread.name == "vl2agent-capture" for thread in threading.enumerate())


def test_an_error_reaches_the_reader_after_the_frames_before_it() -> None:
    """What was captured is read first, then the error is raised."""
    with FrameStream(_counting(fail_at=3), 200, capacity=5) as frames:
        got: list[float] = []
        with pytest.raises(DisplayLost):
            got.extend(frame.taken_at_s for frame in frames)
    assert got == [] or got[-1] == 2.0


def test_waiting_for_a_frame_has_an_end() -> None:
    """A capture that hangs gives a typed error to the reader."""
    release = threading.Event()

    def stuck() -> Frame:
        release.wait(5)
        return _counting()()

    with FrameStream(stuck, 10) as frames:
        with pytest.raises(CaptureError, match="none came"):
            frames.next(timeout_s=0.05)
        release.set()


@pytest.mark.parametrize(("fps", "capacity"), [(0, 1), (-1, 1), (1000, 1), (float("nan"), 1), (10, 0)])
def test_rates_and_capacities_that_cannot_be_are_refused(fps: float, capacity: int) -> None:
    """Zero, negative, absurd and not-a-number are typed errors."""
    with pytest.raises(InputError):
        FrameStream(_counting(), fps, capacity=capacity)
