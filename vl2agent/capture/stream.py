"""A capture loop in a thread: newest frames first in line, old ones dropped, a clean stop."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from vl2agent.errors import CaptureError, InputError
from vl2agent.steps import Frame

MAX_FPS = 240.0


class FrameStream:
    """Frames at a steady rate; who reads too slowly misses the oldest ones and never holds up the capture.

        with screen.stream(fps=10) as frames:
            for frame in frames: ...

    Iterating ends when the stream is stopped. An error of the capture is raised to the reader, after the frames
    that came before it.

    Args:
        grab: takes one picture; called from the stream's thread only.
        fps: grabs a second, at most 240.
        capacity: frames to keep for a slow reader.

    Raises:
        InputError: a rate or a capacity that cannot be.
    """

    def __init__(self, grab: Callable[[], Frame], fps: float, *, capacity: int = 2) -> None:
        if not 0 < fps <= MAX_FPS:
            raise InputError(f"expected a rate above 0 and at most {MAX_FPS:g} frames a second, got {fps:g}")
        if capacity < 1:
            raise InputError(f"expected room for at least 1 frame, got {capacity}")
        self._grab, self._period_s = grab, 1 / fps
        self._frames: deque[Frame] = deque(maxlen=capacity)
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._loop, name="vl2agent-capture", daemon=True)
        self.grabbed = 0
        """Frames taken so far."""
        self.dropped = 0
        """Frames that nobody read in time."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self.next()) is not None:
            yield frame

    def next(self, timeout_s: float = 10.0) -> Frame | None:
        """Return the oldest frame that is kept, waiting for one; None once the stream is stopped.

        Raises:
            CaptureError: no frame came in `timeout_s`, or the capture failed.
        """
        with self._changed:
            ready = self._changed.wait_for(
                lambda: self._frames or self._error or self._stopping.is_set(), timeout=timeout_s
            )
            if self._frames:
                return self._frames.popleft()
            if self._error:
                raise self._error
            if not ready:
                raise CaptureError(f"expected a frame within {timeout_s:g} s, none came")
            return None

    def stop(self) -> None:
        """End the loop and wait for its thread; frames that are kept can still be read."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=10.0)

    def _loop(self) -> None:
        due_s = time.monotonic()
        while not self._stopping.is_set():
            try:
                frame = self._grab()
            except Exception as error:  # noqa: BLE001  # the reader gets it, whatever it is
                self._hand_over(None, error)
                return
            self._hand_over(frame, None)
            due_s = max(due_s + self._period_s, time.monotonic())
            self._stopping.wait(due_s - time.monotonic())

    def _hand_over(self, frame: Frame | None, error: BaseException | None) -> None:
        with self._changed:
            if frame is not None:
                self.grabbed += 1
                self.dropped += len(self._frames) == self._frames.maxlen
                self._frames.append(frame)
            self._error = error
            self._changed.notify_all()
