"""Read a frame, and of a frame that is nearly the last one read only what changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from vl2agent.capture.tiles import dirty_regions
from vl2agent.geometry import ImageBox
from vl2agent.perception.engine import OnnxTextEngine, TextEngine
from vl2agent.perception.scene import Scene
from vl2agent.perception.shapes import find_shapes
from vl2agent.perception.text import Line
from vl2agent.steps import Frame, Pixels

REMEMBERED = 8
AROUND_PX = 12
"""Paper that is read around a change, so that detection sees whole letters."""
MAX_CHANGED = 0.5
"""The share of a frame above which reading all of it is as quick."""


class Reader:
    """Frames to scenes: what is written and drawn on them.

    A frame that was read before costs a comparison; one that resembles the last one costs the reading of what changed,
    widened to the whole lines it touches.

    Args:
        engine: what reads pictures; None takes the networks of the extra `ocr`.
    """

    def __init__(self, engine: TextEngine | None = None) -> None:
        self._engine = engine or OnnxTextEngine()
        self._known: OrderedDict[str, Scene] = OrderedDict()
        self._last: tuple[Frame, Scene] | None = None

    def read(self, frame: Frame) -> Scene:
        """Return what is on a frame, lines in reading order, all in the frame's image pixels."""
        if self._last and self._last[0] is frame:
            return self._last[1]
        key = f"{frame.region}{frame.digest}"
        scene = self._known.get(key) or self._read(frame)
        self._last = frame, scene
        self._known[key] = scene
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return scene

    def _read(self, frame: Frame) -> Scene:
        bgr = frame.pixels[..., :3]
        if self._last is None or self._last[0].region != frame.region:
            return scene_of(bgr, self._engine.read(bgr))
        before, scene = self._last
        changed = [frame.view.box_to_image(region) for region in dirty_regions(before, frame)]
        parts = _whole_lines(changed, scene.lines, frame.size.width_px, frame.size.height_px)
        if sum(part.area for part in parts) > MAX_CHANGED * frame.region.area:
            return scene_of(bgr, self._engine.read(bgr))
        lines = [line for line in scene.lines if not any(_touch(line.box, part) for part in parts)]
        for part in parts:
            crop = bgr[part.top : part.bottom, part.left : part.right]
            lines += [line.moved(part.left, part.top) for line in self._engine.read(crop)]
        return scene_of(bgr, lines)


def scene_of(bgr: Pixels, lines: Sequence[Line]) -> Scene:
    """Put lines in reading order and add the shapes around them."""
    ordered = tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left)))
    return Scene(bgr, ordered, find_shapes(bgr, [line.box for line in lines if len(line.text) > 2]))


def _whole_lines(changed: Sequence[ImageBox], lines: Sequence[Line], width: int, height: int) -> list[ImageBox]:
    """Widen changed boxes to the lines they touch, and join those that then overlap; each pass joins at least two."""
    parts = [_widened(box, AROUND_PX, width, height) for box in changed]
    while True:
        grown = []
        for part in parts:
            for line in lines:
                if _touch(line.box, part):
                    part = part.union(_widened(line.box, AROUND_PX, width, height))
            grown.append(part)
        joined = _joined(grown)
        if joined == parts:
            return parts
        parts = joined


def _joined(parts: Sequence[ImageBox]) -> list[ImageBox]:
    joined: list[ImageBox] = []
    for part in parts:
        while touching := next((other for other in joined if _touch(other, part)), None):
            joined.remove(touching)
            part = part.union(touching)
        joined.append(part)
    return joined


def _widened(box: ImageBox, by: int, width: int, height: int) -> ImageBox:
    return ImageBox(
        max(box.left - by, 0), max(box.top - by, 0), min(box.right + by, width), min(box.bottom + by, height)
    )


def _touch(a: ImageBox, b: ImageBox) -> bool:
    return a.intersection(b) is not None
