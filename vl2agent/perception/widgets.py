"""What widgets look like: which panes and marks of a scene could be an entry, a list, a slider, a switch, a check box."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.perception.scene import Scene, encloses

FIELDS = frozenset({"field", "search field", "combo box", "spin box"})
TOGGLES = frozenset({"check box", "radio button"})
WIDGET_ROLES = FIELDS | TOGGLES | {"switch", "slider", "icon"}

MAX_FIELD_HEIGHT = 6.0
"""In heights of the label's letters; what is higher is a panel with things in it."""
MIN_TRACK = 4
"""How many times as long as its knob, or as itself high, a slider is."""
TRACK_CONTRAST = 10
MIN_TOGGLE_PX = 10
TOGGLE_CONTRAST = 40
FRAME_CONTRAST = 15
"""What the outline of a check box differs from what is around it, at least."""
FRAME_SPREAD = 0.2
"""The share by which opposite sides of that outline differ, at most: filled boxes have a gradient."""


def of_role(role: str, label: ImageBox, scene: Scene) -> Iterator[ImageBox]:
    """Return what could be a widget of this role, by its form alone."""
    height = letter_height(label, scene)
    if role in FIELDS:
        for pane in scene.shapes.panes:
            if (
                0.8 * height < pane.height <= MAX_FIELD_HEIGHT * height
                and pane.width > (0.8 if role == "spin box" else 1.5) * pane.height
            ):
                yield pane
    elif role == "slider":
        knobs = (mark for mark in _small(scene, height) if 0.5 < mark.width / mark.height < 2)
        yield from (track for knob in knobs if (track := _track(knob, scene)))
        bars = (mark for mark in _small(scene, height) if mark.width > MIN_TRACK * mark.height)
        yield from (bar for bar in bars if not _framed(bar, scene))
        yield from (pane for pane in scene.shapes.panes if _is_bar(pane, height))
    elif role == "switch":
        yield from (mark for mark in _small(scene, height) if 1.3 < mark.width / mark.height < 2.8)
    else:
        yield from (mark for mark in _small(scene, height) if 0.7 < mark.width / mark.height < 1.4)
        yield from _drawn_before(label, scene)


def search_entries(scene: Scene) -> list[ImageBox]:
    """Return entries that hold nothing but a small drawing at an end, as a magnifying glass in a search box."""
    found = []
    for pane in scene.shapes.panes:
        if not (1.2 * scene.text_height < pane.height <= 4 * scene.text_height and pane.width > 3 * pane.height):
            continue
        texts = [line for line in scene.lines if encloses(pane, line.box)]
        marks = [mark for mark in scene.shapes.marks if encloses(pane, mark) and mark.width < pane.height]
        ends = min((min(m.left - pane.left, pane.right - m.right) for m in marks), default=pane.width)
        if all(len(line.text) <= 2 for line in texts) and ends < pane.height:
            found.append(pane)
    return found


def letter_height(label: ImageBox, scene: Scene) -> int:
    """Return the height of a label's letters; its box may be higher where it touched a border."""
    return round(min(label.height, 1.5 * scene.text_height))


def is_framed(box: ImageBox, scene: Scene) -> bool:
    """Tell whether a box has an outline that is alike on opposite sides, as a check box has and most icons have not."""
    height, width = scene.bgr.shape[:2]
    if box.left < 4 or box.top < 4 or box.right + 4 > width or box.bottom + 4 > height:
        return False
    around = (scene.bgr[row, box.left - 3 : box.right + 3] for row in (box.top - 4, box.bottom + 3))
    ground = np.median(np.concatenate(list(around)).astype(np.int16), axis=0)
    part = np.abs(scene.bgr[box.top - 1 : box.bottom + 1, box.left - 1 : box.right + 1].astype(np.int16) - ground)
    differs = part.max(axis=2)
    inset = box.width // 4
    rows, columns = differs[:, inset:-inset].min(axis=1), differs[inset:-inset].min(axis=0)
    pairs = [(int(side[:4].max()), int(side[-4:].max())) for side in (rows, columns)]
    return all(min(pair) >= FRAME_CONTRAST and max(pair) - min(pair) <= FRAME_SPREAD * max(pair) for pair in pairs)


def _small(scene: Scene, height: int) -> Iterator[ImageBox]:
    for box in (*scene.shapes.marks, *scene.shapes.panes):
        if 0.7 * height <= box.height <= 3 * height:
            yield box


def _track(knob: ImageBox, scene: Scene) -> ImageBox | None:
    """Return a slider as high as its knob, when a line runs from the knob to the left or right."""
    row = (knob.top + knob.bottom) // 2
    ground = min(knob.bottom + knob.height // 2, scene.bgr.shape[0] - 1)
    differs = np.abs(scene.bgr[row].astype(np.int16) - scene.bgr[ground].astype(np.int16)).max(axis=1) > TRACK_CONTRAST
    left, right = knob.left - 2, knob.right + 1
    while left > 0 and differs[left - 1]:
        left -= 1
    while right < differs.size and differs[right]:
        right += 1
    box = ImageBox(left, knob.top, right, knob.bottom) if left >= 0 else None
    return box if box and box.width > MIN_TRACK * knob.width else None


def _framed(mark: ImageBox, scene: Scene) -> bool:
    """Tell whether a mark is the outline of a pane: a button or an entry, not a slider."""
    return any(encloses(mark, pane) and pane.area > 0.6 * mark.area for pane in scene.shapes.panes)


def _drawn_before(label: ImageBox, scene: Scene) -> Iterator[ImageBox]:
    """Return squares and circles drawn right before a label, also where they were taken for a part of a longer line."""
    height = letter_height(label, scene)
    left, right = max(label.left - 3 * height, 0), label.left + height
    top, bottom = max(label.top - height // 2, 0), min(label.bottom + height // 2, scene.bgr.shape[0])
    strip = scene.bgr[top:bottom, left:right].astype(np.int16)
    if not strip.size:
        return
    paper = np.median(strip.reshape(-1, 3), axis=0)
    ink = (np.abs(strip - paper).max(axis=2) > TOGGLE_CONTRAST).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    for x, y, w, h, _area in stats[1:].tolist():
        before = left + x + w <= label.left + 0.4 * height
        if before and min(w, h) >= MIN_TOGGLE_PX and 0.8 < w / h < 1.25 and w >= 0.6 * height:
            yield ImageBox(left + x, top + y, left + x + w, top + y + h)


def _is_bar(pane: ImageBox, height: int) -> bool:
    """Tell whether a pane is long and lower than letters: the track of a slider."""
    return pane.height <= 0.8 * height and pane.width > max(MIN_TRACK * pane.height, 3 * height)
