"""From a label to the widget it names: the entry, list, switch, slider or check box inside, beside or below it."""

from __future__ import annotations

from dataclasses import dataclass

from vl2agent.geometry import ImageBox
from vl2agent.perception.layout import gap_x, gap_y, middle_y, same_row
from vl2agent.perception.scene import Scene, encloses
from vl2agent.perception.widgets import FIELDS, MAX_FIELD_HEIGHT, TOGGLES, is_framed, letter_height, of_role


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget found for a label, and how far-fetched that is: 0 certain, 1 doubtful, more is worse."""

    box: ImageBox
    cost: float


def widget_for(label: ImageBox, role: str, scene: Scene) -> Widget | None:
    """Return the widget of a role that a label names, or None when there is none in reach."""
    label = _of_letters(label, scene)
    if role in FIELDS and (own := _pane_of(label, scene)):
        return Widget(own, 0.0)
    if role in FIELDS and (
        within := next((p for p in scene.shapes.panes if encloses(label, p, 12) and p.height > label.height), None)
    ):
        return Widget(within, 0.0)
    if role == "icon":
        return _icon_on_row(label, scene)
    reach = _left if role in TOGGLES else _right_or_below
    found = [Widget(box, cost) for box in of_role(role, label, scene) if (cost := reach(label, box, scene)) is not None]
    nearest = min(found, key=lambda widget: widget.cost, default=None)
    if nearest is not None and role in TOGGLES:
        return _before_icon(nearest, label, scene) or nearest
    return nearest


def _before_icon(icon: Widget, label: ImageBox, scene: Scene) -> Widget | None:
    """Return the drawn square before an icon before a label: a row of a list has check box, icon, and name."""
    height = letter_height(label, scene)
    for box in of_role("check box", label, scene):
        close = box.right <= icon.box.left and gap_x(box, icon.box) <= height and same_row(box, icon.box)
        if close and 0.6 * height <= box.height <= 1.5 * icon.box.height and is_framed(box, scene):
            return Widget(box, icon.cost)
    return None


def _of_letters(label: ImageBox, scene: Scene) -> ImageBox:
    """Return a label's box as high as letters are: the edge of an entry beside it may have been read along with it."""
    height = round(scene.text_height)
    if label.height <= 1.4 * height:
        return label
    top = label.center.y - height // 2
    return ImageBox(label.left, top, label.right, top + height)


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


def _pane_of(label: ImageBox, scene: Scene) -> ImageBox | None:
    """Return the entry that the text stands in, as its value or placeholder; not the row of a list of settings."""
    pane = scene.pane_around(label)
    if pane is None or not 0.9 * label.height < pane.height <= MAX_FIELD_HEIGHT * label.height:
        return None
    inside = (other for other in scene.shapes.panes if other != pane and encloses(pane, other))
    if any(other.height > label.height and gap_x(label, other) > 0 and other.left > label.right for other in inside):
        return None
    return pane


def _left(label: ImageBox, box: ImageBox, scene: Scene) -> float | None:
    """Cost of a check box: it stands right before its label."""
    height = letter_height(label, scene)
    gap, off = label.left - box.right, abs(middle_y(label) - middle_y(box))
    if off > 0.8 * max(height, box.height) or not -1.2 * height <= gap <= 2.5 * height:
        return None
    return max(gap, 0) / (5 * height) + off / (4 * height)


def _right_or_below(label: ImageBox, box: ImageBox, scene: Scene) -> float | None:
    """Cost of an entry, list, switch or slider: on the label's row, else under it, else right of it and lower."""
    slack = letter_height(label, scene) // 2
    if encloses(box, label) or (gap_x(label, box) < -slack and gap_y(label, box) < 0):
        return None
    height = label.height
    right, below = box.left - label.right, box.top - label.bottom
    if same_row(label, box) and right >= -slack:
        return 0.1 + max(right, 0) / (100 * height) + 0.5 * _between(label, box, scene)
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
