"""From a label to the widget it names: the entry, list, switch, slider or check box inside, beside or below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.perception.scene import Scene, encloses, gap_x, gap_y, middle_y, same_row

FIELDS = frozenset({"field", "search field", "combo box", "spin box"})
TOGGLES = frozenset({"check box", "radio button"})
WIDGET_ROLES = FIELDS | TOGGLES | {"switch", "slider", "icon"}

MAX_FIELD_HEIGHT = 6.0
"""In heights of the label's letters; what is higher is a panel with things in it."""
MIN_TRACK = 4
"""In widths of the knob that slides on it."""
TRACK_CONTRAST = 10


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget found for a label, and how far-fetched that is: 0 certain, 1 doubtful, more is worse."""

    box: ImageBox
    cost: float


def widget_for(label: ImageBox, role: str, scene: Scene) -> Widget | None:
    """Return the widget of a role that a label names, or None when there is none in reach."""
    if role in FIELDS and (own := _pane_of(label, scene)):
        return Widget(own, 0.0)
    if role in FIELDS and (
        within := next((p for p in scene.shapes.panes if encloses(label, p, 12) and p.height > label.height), None)
    ):
        return Widget(within, 0.0)
    if role == "icon":
        return _icon_on_row(label, scene)
    reach = _left if role in TOGGLES else _right_or_below
    found = [
        Widget(box, cost) for box in _of_role(role, label, scene) if (cost := reach(label, box, scene)) is not None
    ]
    return min(found, key=lambda widget: widget.cost, default=None)


def _icon_on_row(label: ImageBox, scene: Scene) -> Widget | None:
    """Return the last icon on the label's row of a list; a label elsewhere stands for its icon itself."""
    row = scene.pane_around(label)
    if row is None or row.height > MAX_FIELD_HEIGHT * scene.text_height:
        return None
    icons = [
        mark for mark in scene.shapes.marks if encloses(row, mark) and same_row(label, mark) and mark.left > label.right
    ]
    square = [icon for icon in icons if 0.4 < icon.width / icon.height < 2.5 and icon.height > 0.6 * scene.text_height]
    return Widget(max(square, key=lambda icon: icon.right), 0.5) if square else None


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


def _pane_of(label: ImageBox, scene: Scene) -> ImageBox | None:
    """Return the entry that the text stands in, as its value or placeholder; not the row of a list of settings."""
    pane = scene.pane_around(label)
    if pane is None or not 1.1 * label.height < pane.height <= MAX_FIELD_HEIGHT * label.height:
        return None
    inside = (other for other in scene.shapes.panes if other != pane and encloses(pane, other))
    if any(other.height > label.height and gap_x(label, other) > 0 and other.left > label.right for other in inside):
        return None
    return pane


def _of_role(role: str, label: ImageBox, scene: Scene) -> Iterator[ImageBox]:
    """Return what could be a widget of this role, by its form alone."""
    height = label.height
    if role in FIELDS:
        for pane in scene.shapes.panes:
            if (
                1.2 * height < pane.height <= MAX_FIELD_HEIGHT * height
                and pane.width > (0.8 if role == "spin box" else 1.5) * pane.height
            ):
                yield pane
    elif role == "slider":
        knobs = (mark for mark in _small(scene, height) if 0.5 < mark.width / mark.height < 2)
        yield from (track for knob in knobs if (track := _track(knob, scene)))
    elif role == "switch":
        yield from (mark for mark in _small(scene, height) if 1.3 < mark.width / mark.height < 2.8)
    else:
        yield from (mark for mark in _small(scene, height) if 0.7 < mark.width / mark.height < 1.4)


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


def _small(scene: Scene, height: int) -> Iterator[ImageBox]:
    for box in (*scene.shapes.marks, *scene.shapes.panes):
        if 0.7 * height <= box.height <= 3 * height:
            yield box


def _left(label: ImageBox, box: ImageBox, scene: Scene) -> float | None:
    """Cost of a check box: it stands right before its label."""
    gap = label.left - box.right
    if not same_row(label, box) or not -3 <= gap <= 2.5 * label.height:
        return None
    return gap / (5 * label.height)


def _right_or_below(label: ImageBox, box: ImageBox, scene: Scene) -> float | None:
    """Cost of an entry, list, switch or slider: on the label's row, else under it, else right of it and lower."""
    if encloses(box, label) or (gap_x(label, box) < 0 and gap_y(label, box) < 0):
        return None
    height = label.height
    right, below = box.left - label.right, box.top - label.bottom
    if same_row(label, box) and right >= -2:
        return 0.1 + right / (100 * height) + 0.5 * _between(label, box, scene)
    if 0 <= below <= 6 * height and gap_x(label, box) < 0:
        return 0.2 + below / (8 * height) + abs(box.left - label.left) / (60 * height)
    if right >= 0 and -height <= box.top - label.top <= 8 * height:
        return 0.6 + abs(middle_y(box) - middle_y(label)) / (8 * height) + right / (100 * height)
    return None


def _between(label: ImageBox, box: ImageBox, scene: Scene) -> int:
    """Count the texts that stand between a label and a box on its row."""
    return sum(
        1
        for line in scene.lines
        if same_row(label, line.box) and label.right <= line.box.left and line.box.right <= box.left + 2
    )
