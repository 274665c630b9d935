"""Do two actions do the same, as far as a person would say so?

The same verb; pointing within the box of what was meant then, not on the very pixel; the same text, keys and direction.
"""

from __future__ import annotations

from dataclasses import dataclass

from vl2agent.actions import Action, Click, Key, Scroll, TypeText, Zoom, points_of
from vl2agent.errors import KeyNameError
from vl2agent.executor.keys import parse_chord
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.steps import Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Tolerance:
    """What still counts as the same.

    Args:
        around_px: how far outside of the recorded target's box a point may lie.
        without_target_px: how far from the recorded point, where no target was recorded.
        loose_text: take texts that differ in case and blanks alone as the same.
        clicks: want the same button, number of clicks and modifiers.
    """

    around_px: int = 0
    without_target_px: int = 12
    loose_text: bool = False
    clicks: bool = True


def difference(
    recorded: Action, now: Action, targets: tuple[Target | None, Target | None], tolerance: Tolerance
) -> str:
    """Say how an action differs from the recorded one with its target and destination; empty when it does the same."""
    if recorded.kind != now.kind:
        return f"{now.kind} instead of {recorded.kind}"
    for was, point, target in zip(points_of(recorded), points_of(now), targets, strict=False):
        box = _around(was, target, tolerance)
        if not box.contains(point):
            return f"{point} lies outside of {box}"
    match recorded, now:
        case (Click(), Click()) if tolerance.clicks and _options(recorded) != _options(now):
            return "another button, number of clicks or modifier"
        case (TypeText(), TypeText()) if _text(recorded, tolerance) != _text(now, tolerance):
            return "another text"
        case (Key(), Key()) if _chord(recorded) != _chord(now):
            return f"{now.keys} instead of {recorded.keys}"
        case (Scroll(), Scroll()) if recorded.direction != now.direction:
            return f"{now.direction} instead of {recorded.direction}"
        case (Zoom(), Zoom()) if recorded.box.intersection(now.box) is None:
            return f"{now.box} does not touch {recorded.box}"
    return ""


def _around(point: ScreenPoint, target: Target | None, tolerance: Tolerance) -> ScreenBox:
    box = target.box if target else ScreenBox(point.x, point.y, point.x + 1, point.y + 1)
    by = tolerance.around_px if target else tolerance.without_target_px
    return ScreenBox(box.left - by, box.top - by, box.right + by, box.bottom + by)


def _options(click: Click) -> tuple[object, ...]:
    return click.button, click.count, frozenset(click.modifiers)


def _text(action: TypeText, tolerance: Tolerance) -> tuple[str, bool]:
    text = "".join(action.text.casefold().split()) if tolerance.loose_text else action.text
    return text, action.submit


def _chord(key: Key) -> str:
    try:
        return str(parse_chord(key.keys))
    except KeyNameError:
        return key.keys
