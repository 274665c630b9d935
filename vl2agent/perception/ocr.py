"""Read a frame, and of a frame that is nearly the last one read only what changed."""

from __future__ import annotations

from collections import OrderedDict

from vl2agent.perception.engine import OnnxTextEngine, TextEngine
from vl2agent.perception.text import Line
from vl2agent.steps import Frame

REMEMBERED = 16


class Reader:
    """Frames to lines.

    Args:
        engine: what reads pictures; None takes the networks of the extra `ocr`.
    """

    def __init__(self, engine: TextEngine | None = None) -> None:
        self._engine = engine or OnnxTextEngine()
        self._known: OrderedDict[str, tuple[Line, ...]] = OrderedDict()

    def read(self, frame: Frame) -> tuple[Line, ...]:
        """Return the lines on a frame in reading order, in the frame's image pixels."""
        if frame.digest not in self._known:
            lines = self._engine.read(frame.pixels[..., :3])
            self._known[frame.digest] = tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left)))
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(frame.digest)
        return self._known[frame.digest]
