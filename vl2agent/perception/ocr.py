"""Read a frame, and of a frame that is nearly the last one read only what changed."""

from __future__ import annotations

from collections import OrderedDict

from vl2agent.perception.engine import OnnxTextEngine, TextEngine
from vl2agent.perception.scene import Scene
from vl2agent.perception.shapes import find_shapes
from vl2agent.perception.text import Line
from vl2agent.steps import Frame, Pixels

REMEMBERED = 16


class Reader:
    """Frames to scenes: what is written and drawn on them.

    Args:
        engine: what reads pictures; None takes the networks of the extra `ocr`.
    """

    def __init__(self, engine: TextEngine | None = None) -> None:
        self._engine = engine or OnnxTextEngine()
        self._known: OrderedDict[str, Scene] = OrderedDict()

    def read(self, frame: Frame) -> Scene:
        """Return what is on a frame, lines in reading order, all in the frame's image pixels."""
        if frame.digest not in self._known:
            bgr = frame.pixels[..., :3]
            self._known[frame.digest] = scene_of(bgr, self._engine.read(bgr))
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(frame.digest)
        return self._known[frame.digest]


def scene_of(bgr: Pixels, lines: list[Line]) -> Scene:
    """Put lines in reading order and add the shapes around them."""
    ordered = tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left)))
    return Scene(bgr, ordered, find_shapes(bgr, [line.box for line in lines if len(line.text) > 2]))
