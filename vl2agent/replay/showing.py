"""A recording as a screen: its frames in order, none before the action that led to it."""

from __future__ import annotations

from collections.abc import Mapping

from vl2agent.errors import NotRecorded
from vl2agent.geometry import Display, Size
from vl2agent.recording.schema import FrameSeen, Intended
from vl2agent.replay.course import Course
from vl2agent.steps import Frame, Settled


class RecordedScreen:
    """Hands out the next frame at each `settled`, and the last one again where the next action comes first.

    Args:
        course: the recording, and how far it is played.
        strict: one frame for each look: a look that was not recorded is an error.

    Raises:
        NotRecorded: there is not a single frame.
    """

    def __init__(self, course: Course, *, strict: bool = False) -> None:
        self._course, self._strict = course, strict
        self._seen = list(course.of(FrameSeen))
        self._needs = _actions_before(course)
        self._next = 0
        self.performed = 0
        """Actions that the executor was handed."""
        self._frame: Frame | None = None
        if not self._seen:
            raise NotRecorded(0, "screen", "no frame", "a look at the screen")

    @property
    def size(self) -> Size:
        return self._seen[0][1].region.size

    @property
    def displays(self) -> tuple[Display, ...]:
        first = self._seen[0][1]
        return (Display("recording", first.region, first.scale),)

    def grab(self) -> Frame:
        """Return the frame that is shown; where a loop looked once more before it acted, what it saw then."""
        if self._strict and self._next and self.looks_ahead:
            return self._load(self._seen[self._next][1])
        return self._shown()

    def _shown(self) -> Frame:
        if self._frame is None:
            self._frame = self._load(self._seen[max(self._next - 1, 0)][1])
        return self._frame

    @property
    def looks_ahead(self) -> bool:
        """Whether there were more looks before the next action."""
        return self._next < len(self._seen) and self._needs[self._next] <= self.performed

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Show the next frame, if that was seen before the next action."""
        if not self._strict:
            self._pass_over()
        if self.looks_ahead:
            at, _ = self._seen[self._next]
            self._next, self._frame = self._next + 1, None
            self._course.reach(at)
        elif self._strict:
            raise self._course.missing("screen", "one more look at the screen")
        seen = self._seen[max(self._next - 1, 0)][1]
        return Settled(self._shown(), seen.settled, seen.waited_s)

    def _pass_over(self) -> None:
        """Leave out looks that were made before the last action, and that nobody asked for."""
        while self.looks_ahead and self._needs[self._next] < self.performed:
            if self._needs.get(self._next + 1, self.performed + 1) > self.performed:
                break  # there was none after that action
            self._next += 1

    def _load(self, seen: FrameSeen) -> Frame:
        frame = self._course.recording.frame(seen.frame)
        if frame is None:
            raise self._course.gap(seen.frame)
        return frame


def _actions_before(course: Course) -> Mapping[int, int]:
    """Count, for each frame by its order, the actions that were performed before it."""
    counts, actions = [], 0
    for event in course.events:
        actions += isinstance(event, Intended)
        if isinstance(event, FrameSeen):
            counts.append(actions)
    return dict(enumerate(counts))
