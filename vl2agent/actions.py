"""The eleven typed actions: all that can ever reach an executor.

An action is a frozen Pydantic model; `Action` is their union, told apart by `kind`. Points are physical screen
pixels. Names that other tools use (left_click, hotkey, terminate ...) are understood by `read_action` and never
written. Models and planners do not write actions: they write intents (steps.py), which have words for places.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from vl2agent.errors import ParseError
from vl2agent.geometry import ScreenBox, ScreenPoint

Button: TypeAlias = Literal["left", "right", "middle"]
Modifier: TypeAlias = Literal["ctrl", "shift", "alt", "super"]
Direction: TypeAlias = Literal["up", "down", "left", "right"]

MAX_WAIT_S = 60.0
MAX_SCROLL = 100
MAX_TEXT = 20_000

MASK = "•••"
"""What stands wherever something secret would."""


class Frozen(BaseModel):
    """Base of every value that is written down: immutable, strict about names, and with numbers that JSON has."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ClickOptions(Frozen):
    """How to click, wherever it is."""

    button: Button = "left"
    count: int = Field(default=1, ge=1, le=3)
    modifiers: tuple[Modifier, ...] = ()


class ScrollOptions(Frozen):
    """How to scroll; `amount` is in wheel notches."""

    direction: Direction = "down"
    amount: int = Field(default=3, ge=1, le=MAX_SCROLL)


class Click(ClickOptions):
    """Press and release a button on a point, `count` times."""

    kind: Literal["click"] = "click"
    point: ScreenPoint


class TypeText(Frozen):
    """Enter text where the focus is, then press enter if `submit`. What is `secret` is never written down or shown."""

    kind: Literal["type"] = "type"
    text: str = Field(max_length=MAX_TEXT)
    submit: bool = False
    secret: bool = False

    @property
    def shown(self) -> str:
        """What may be said of the text."""
        return MASK if self.secret else self.text

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, self.shown if name == "text" else value


class Key(Frozen):
    """Press one chord: modifiers and one key, as in 'ctrl+shift+t' or 'enter'."""

    kind: Literal["key"] = "key"
    keys: str = Field(min_length=1, max_length=80)


class Scroll(ScrollOptions):
    """Turn the wheel with the pointer on a point."""

    kind: Literal["scroll"] = "scroll"
    point: ScreenPoint


class Drag(Frozen):
    """Press the left button on `start`, move with motion events, release on `end`."""

    kind: Literal["drag"] = "drag"
    start: ScreenPoint
    end: ScreenPoint


class Move(Frozen):
    """Put the pointer on a point and press nothing (hover)."""

    kind: Literal["move"] = "move"
    point: ScreenPoint


class Wait(Frozen):
    """Let time pass."""

    kind: Literal["wait"] = "wait"
    seconds: float = Field(default=1.0, ge=0, le=MAX_WAIT_S)


class Zoom(Frozen):
    """Look at a part of the screen at native resolution; sends nothing to the desktop."""

    kind: Literal["zoom"] = "zoom"
    box: ScreenBox


class AskUser(Frozen):
    """Put a question to the person who runs this."""

    kind: Literal["ask_user"] = "ask_user"
    question: str = Field(min_length=1)


class Done(Frozen):
    """End the run: the goal is reached."""

    kind: Literal["done"] = "done"
    message: str = ""


class Fail(Frozen):
    """End the run: the goal cannot be reached."""

    kind: Literal["fail"] = "fail"
    reason: str = Field(min_length=1)


Action: TypeAlias = Annotated[
    Click | TypeText | Key | Scroll | Drag | Move | Wait | Zoom | AskUser | Done | Fail, Field(discriminator="kind")
]

ACTION: TypeAdapter[Action] = TypeAdapter(Action)
"""Validates and writes any action: `ACTION.validate_python`, `ACTION.dump_python`, `ACTION.json_schema`."""

ALIASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "left_click": ("click", {}),
    "right_click": ("click", {"button": "right"}),
    "right_single": ("click", {"button": "right"}),
    "middle_click": ("click", {"button": "middle"}),
    "double_click": ("click", {"count": 2}),
    "left_double": ("click", {"count": 2}),
    "triple_click": ("click", {"count": 3}),
    "left_click_drag": ("drag", {}),
    "hotkey": ("key", {}),
    "keypress": ("key", {}),
    "press": ("key", {}),
    "hover": ("move", {}),
    "mouse_move": ("move", {}),
    "finished": ("done", {}),
    "terminate": ("done", {}),
    "call_user": ("ask_user", {}),
}
"""Other tools' names for the same things: canonical kind, and what the name implies."""


def read_action(record: Mapping[str, Any]) -> Action:
    """Build an action from a mapping, in our names or in another tool's.

    Args:
        record: `kind` and the action's own fields.

    Raises:
        ParseError: the kind is unknown, or a field is missing, unknown or out of range.
    """
    kind = record.get("kind")
    canonical, implied = ALIASES.get(kind, (kind, {})) if isinstance(kind, str) else (kind, {})
    try:
        action = ACTION.validate_python({**implied, **record, "kind": canonical})
        ACTION.dump_json(action)
        return action
    except PydanticSerializationError as error:  # halves of a surrogate pair cannot be written down again
        raise ParseError(_shown(dict(record)), 0, "an action whose texts are Unicode") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ParseError(_shown(dict(record)), 0, f"an action ({place}: {first['msg']})") from error


def _shown(record: dict[str, Any]) -> str:
    """Write a record as it came, unless it is nested beyond all bounds."""
    try:
        return str(record)
    except RecursionError:
        return reprlib.repr(record)


def points_of(action: Action) -> tuple[ScreenPoint, ...]:
    """List the places an action touches, in order: one for a click, two for a drag, none for a key."""
    match action:
        case Click() | Scroll() | Move():
            return (action.point,)
        case Drag():
            return (action.start, action.end)
        case _:
            return ()
