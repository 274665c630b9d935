"""What is masked before anything of it is written."""

from __future__ import annotations

from typing import TypeVar

from vl2agent.recording.schema import Event
from vl2agent.steps import Frame, Settled

E = TypeVar("E", bound=Event)


class Redaction:
    """Masks events and frames."""

    def event(self, event: E) -> E:
        """Mask an event."""
        return event

    def frame(self, settled: Settled) -> Frame:
        """Paint a frame over."""
        return settled.frame
