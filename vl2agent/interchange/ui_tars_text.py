"""UI-TARS's replies: `Thought: ...`, then `Action: verb(name='text', ...)`, one or several.

    read_reply("Thought: Save it.\\nAction: click(start_box='(100,200)')")
        ->  Reply(thought="Save it.", calls=(Call("click", {"coordinate": [100.0, 200.0]}),))

The text is read character by character and never evaluated. A text in quotes ends at the first quote that another
argument or the closing bracket follows, so that quotes which the model forgot to escape stay in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vl2agent.interchange.trajectory import Unreadable

MAX_REPLY = 100_000
WAIT_S = 5
"""What `wait()` waits."""

_NAME = re.compile(r"\s*([A-Za-z_]\w{0,40})\s*\(\s*")
_ARGUMENT = re.compile(r"([A-Za-z_]\w{0,40})\s*=\s*(['\"])")
_NEXT = re.compile(r"\s*(?:,\s*(?=[A-Za-z_]\w{0,40}\s*=)|(\))\s*(?=$|\n|[A-Za-z_]\w{0,40}\())")
_NUMBERS = re.compile(r"-?\d{1,6}(?:\.\d{1,17})?")
_MARKS = re.compile(r"<\|box_(?:start|end)\|>|</?(?:point|bbox)>")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_PLACES = {
    "start_box": "coordinate",
    "point": "coordinate",
    "start_point": "coordinate",
    "end_box": "end_coordinate",
    "end_point": "end_coordinate",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One verb and what it says."""

    verb: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model thought, and what it wants."""

    thought: str
    calls: tuple[Call, ...]


def read_reply(reply: str) -> Reply:
    """Read a reply.

    Raises:
        Unreadable: it is too long, has no action, or one that is not of this form.
    """
    if len(reply) > MAX_REPLY:
        raise Unreadable(f"expected a reply of at most {MAX_REPLY} characters, got {len(reply)}")
    head, found, tail = reply.rpartition("Action:")
    if not found:
        raise Unreadable(f"expected a reply with 'Action:', got {reply[:60]!r}")
    thought = head.strip().removeprefix("Thought:").strip()
    return Reply(thought, tuple(_calls(tail.strip())))


def _calls(text: str) -> Iterator[Call]:
    at = 0
    while at < len(text):
        name = _NAME.match(text, at)
        if name is None:
            raise Unreadable(f"expected verb(name='text'), got {text[at : at + 60]!r}")
        fields, at = _arguments(text, name.end())
        yield _call(name[1], fields)


def _arguments(text: str, at: int) -> tuple[dict[str, str], int]:
    """Read arguments up to the closing bracket; tell where it ends."""
    fields: dict[str, str] = {}
    if text[at : at + 1] == ")":
        return fields, at + 1
    while argument := _ARGUMENT.match(text, at):
        value, at, closed = _quoted(text, argument.end(), argument[2])
        fields[argument[1]] = value
        if closed:
            return fields, at
    raise Unreadable(f"expected name='text', got {text[at : at + 60]!r}")


def _quoted(text: str, at: int, quote: str) -> tuple[str, int, bool]:
    """Read a text up to its closing quote; tell where what follows begins, and whether the bracket closed."""
    value: list[str] = []
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            value.append(_ESCAPES.get(text[at + 1], text[at + 1]))
            at += 2
            continue
        if text[at] == quote and (end := _NEXT.match(text, at + 1)):
            return "".join(value), end.end(), end[1] is not None
        value.append(text[at])
        at += 1
    raise Unreadable("expected the end of a text in quotes, the reply stops before it")


def _call(verb: str, fields: Mapping[str, str]) -> Call:
    said: dict[str, Any] = {}
    for name, value in fields.items():
        said[_PLACES.get(name, name)] = _point(value) if name in _PLACES else value
    if verb == "drag" and "coordinate" in said:
        said["start_coordinate"] = said.pop("coordinate")
    if verb == "wait":
        said.setdefault("seconds", WAIT_S)
    return Call(verb, said)


def _point(value: str) -> list[float]:
    """Read a point, or the middle of a box."""
    plain = _MARKS.sub(" ", value)
    numbers = [float(found) for found in _NUMBERS.findall(plain)]
    if len(numbers) not in (2, 4) or _NUMBERS.sub("", plain).strip("()[], \t"):
        raise Unreadable(f"expected a point (x,y) or a box [x1, y1, x2, y2], got {value[:60]!r}")
    x, y = (numbers[0] + numbers[-2]) / 2, (numbers[1] + numbers[-1]) / 2
    return [x, y]
