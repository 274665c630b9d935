"""What every screen can do once it can grab: settle, stream, close."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import Self

from vl2agent.capture.settle import settle
from vl2agent.capture.stream import FrameStream
from vl2agent.geometry import Display, Size
from vl2agent.pace import Pace, Stop
from vl2agent.steps import Frame, Settled, Window


class CaptureScreen(ABC):
    """A screen. A platform supplies `size`, `displays` and `grab`, and `windows` and `close` where it has them."""

    @cached_property
    def _pace(self) -> Pace:
        return Pace()

    def stopping_on(self, stop: Stop) -> AbstractContextManager[None]:
        """Settle for what is seen as soon as `stop` is set, while entered."""
        return self._pace.stopping_on(stop)

    @property
    @abstractmethod
    def size(self) -> Size:
        """Physical pixels of a whole frame."""

    @property
    @abstractmethod
    def displays(self) -> tuple[Display, ...]:
        """The monitors, the primary one first."""

    @abstractmethod
    def grab(self) -> Frame:
        """Take one picture now.

        Raises:
            CaptureError: no picture can be had.
        """

    def windows(self) -> tuple[Window, ...]:
        """List the visible windows, topmost first; empty where the platform does not tell."""
        return ()

    @property
    def tells_windows(self) -> bool:
        """Whether `windows` would list any that there are."""
        return False

    def settled(self, timeout_s: float = 3.0, *, quiet_s: float = 0.07, min_wait_s: float = 0.3) -> Settled:
        """Watch until nothing has changed for `quiet_s`, and list the windows.

        Args:
            timeout_s: give up after this long, with the verdict 'moving'.
            quiet_s: how long the picture must stand still.
            min_wait_s: how long to watch at least; a window takes up to 0.3 s to follow the click that opens it.

        Raises:
            CaptureError: no picture can be had.
        """
        result = settle(self.grab, timeout_s=timeout_s, quiet_s=quiet_s, min_wait_s=min_wait_s, stop=self._pace.stop)
        frame = replace(result.frame, windows=self.windows(), tells_windows=self.tells_windows)
        return replace(result, frame=frame)

    def stream(self, fps: float = 10.0, *, capacity: int = 2) -> FrameStream:
        """Grab in a thread of its own; see `FrameStream`."""
        return FrameStream(self.grab, fps, capacity=capacity)

    def close(self) -> None:  # noqa: B027  # most screens hold nothing
        """Let go of the platform's resources; safe to call twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
