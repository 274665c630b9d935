"""Other tools' verbs to typed actions.

One vocabulary serves all: where two tools have the same word, they mean the same by it. What is no action (a
screenshot, the pointer's place) is None; what has no like here is refused, never guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from vl2agent.actions import (
    ALIASES,
    MAX_SCROLL,
    Action,
    AskUser,
    Button,
    Click,
    Direction,
    Done,
    Drag,
    Fail,
    Key,
    Modifier,
    Move,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)
from vl2agent.errors import KeyNameError
from vl2agent.executor.keys import is_modifier, parse_chord, parse_key
from vl2agent.geometry import ScreenPoint
from vl2agent.interchange.spaces import Places
from vl2agent.interchange.trajectory import Unreadable, number, sequence, text

LOOKS = frozenset({"screenshot", "cursor_position", "get_current_url", "get_dimensions", "get_environment"})
"""Verbs that only look."""
NOTCH_PX = 100
"""What one notch of the wheel scrolls, where a tool counts pixels."""
_MORE: Mapping[str, tuple[str, Mapping[str, Any]]] = {"left_single": ("click", {}), "type_text": ("type", {})}
_BUTTONS: Mapping[str, Button] = {"left": "left", "right": "right", "middle": "middle", "wheel": "middle"}
_POINTS = ("coordinate", "point", "position")


def understand(verb: str, fields: Mapping[str, Any], places: Places, pointer: ScreenPoint | None) -> Action | None:
    """Make an action of a verb.

    Args:
        verb: the tool's word.
        fields: what it says more.
        places: how its coordinates come to pixels.
        pointer: where the pointer was left, for a click that names no place.

    Raises:
        Unreadable: there is no such verb, or it does not say what it needs.
    """
    name = verb.strip().lower().replace("-", "_").replace(" ", "_")
    if name in LOOKS:
        return None
    kind, implied = {**ALIASES, **_MORE}.get(name, (name, {}))
    make = _MAKERS.get(kind)
    if make is None:
        raise Unreadable(f"expected a known verb, got {verb[:60]!r}; --skip-unknown leaves it out")
    try:
        return make(_Said({**implied, **fields}, name, places, pointer))
    except KeyNameError as error:
        raise Unreadable(str(error)) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Unreadable(f"expected fields of {verb[:60]!r} in range: {first['loc']}: {first['msg']}") from error


class _Said:
    """What a verb says, taken apart."""

    def __init__(self, fields: Mapping[str, Any], name: str, places: Places, pointer: ScreenPoint | None) -> None:
        self.fields, self.name, self._places, self._pointer = fields, name, places, pointer

    @property
    def point(self) -> ScreenPoint:
        """The place that is named, or that the pointer is at."""
        if (pair := self._pair(self.fields)) is not None:
            return self._places.point(*pair)
        if self._pointer is None:
            raise Unreadable(f"expected a place for {self.name!r}, got none, and the pointer's is not known")
        return self._pointer

    @property
    def anywhere(self) -> ScreenPoint:
        """The place that is named, or the middle."""
        pair = self._pair(self.fields)
        return self._places.middle if pair is None else self._places.point(*pair)

    def path(self) -> tuple[ScreenPoint, ScreenPoint]:
        """Both ends of a drag."""
        if (path := self.fields.get("path")) is not None:
            stations = [self._pair({"point": each}) for each in sequence(path, "the path of a drag")]
            if len(stations) < 2 or stations[0] is None or stations[-1] is None:
                raise Unreadable("expected at least two points of a drag")
            return self._places.point(*stations[0]), self._places.point(*stations[-1])
        start = self._pair({"point": self.fields.get("start_coordinate", self.fields.get("start"))})
        end = self._pair({"point": self.fields.get("end_coordinate", self.fields.get("end"))}) or self._pair(
            self.fields
        )
        begin = self._places.point(*start) if start else self._pointer
        if begin is None or end is None:
            raise Unreadable("expected where a drag begins and where it ends")
        return begin, self._places.point(*end)

    def box(self) -> tuple[float, float, float, float]:
        """Four edges."""
        edges = [number(edge, "an edge of the region") for edge in sequence(self.fields.get("region"), "a region")]
        if len(edges) != 4:
            raise Unreadable(f"expected four edges of a region, got {len(edges)}")
        return edges[0], edges[1], edges[2], edges[3]

    def words(self, *names: str, default: str = "") -> str:
        """The first of some texts that is there."""
        return next((text(self.fields[name], name) for name in names if self.fields.get(name) is not None), default)

    def chord(self, *names: str) -> str:
        """A chord: ["CTRL", "S"], "ctrl+s", or "ctrl s"."""
        keys = next((self.fields[name] for name in names if self.fields.get(name) is not None), None)
        parts = [text(key, "a key") for key in keys] if isinstance(keys, list) else [text(keys, "keys")]
        if len(parts) == 1 and " " in parts[0].strip():
            parts = parts[0].split()
        return str(parse_chord("+".join(parts)))

    def modifiers(self) -> tuple[Modifier, ...]:
        """What is held while clicking."""
        held = self.fields.get("keys", self.fields.get("modifiers", self.fields.get("text")))
        if not held:
            return ()
        parts = held if isinstance(held, list) else text(held, "modifiers").split("+")
        keys = [parse_key(text(part, "a modifier")) for part in parts]
        if wrong := [key for key in keys if not is_modifier(key)]:
            raise Unreadable(f"expected modifiers to be held during {self.name!r}, got {wrong[0]!r}")
        return tuple(key for key in dict.fromkeys(keys) if is_modifier(key))

    def _pair(self, fields: Mapping[str, Any]) -> tuple[float, float] | None:
        if fields.get("x") is not None or fields.get("y") is not None:
            return number(fields.get("x"), "x"), number(fields.get("y"), "y")
        found = next((fields[name] for name in _POINTS if fields.get(name) is not None), None)
        if isinstance(found, dict):
            return number(found.get("x"), "x"), number(found.get("y"), "y")
        if found is None:
            return None
        pair = [number(value, "a coordinate") for value in sequence(found, "a point")]
        if len(pair) != 2:
            raise Unreadable(f"expected a point of two coordinates, got {len(pair)}")
        return pair[0], pair[1]

    def zoomed(self) -> Zoom:
        return Zoom(box=self._places.box(*self.box()))


def _click(said: _Said) -> Action:
    button = said.words("button", default="left").lower()
    if button not in _BUTTONS:
        raise Unreadable(f"expected the left, right or middle button, got {button[:20]!r}")
    count = int(number(said.fields.get("count", 1), "the number of clicks"))
    return Click(point=said.point, button=_BUTTONS[button], count=count, modifiers=said.modifiers())


def _drag(said: _Said) -> Action:
    start, end = said.path()
    return Drag(start=start, end=end)


def _scroll(said: _Said) -> Action:
    direction = said.words("direction", "scroll_direction").lower()
    if direction:
        notches = number(said.fields.get("amount", said.fields.get("scroll_amount", 3)), "an amount")
    else:
        across = number(said.fields.get("scroll_x", said.fields.get("scrollX", 0)), "scroll_x")
        down = number(said.fields.get("scroll_y", said.fields.get("scrollY", 0)), "scroll_y")
        direction, pixels = _main_direction(across, down)
        notches = pixels / NOTCH_PX
    return Scroll(point=said.anywhere, direction=_direction(direction), amount=min(max(1, round(notches)), MAX_SCROLL))


def _main_direction(across: float, down: float) -> tuple[Direction, float]:
    if not across and not down:
        raise Unreadable("expected a direction to scroll in, or pixels, got neither")
    if abs(across) > abs(down):
        return ("right" if across > 0 else "left"), abs(across)
    return ("down" if down > 0 else "up"), abs(down)


def _direction(word: str) -> Direction:
    known: tuple[Direction, ...] = ("up", "down", "left", "right")
    for direction in known:
        if word == direction:
            return direction
    raise Unreadable(f"expected up, down, left or right, got {word[:20]!r}")


def _type(said: _Said) -> Action:
    if not (typed := said.words("text", "content")):
        raise Unreadable("expected a text to type, got none")
    submit = typed.endswith("\n") or said.fields.get("press_enter") is True
    return TypeText(text=typed.removesuffix("\n"), submit=submit)


def _wait(said: _Said) -> Action:
    if (ms := said.fields.get("ms")) is not None:
        return Wait(seconds=number(ms, "ms") / 1000)
    seconds = next((said.fields[name] for name in ("duration", "time", "seconds") if said.fields.get(name)), 1)
    return Wait(seconds=number(seconds, "seconds"))


def _done(said: _Said) -> Action:
    message = said.words("message", "content", "text")
    failed = said.words("status", default="success") not in ("success", "completed")
    return Fail(reason=message or "the tool ended the task as failed") if failed else Done(message=message)


_MAKERS: Mapping[str, Callable[[_Said], Action]] = {
    "click": _click,
    "drag": _drag,
    "move": lambda said: Move(point=said.point),
    "scroll": _scroll,
    "type": _type,
    "key": lambda said: Key(keys=said.chord("keys", "key", "text", "hotkey")),
    "wait": _wait,
    "zoom": _Said.zoomed,
    "done": _done,
    "ask_user": lambda said: AskUser(
        question=said.words("question", "content", "text") or "The user is asked to help."
    ),
}
