"""The times of a recorded run, for rules that count seconds or look at the time of day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from vl2agent.errors import RecordingDamaged
from vl2agent.recording.schema import Event
from vl2agent.replay.course import Course


class Moments:
    """Clocks that show when an event was written.

    Args:
        course: the recording; it tells how its local time was set.
    """

    def __init__(self, course: Course) -> None:
        run, self._path = course.run, course.recording.path
        self._zone = timezone(timedelta(seconds=run.utc_offset_s)) if run else UTC
        self._event = course.events[0] if course.events else Event()

    def reach(self, event: Event) -> None:
        """Show the time of this event from now on."""
        self._event = event

    def seconds(self) -> float:
        """Seconds that never jump."""
        return self._event.mono_s

    def local(self) -> datetime:
        """The time of day where the run was.

        Raises:
            RecordingDamaged: the event was written at no time that there is.
        """
        try:
            return datetime.fromtimestamp(self._event.wall_s, self._zone).replace(tzinfo=None)
        except (OverflowError, ValueError, OSError) as error:
            raise RecordingDamaged(self._path, f"event {self._event.seq}: wall_s: {error}") from error
