"""Read a frame, and of a frame that is nearly the last one read only what changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.perception.engine import OnnxTextEngine, TextEngine
from vl2agent.perception.scene import Scene
from vl2agent.perception.shapes import find_shapes
from vl2agent.perception.text import Line
from vl2agent.steps import Frame, Pixels
from vl2agent.tiles import dirty_regions

REMEMBERED = 8
AROUND_PX = 12
"""Paper that is read around a change, so that detection sees whole letters."""
BORDER_CONTRAST = 5
MAX_CHANGED = 0.5
"""The share of a frame above which reading all of it is as quick."""


class Reader:
    """Frames to scenes: what is written and drawn on them.

    A frame that was read before costs a comparison; one that resembles the last one costs the reading of what changed,
    widened to the whole lines it touches. A part shows less than the whole, and letters may be missed on it: a second
    look at a picture that was read in parts reads all of it.

    Args:
        engine: what reads pictures; None takes the networks of the extra `ocr`.
    """

    def __init__(self, engine: TextEngine | None = None) -> None:
        self._engine = engine or OnnxTextEngine()
        self._known: OrderedDict[str, Scene] = OrderedDict()
        self._in_parts: set[str] = set()
        self._last: tuple[Frame, Scene] | None = None

    def read(self, frame: Frame) -> Scene:
        """Return what is on a frame, lines in reading order, all in the frame's image pixels."""
        if self._last and self._last[0] is frame:
            return self._last[1]
        key = f"{frame.region}{frame.digest}"
        if key in self._in_parts:
            self._in_parts.discard(key)
            scene = self._read_all(frame)
        else:
            scene = self._known.get(key) or self._read(frame, key)
        self._last = frame, scene
        self._known[key] = scene
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._in_parts.discard(self._known.popitem(last=False)[0])
        return scene

    def look_closer(self, frame: Frame) -> bool:
        """Read all of a frame that was read in parts; False when there is nothing more to be seen."""
        if f"{frame.region}{frame.digest}" not in self._in_parts:
            return False
        self._last = None  # else it would be known
        self.read(frame)
        return True

    def _read_all(self, frame: Frame) -> Scene:
        bgr = frame.pixels[..., :3]
        return scene_of(bgr, self._engine.read(bgr), frame.scale)

    def _read(self, frame: Frame, key: str) -> Scene:
        bgr = frame.pixels[..., :3]
        if self._last is None or self._last[0].region != frame.region:
            return self._read_all(frame)
        before, scene = self._last
        changed = [frame.view.box_to_image(region) for region in dirty_regions(before, frame)]
        parts = _whole_lines(changed, scene.lines, frame.size.width_px, frame.size.height_px)
        if sum(part.area for part in parts) > MAX_CHANGED * frame.region.area:
            return self._read_all(frame)
        self._in_parts.add(key)
        lines = [line for line in scene.lines if not any(_touch(line.box, part) for part in parts)]
        for part in parts:
            crop = bgr[part.top : part.bottom, part.left : part.right]
            lines += [line.moved(part.left, part.top) for line in self._engine.read(crop)]
        return scene_of(bgr, lines, frame.scale)


def scene_of(bgr: Pixels, lines: Sequence[Line], scale: float = 1.0) -> Scene:
    """Cut lines where they run into a widget, put them in reading order, and add the shapes around them."""
    shapes = find_shapes(bgr, [line.box for line in lines if sum(c.isalnum() for c in line.text) > 2])
    parts = [part for line in lines for part in _cut(line, shapes.panes, bgr)]
    return Scene(bgr, tuple(sorted(parts, key=lambda line: (line.box.top, line.box.left))), shapes, scale)


def _cut(line: Line, panes: Sequence[ImageBox], bgr: Pixels) -> list[Line]:
    """Cut a line at the left and right ends of panes of its own height: a label and the entry that touches it."""
    height = line.box.height
    edges = {
        x
        for pane in panes
        if pane.height <= 3 * height and _spans(pane, line.box)
        for x in (pane.left, pane.right)
        if line.box.left + height / 3 < x < line.box.right - height / 3
        and pane.width > height
        and _is_border(x, line.box, bgr)
    }
    cuts = sorted({0, len(line.text), *(sum(center < x for center in line.centers) for x in edges)})
    return [part for first, last in pairwise(cuts) if (part := line.part(first, last))]


def _is_border(x: int, line: ImageBox, bgr: Pixels) -> bool:
    """Tell whether an upright edge runs from the top to the bottom of a line, within a pixel of x."""
    columns = bgr[line.top : line.bottom, max(x - 2, 0) : x + 2].astype(np.int16)
    steps = np.abs(np.diff(columns, axis=1)).max(axis=2) > BORDER_CONTRAST
    return bool(steps.mean(axis=0).max(initial=0.0) > 0.8)


def _spans(pane: ImageBox, line: ImageBox) -> bool:
    """Tell whether a pane reaches from the top to the bottom of a line, whose box may touch a border."""
    slack = line.height // 4
    return pane.top <= line.top + slack and line.bottom - slack <= pane.bottom


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
