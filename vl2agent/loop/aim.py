"""Words become places here, and nowhere else: an intent and a frame give a typed action."""

from __future__ import annotations

from vl2agent.actions import Action, Click, Drag, Move, Scroll, Zoom, points_of
from vl2agent.contracts import Perception
from vl2agent.errors import CoordinateError
from vl2agent.geometry import ScreenPoint
from vl2agent.loop.draft import Draft
from vl2agent.steps import ClickIntent, DragIntent, Frame, MoveIntent, ScrollIntent, ZoomIntent


def aim(draft: Draft, perception: Perception) -> Action:
    """Fill the draft's targets and action; return the action.

    Raises:
        TargetNotFound: the words fit nothing, or several things.
        CoordinateError: what was found lies outside the frame.
    """
    frame = draft.before
    found = draft.plan.found or tuple(perception.locate(words, frame) for words in _words(draft))
    draft.target, draft.destination = (*found, None, None)[:2]
    draft.action = action = _action(draft)
    for point in points_of(action):
        if not frame.region.contains(point):
            raise CoordinateError(str(point), f"the screen {frame.region}")
    return action


def _words(draft: Draft) -> tuple[str, ...]:
    match draft.plan.intent:
        case DragIntent() as drag:
            return drag.target, drag.destination
        case ClickIntent() | MoveIntent() | ZoomIntent() as intent:
            return (intent.target,)
        case ScrollIntent(target=words) if words:
            return (words,)
        case _:
            return ()


def _action(draft: Draft) -> Action:
    intent, target, destination = draft.plan.intent, draft.target, draft.destination
    if isinstance(intent, ScrollIntent):
        point = target.point if target else _middle(draft.before)
        return Scroll(point=point, direction=intent.direction, amount=intent.amount)
    if not isinstance(intent, ClickIntent | DragIntent | MoveIntent | ZoomIntent):
        return intent  # needs no place: an action already
    assert target is not None
    match intent:
        case ClickIntent():
            return Click(point=target.point, button=intent.button, count=intent.count, modifiers=intent.modifiers)
        case DragIntent():
            assert destination is not None
            return Drag(start=target.point, end=destination.point)
        case MoveIntent():
            return Move(point=target.point)
        case ZoomIntent():
            return Zoom(box=target.box)


def _middle(frame: Frame) -> ScreenPoint:
    """Return the middle of the window in use; of the frame, which may lie between two monitors, where none is known."""
    active = next((window.box for window in frame.windows if window.active), None)
    seen = frame.region.intersection(active) if active else None
    return (seen or frame.region).center
