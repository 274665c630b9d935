"""What is written under the pointer, as those hear it who read the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.policy.conditions import TextAt
from vl2agent.steps import Element, Frame


def text_under(elements: Callable[[Frame], Sequence[Element]]) -> TextAt:
    """Read what is under a point: all elements around it, the smallest first, a line each.

    A click just beside letters still hits what they are written on, so half their height around them counts.
    """

    def text_at(point: ScreenPoint, frame: Frame) -> str:
        around = [element for element in elements(frame) if _reaches(element.box, point)]
        return "\n".join(element.text for element in sorted(around, key=lambda element: element.box.area))

    return text_at


def _reaches(box: ScreenBox, point: ScreenPoint) -> bool:
    slack = box.height // 2 if box.height <= MAX_LINE_PX else 0
    return box.left - slack <= point.x < box.right + slack and box.top - slack <= point.y < box.bottom + slack


MAX_LINE_PX = 24
"""What is higher is a button or a pane, which has its own edges."""
