"""What kind of thing a text is, from how it is drawn and what stands around it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.perception.layout import gap_x, gap_y, same_row
from vl2agent.perception.scene import Scene

HEADING = 1.35
"""Letters this many times the usual height are a heading."""
MAX_BUTTON_HEIGHT = 5.5
"""In heights of the letters on it."""
SATURATED = 50
"""A color whose strongest channel is this much above its weakest is not gray."""


def fit(role: str, box: ImageBox, scene: Scene) -> float:
    """Tell how well a text at a box fits a role: 1 well, 0 no evidence, -1 badly."""
    judge = _JUDGES.get(role)
    return judge(box, scene) if judge else 0.0


def is_heading(box: ImageBox, scene: Scene) -> bool:
    """Tell whether letters are larger than usual on this screen."""
    return box.height > HEADING * scene.text_height


def button_pane(box: ImageBox, scene: Scene) -> ImageBox | None:
    """Return the button that a text is written on: a pane not much larger than it, or with the text in its middle."""
    pane = scene.pane_around(box)
    if pane is None or pane.height > MAX_BUTTON_HEIGHT * box.height:
        return None
    snug = pane.width <= box.width + 12 * box.height
    return pane if snug or is_centered(box, pane) else None


def is_centered(box: ImageBox, pane: ImageBox) -> bool:
    """Tell whether a text stands in the middle of a pane, give or take an icon beside it."""
    return abs((box.left - pane.left) - (pane.right - box.right)) < max(0.1 * pane.width, 2 * box.height)


def is_colored(box: ImageBox, scene: Scene) -> bool:
    """Tell whether letters have a color on a gray, white or black ground, as links do."""
    ink, paper = scene.ink(box), scene.paper(box)
    return bool(np.ptp(ink) > SATURATED and np.ptp(paper) < SATURATED)


def _link(box: ImageBox, scene: Scene) -> float:
    if is_heading(box, scene):
        return -1.0
    return 1.0 if is_colored(box, scene) else 0.0


def _button(box: ImageBox, scene: Scene) -> float:
    on_pane = 1.0 if button_pane(box, scene) else 0.0
    return on_pane - 0.7 if is_heading(box, scene) else on_pane


def _in_row(box: ImageBox, scene: Scene) -> float:
    """Menu titles and tabs stand in a row of their like."""
    beside = [b for b in _others(box, scene) if _alike(b, box) and same_row(b, box) and gap_x(b, box) < 8 * box.height]
    return min(len(beside), 2) / 2


def _in_column(box: ImageBox, scene: Scene) -> float:
    """Menu and list items stand under each other with one left edge."""
    if is_heading(box, scene):
        return -1.0
    near = [b for b in _others(box, scene) if abs(b.left - box.left) < box.height and gap_y(b, box) < 4 * box.height]
    return min(len(near), 2) / 2


def _menu_item(box: ImageBox, scene: Scene) -> float:
    """A menu's items stand in a column, those of a menu bar in a row."""
    return max(_in_column(box, scene), _in_row(box, scene))


def _header(box: ImageBox, scene: Scene) -> float:
    """A column's header has others beside it and its column right under it."""
    under = [
        b
        for b in _others(box, scene)
        if 0 < b.top - box.bottom < 4 * box.height and (abs(b.left - box.left) < box.height or gap_x(b, box) < 0)
    ]
    return (_in_row(box, scene) + min(len(under), 1)) / 2


def _others(box: ImageBox, scene: Scene) -> list[ImageBox]:
    return [line.box for line in scene.lines if line.box != box and len(line.text) > 1]


def _alike(a: ImageBox, b: ImageBox) -> bool:
    return abs(a.height - b.height) <= 0.5 * b.height


def _plain(box: ImageBox, scene: Scene) -> float:
    return -0.3 if is_heading(box, scene) else 0.0


_JUDGES: dict[str, Callable[[ImageBox, Scene], float]] = {
    "": _plain,
    "link": _link,
    "button": _button,
    "menu": _in_row,
    "tab": _in_row,
    "menu item": _menu_item,
    "list item": _in_column,
    "cell": _in_column,
    "column header": _header,
}
