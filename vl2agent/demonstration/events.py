"""What mouse and keyboard did, one value for each event, in the order and at the time that the X server had it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from vl2agent.actions import Modifier
from vl2agent.geometry import ScreenPoint

Held: TypeAlias = frozenset[Modifier]


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A key went down, again while it is held, or up.

    `symbol` is what it means with everything that is held, `plain` what it is called without; both are keysyms.
    """

    at_s: float
    down: bool
    symbol: int
    plain: int
    held: Held


@dataclass(frozen=True, slots=True)
class ButtonEvent:
    """A button of the mouse went down or up; 4 to 7 are the notches of its wheels."""

    at_s: float
    down: bool
    button: int
    point: ScreenPoint
    held: Held


@dataclass(frozen=True, slots=True)
class MotionEvent:
    """The pointer moved."""

    at_s: float
    point: ScreenPoint


InputEvent: TypeAlias = KeyEvent | ButtonEvent | MotionEvent
