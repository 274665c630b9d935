"""Actions as a person writes them in a terminal: click 10,20 or key ctrl+s or type 'hello'.

    click 10,20        double-click, triple-click, right-click, middle-click; ctrl+click 10,20
    move 10,20         scroll down 3 10,20         drag 10,20 30,40
    key ctrl+alt+del   type some words   type 'some words' enter
    {"kind": "click", "point": {"x": 10, "y": 20}}

A place that is left out is the one that is given beside it.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from vl2agent.actions import Action, read_action
from vl2agent.errors import InputError, ParseError
from vl2agent.geometry import ScreenPoint
from vl2agent.policy.nearest import nearest

FORMS = "click 10,20 | key ctrl+s | type 'words' | scroll down 3 10,20 | drag 1,2 3,4 | move 1,2 | JSON"
_CLICKS: dict[str, dict[str, Any]] = {
    "click": {},
    "double-click": {"count": 2},
    "triple-click": {"count": 3},
    "right-click": {"button": "right"},
    "middle-click": {"button": "middle"},
}
_VERBS = (*_CLICKS, "key", "press", "type", "scroll", "drag", "move")


def read_spelling(text: str, at: ScreenPoint | None = None) -> Action:
    """Read an action.

    Args:
        text: as above.
        at: the place, where the text has none.

    Raises:
        InputError: it is none.
    """
    try:
        return read_action(_record(text.strip(), at))
    except ParseError as error:
        raise InputError(f"expected an action such as {FORMS}, got {text[:80]!r}: {error.expected}") from error


def read_point(text: str) -> ScreenPoint:
    """Read '10,20'.

    Raises:
        InputError: it is no such point.
    """
    if not (found := re.fullmatch(r"\(?(-?\d{1,6}),\s*(-?\d{1,6})\)?", text.strip(), re.ASCII)):
        raise InputError(f"expected a point such as 10,20, got {text[:80]!r}")
    return ScreenPoint(int(found[1]), int(found[2]))


def _record(text: str, at: ScreenPoint | None) -> dict[str, Any]:
    if text.startswith("{"):
        return _from_json(text)
    verb, _, rest = text.partition(" ")
    verb, rest = verb.lower(), rest.strip()
    *modifiers, last = verb.split("+")
    if last in _CLICKS:
        return {"kind": "click", **_CLICKS[last], "modifiers": tuple(modifiers), "point": _point(rest, at)}
    match verb:
        case "key" | "press":
            return {"kind": "key", "keys": rest}
        case "type":
            return {"kind": "type", **_typed(rest)}
        case "move":
            return {"kind": "move", "point": _point(rest, at)}
        case "scroll":
            return {"kind": "scroll", **_scrolled(rest, at)}
        case "drag":
            start, _, end = rest.partition(" ")
            return {"kind": "drag", "start": read_point(start), "end": read_point(end)}
    raise InputError(f"expected an action such as {FORMS}, got {text[:80]!r}{nearest(verb, _VERBS)}")


def _from_json(text: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected an action as JSON, got {text[:80]!r}: {error}") from error
    return record


def _typed(rest: str) -> dict[str, Any]:
    """Take what is quoted as it is, and 'enter' after it; without quotes everything is typed."""
    if rest[:1] in ("'", '"'):
        try:
            words = shlex.split(rest)
        except ValueError as error:
            raise InputError(f"expected type 'words', with both quotes, got {rest[:80]!r}") from error
        if len(words) == 1 or words[1:] == ["enter"]:
            return {"text": words[0], "submit": len(words) == 2}
    return {"text": rest}


def _scrolled(rest: str, at: ScreenPoint | None) -> dict[str, Any]:
    found = re.fullmatch(r"(?P<direction>[a-z]+)?\s*(?P<amount>\d{1,3})?(?:\s+|$|(?=\())(?P<point>\S.*)?", rest)
    given = found.groupdict() if found else {"point": rest}
    place = given.pop("point", None)
    if place is None and given.get("amount") and "," in rest:
        given, place = {}, rest
    return {**{key: value for key, value in given.items() if value}, "point": _point(place or "", at)}


def _point(text: str, at: ScreenPoint | None) -> ScreenPoint:
    if not text and at is not None:
        return at
    return read_point(text)
