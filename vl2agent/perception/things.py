"""List what stands on a scene with a guess at what each thing is, from its form alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.perception.fields import widget_for
from vl2agent.perception.roles import MAX_BUTTON_HEIGHT, fit, is_centered, is_colored, is_heading
from vl2agent.perception.scene import Scene, encloses
from vl2agent.perception.text import Line

MIN_FIELD = 3.0
"""An entry is at least this many times as wide as high."""
TINTED = 12
"""A pane whose color channels differ by more is a selected row, not an entry."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to point at: its box, what is written on it, its role, and how sure its reading was."""

    box: ImageBox
    text: str
    role: str
    confidence: float


def things(scene: Scene) -> list[Thing]:
    """Return every text with its role, and entries that are empty, in reading order."""
    found = [_of_line(line, scene) for line in scene.lines]
    found += _empty_entries(scene)
    return sorted(found, key=lambda thing: (thing.box.top, thing.box.left))


def _of_line(line: Line, scene: Scene) -> Thing:
    pane = scene.pane_around(line.box)
    if pane and _alone(line.box, pane, scene) and pane.height <= MAX_BUTTON_HEIGHT * line.box.height:
        role = _role_on_pane(line.box, pane, scene)
        if role:
            return Thing(pane, line.text, role, line.confidence)
    box = widget_for(line.box, "check box", scene)
    if box and _is_hollow(box.box, scene):
        return Thing(box.box.union(line.box), line.text, "check box", line.confidence)
    lone_sign = len(line.text) == 1 and not (line.text.isascii() and line.text.isalnum())
    role = "icon" if lone_sign else _role_of_text(line.box, scene)
    return Thing(line.box, line.text, role, line.confidence)


def _role_on_pane(box: ImageBox, pane: ImageBox, scene: Scene) -> str:
    """Tell buttons, lists and entries apart by where the text stands on its pane, and by an arrow at the end."""
    right = pane.right - box.right
    arrows = [mark for mark in scene.shapes.marks if encloses(pane, mark) and _is_arrow(mark, box, pane)]
    if arrows and right > 1.5 * box.height:
        return "combo box"
    if is_centered(box, pane):
        return "button"
    if pane.width <= MIN_FIELD * pane.height or right <= 3 * box.height:
        return ""
    return "list item" if np.ptp(scene.paper(pane)) > TINTED else "field"


def _is_arrow(mark: ImageBox, text: ImageBox, pane: ImageBox) -> bool:
    """Tell whether a mark is small, and at the end of a pane after its text."""
    at_end = mark.left > text.right and pane.right - mark.right < pane.height
    return at_end and mark.height <= 0.8 * text.height and mark.width <= 2 * text.height


def _role_of_text(box: ImageBox, scene: Scene) -> str:
    if is_heading(box, scene):
        return "heading"
    if is_colored(box, scene):
        return "link"
    if fit("tab", box, scene) == 1.0:
        strip = scene.pane_around(box)
        return "tab" if strip and strip.height < 5 * box.height else "menu"
    return "list item" if fit("list item", box, scene) == 1.0 else "text"


def _alone(box: ImageBox, pane: ImageBox, scene: Scene) -> bool:
    """Tell whether nothing else of two letters or more is written on a pane."""
    return not any(line.box != box and encloses(pane, line.box) and len(line.text) > 1 for line in scene.lines)


def _is_hollow(mark: ImageBox, scene: Scene) -> bool:
    """Tell whether a mark is a drawn square with a flat inside, as an empty check box is."""
    return any(encloses(mark, pane) and pane.area > 0.5 * mark.area for pane in scene.shapes.panes)


def _empty_entries(scene: Scene) -> Iterator[Thing]:
    height, edge = scene.text_height, scene.bgr.shape[1]
    for pane in scene.shapes.panes:
        if pane.left == 0 or pane.right == edge:  # a band of the background or a bar
            continue
        if 1.5 * height < pane.height <= 4 * height and pane.width > MIN_FIELD * pane.height:
            parts = (*(line.box for line in scene.lines), *scene.shapes.panes)
            if not any(part != pane and encloses(pane, part) for part in parts):
                yield Thing(pane, "", "field", 0.5)
