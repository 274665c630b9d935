"""Readings of the screen, written so that an answer which a like question got before is not written twice."""

from __future__ import annotations

from collections import OrderedDict

from vl2agent.readings import Reading
from vl2agent.recording.schema import Read

REMEMBERED = 64
"""Questions whose answers are known; what is asked again later is written again."""


class Answers:
    """What was written last of each question. It sees readings as they are written: masking changes both sides."""

    def __init__(self) -> None:
        self._last: OrderedDict[Reading, Reading] = OrderedDict()

    def shortened(self, read: Read) -> Read:
        """Return the event, without its answer where that is the one of the last like question."""
        question = read.reading.question()
        if self._last.get(question) == read.reading:
            self._last.move_to_end(question)
            return read.model_copy(update={"reading": question, "again": True})
        self._last[question] = read.reading
        self._last.move_to_end(question)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        return read
