"""What an action is expected to be, compared with `==`: `assert run.actions == [click_in(box), types("hello")]`.

A matcher equals an action, or a step with such an action, that fits. `why_not` says in words what does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard, get_args

from vl2agent.actions import Action, Button, Click, Direction, Drag, Key, Modifier, Move, Scroll, TypeText
from vl2agent.errors import InputError, KeyNameError
from vl2agent.executor.keys import parse_chord
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.recording.words import action_words
from vl2agent.steps import Element, Step, Target

Place: TypeAlias = ScreenBox | Target | Element | Sequence[int]
"""A box, something that has one, or four edges: left, top, right, bottom."""

_ACTIONS: tuple[type, ...] = get_args(get_args(Action)[0])


def is_action(value: Any) -> TypeGuard[Action]:
    """Tell an action from everything else."""
    return isinstance(value, _ACTIONS)


class Matcher:
    """Equals what fits.

    Args:
        said: how it was written, for messages.
        judge: tells in words why an action does not fit; empty when it does.
    """

    def __init__(self, said: str, judge: Callable[[Action], str]) -> None:
        self._said, self._judge = said, judge

    def why_not(self, done: object) -> str:
        """Say why something does not fit; empty when it does."""
        action = done.action if isinstance(done, Step) else done
        if action is None:
            return "nothing was done in this step"
        if not is_action(action):
            return f"expected an action or a step, got {type(done).__name__}"
        return self._judge(action)

    def __eq__(self, other: object) -> bool:
        return self is other if isinstance(other, Matcher) else not self.why_not(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return self._said


def click_in(box: Place, *, button: Button = "left", count: int = 1, modifiers: Sequence[Modifier] = ()) -> Matcher:
    """Expect a click on a point in a box."""
    area = area_of(box)

    def judge(action: Action) -> str:
        if not isinstance(action, Click):
            return _other("a click", action)
        wrong = [] if area.contains(action.point) else [_outside(action.point, area)]
        for name, expected, got in (
            ("button", button, action.button),
            ("count", count, action.count),
            ("modifiers", sorted(modifiers), sorted(action.modifiers)),
        ):
            wrong += [f"expected {name} {expected}, got {got}"] if got != expected else []
        return "; ".join(wrong)

    options = {"button": (button, "left"), "count": (count, 1), "modifiers": (tuple(modifiers), ())}
    return Matcher(_said("click_in", str(area), options), judge)


def types(text: str | re.Pattern[str], *, submit: bool | None = None) -> Matcher:
    """Expect a text to be typed, this one or one in which a pattern is found; `submit` as it is, where it is given."""

    def judge(action: Action) -> str:
        if not isinstance(action, TypeText):
            return _other("text to be typed", action)
        if action.text != text if isinstance(text, str) else not text.search(action.text):
            return f"expected the text {text!r}, got {action.text!r}"
        if submit is not None and action.submit is not submit:
            return f"expected {'' if submit else 'no '}enter afterwards"
        return ""

    return Matcher(_said("types", repr(text), {"submit": (submit, None)}), judge)


def presses(keys: str) -> Matcher:
    """Expect a chord, in whatever order and case it is written.

    Raises:
        KeyNameError: there is no such chord.
    """
    chord = str(parse_chord(keys))

    def judge(action: Action) -> str:
        if not isinstance(action, Key):
            return _other(f"{chord} to be pressed", action)
        return "" if _standard(action.keys) == chord else f"expected {chord}, got {action.keys}"

    return Matcher(_said("presses", repr(chord), {}), judge)


def scrolls(direction: Direction | None = None, *, amount: int | None = None, over: Place | None = None) -> Matcher:
    """Expect the wheel to be turned; what is None does not matter."""
    area = None if over is None else area_of(over)

    def judge(action: Action) -> str:
        if not isinstance(action, Scroll):
            return _other("the wheel to be turned", action)
        wrong = [] if area is None or area.contains(action.point) else [_outside(action.point, area)]
        for name, expected, got in (("direction", direction, action.direction), ("amount", amount, action.amount)):
            wrong += [f"expected {name} {expected}, got {got}"] if expected not in (None, got) else []
        return "; ".join(wrong)

    return Matcher(_said("scrolls", repr(direction), {"amount": (amount, None), "over": (area, None)}), judge)


def drags(start: Place, end: Place) -> Matcher:
    """Expect something to be dragged from one box to another."""
    areas = area_of(start), area_of(end)

    def judge(action: Action) -> str:
        if not isinstance(action, Drag):
            return _other("a drag", action)
        points = zip((action.start, action.end), areas, strict=True)
        return "; ".join(_outside(point, area) for point, area in points if not area.contains(point))

    return Matcher(f"drags({areas[0]}, {areas[1]})", judge)


def moves_to(box: Place) -> Matcher:
    """Expect the pointer to be put somewhere in a box."""
    area = area_of(box)

    def judge(action: Action) -> str:
        if not isinstance(action, Move):
            return _other("the pointer to be moved", action)
        return "" if area.contains(action.point) else _outside(action.point, area)

    return Matcher(f"moves_to({area})", judge)


def area_of(place: Place) -> ScreenBox:
    """Give the box of a place.

    Raises:
        InputError: it is none.
    """
    if isinstance(place, ScreenBox):
        return place
    if isinstance(place, Target | Element):
        return place.box
    if isinstance(place, Sequence) and len(place) == 4 and all(isinstance(edge, int) for edge in place):
        return ScreenBox(*place)
    raise InputError(f"expected a box as (left, top, right, bottom), a ScreenBox or a Target, got {place!r}")


def _standard(keys: str) -> str:
    try:
        return str(parse_chord(keys))
    except KeyNameError:
        return keys


def _other(expected: str, action: Action) -> str:
    return f"expected {expected}, got: {action_words(action)}"


def _outside(point: ScreenPoint, area: ScreenBox) -> str:
    return f"{point} is outside {area}"


def _said(name: str, first: str, options: Mapping[str, tuple[object, object]]) -> str:
    """Write a call as it was written, without what is as it would be anyway."""
    given = [
        f"{key}={value!s}" if key == "over" else f"{key}={value!r}"
        for key, (value, usual) in options.items()
        if value != usual
    ]
    return f"{name}({', '.join([first, *given])})"
