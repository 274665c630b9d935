"""Model text to values: an intent, boxes, JSON; or ParseError, whatever the text is.

    parse_intent('Sure: {"clause": 1, "kind": "click", "target": "Save"}')  ->  (1, ClickIntent(target="Save"))
    parse_boxes("<|ref|>Save<|/ref|><|det|>[[12, 34, 56, 78]]<|/det|>")      ->  (Located(words="Save", ...),)

Prose and code fences around the JSON are skipped; nothing is evaluated, completed or guessed. Each function takes time
proportional to the text. A grammar makes most of this idle; models that have none need all of it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from vl2agent.actions import ALIASES
from vl2agent.completion import Located
from vl2agent.errors import CoordinateError, ParseError
from vl2agent.geometry import GridBox
from vl2agent.steps import Intent

INTENT: TypeAdapter[Intent] = TypeAdapter(Intent)
"""Validates and writes any intent."""
_CLAUSE: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1)])

VERB_FIELDS = ("kind", "action", "type", "name")
"""Where a reply says what to do; the first that is there counts."""
WRAPPERS = ("action", "intent", "arguments", "parameters")
"""Fields whose object holds the rest of the reply, as in tool calls."""
MAX_WRAPPED = 2
TALK = frozenset({"thought", "thoughts", "reasoning", "explanation", "observation", "reflection"})
"""Fields in which models think aloud: they do nothing."""

_WORDS = {"element": "target", "element_description": "target"}
FIELD_ALIASES: Mapping[str, Mapping[str, str]] = {
    "click": {
        **_WORDS, "button_type": "button", "clicks": "count", "num_clicks": "count", "hold_keys": "modifiers",
    },
    "type": {"content": "text"},
    "key": {"key": "keys", "text": "keys"},
    "scroll": {**_WORDS, "scroll_direction": "direction", "scroll_amount": "amount"},
    "drag": {
        **_WORDS, "starting_description": "target", "end": "destination", "ending_description": "destination",
    },
    "move": _WORDS,
    "zoom": _WORDS,
    "wait": {"duration": "seconds", "time": "seconds"},
    "ask_user": {"content": "question", "text": "question"},
    "done": {"content": "message", "text": "message"},
    "fail": {"content": "reason", "message": "reason", "text": "reason"},
}  # fmt: skip
"""Other tools' names for the fields of each kind, read as ours where ours is missing."""

_OBJECT = re.compile(r'\{\s*["}]')
_ARRAY_OF_OBJECTS = re.compile(r'\[\s*\{\s*"|\{\s*["}]')
_ARRAY = re.compile(r'\[\s*[\[\]"0-9tfn-]')
_FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_MARK = re.compile(r"<\|(/?ref|/?det|grounding)\|>")
_BOXES = re.compile(r"\[\s*(\[[^\[\]]*\](?:\s*,\s*\[[^\[\]]*\])*)\s*\]")
_BOX = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"\s*([0-9]{1,3})\s*", re.ASCII)


def parse_intent(text: str) -> tuple[int | None, Intent]:
    """Read the one intent in a reply, and the number of the goal's clause that it works on, if it says so.

    Raises:
        ParseError: there is none, there are several, or it is not one of the eleven verbs with fitting fields.
    """
    found: tuple[int | None, Intent] | None = None
    for start, record in _records(text):
        flat = _unwrapped(record)
        if not any(field in flat for field in VERB_FIELDS):
            continue
        intent = _clause(text, start, flat), _intent(text, start, flat)
        if found is not None and intent != found:
            raise ParseError(text, start, "one intent, and no other after it")
        found = intent
    if found is None:
        raise ParseError(text, 0, 'a JSON object with a "kind"')
    return found


def parse_json(text: str) -> Any:
    """Read the JSON value that a text is, or the first in it, in a code fence or between words.

    Raises:
        ParseError: there is none, or it is broken: cut off, keys twice, NaN, numbers or nesting beyond bounds.
    """
    fence = _FENCE.search(text) if "```" in text else None
    for start, whole in ((0, text), *([(fence.start(1), fence[1])] if fence else [])):
        opening = len(whole) - len(whole.lstrip("\ufeff \t\r\n"))
        try:
            value, end = _decoded(text, start + opening)
        except ParseError:
            continue
        if not text[end : start + len(whole)].strip():
            return value
    begin = _ARRAY_OF_OBJECTS.search(text) or _ARRAY.search(text)
    if begin is None:
        raise ParseError(text, 0, "JSON")
    return _decoded(text, begin.start())[0]


def parse_boxes(text: str) -> tuple[Located, ...]:
    """Read boxes in the model's own form, `<|ref|>words<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>`, or bare `[[...]]`.

    Raises:
        ParseError: there is no box, or one is not four integers of 0..999 with an area.
    """
    found: list[Located] = []
    words = ""
    for mark, start, end in _segments(text):
        if mark == "ref":
            words = text[start:end].strip()
            continue
        lists = list(_BOXES.finditer(text, start, end))
        if mark == "det" and not lists:
            raise ParseError(text, start, "boxes [[x1, y1, x2, y2]]")
        for boxes in lists:
            found += [Located(words=words, box=_box(text, box)) for box in _BOX.finditer(text, *boxes.span(1))]
        words = "" if lists else words
    if not found:
        raise ParseError(text, 0, "boxes [[x1, y1, x2, y2]]")
    return tuple(found)


def _records(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Give the outermost JSON objects of a text; a brace that no name follows is prose."""
    at = 0
    while begin := _OBJECT.search(text, at):
        record, at = _decoded(text, begin.start())
        yield begin.start(), record


def _decoded(text: str, start: int) -> tuple[Any, int]:
    """Decode the JSON value that begins at `start`; tell where it ends."""
    try:
        value, end = _DECODER.raw_decode(text, start)
        json.dumps(value, ensure_ascii=False).encode()  # halves of a surrogate pair cannot be written down again
    except json.JSONDecodeError as error:
        raise ParseError(text, error.pos, f"JSON ({error.msg})") from error
    except RecursionError as error:
        raise ParseError(text, start, "JSON that is not nested so deeply") from error
    except UnicodeEncodeError as error:
        raise ParseError(text, start, "JSON whose strings are Unicode text") from error
    except ValueError as error:
        raise ParseError(text, start, f"JSON ({error})") from error
    return value, end


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("no key twice in an object")
    return record


def _finite(number: str) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError(f"no number beyond bounds, got {number[:20]}")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"no {name}")


_DECODER = json.JSONDecoder(object_pairs_hook=_distinct, parse_float=_finite, parse_constant=_no_constant)


def _unwrapped(record: Mapping[str, Any]) -> dict[str, Any]:
    """Lift what a tool call wraps to the top, and leave out what is only talk, or null: that is as good as not there."""
    flat = dict(record)
    for _ in range(MAX_WRAPPED):
        wrapper = next((name for name in WRAPPERS if isinstance(flat.get(name), dict)), None)
        if wrapper is None:
            break
        inner = flat.pop(wrapper)
        if any(field in inner for field in VERB_FIELDS):
            flat.pop("name", None)  # of the tool, not of the verb
        flat |= inner
    return {name: value for name, value in flat.items() if name not in TALK and value is not None}


def _clause(text: str, start: int, record: dict[str, Any]) -> int | None:
    """Take the clause out; "2" and 2.0 are numbers as they are in the other fields."""
    clause = record.pop("clause", None)
    if clause is None:
        return None
    try:
        return _CLAUSE.validate_python("no number" if isinstance(clause, bool) else clause)
    except ValidationError as error:
        raise ParseError(text, start, "a clause number from 1") from error


def _intent(text: str, start: int, record: dict[str, Any]) -> Intent:
    verb = record.pop(next(field for field in VERB_FIELDS if field in record))
    name = re.sub(r"[\s-]+", "_", verb.strip().lower()) if isinstance(verb, str) else ""
    kind, implied = ALIASES.get(name, (name, {}))
    if name == "terminate" and record.pop("status", "success") != "success":
        kind, implied = "fail", {"reason": "the model ended the task as failed"}
    fields = {**implied, **_renamed(kind, record)}
    for place in ("target", "destination"):
        if isinstance(words := fields.get(place), str):
            fields[place] = words.strip()
    if kind == "key":
        fields["keys"] = _chord(fields.get("keys"), spaced=name == "hotkey")
    try:
        return INTENT.validate_python({**fields, "kind": kind})
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ParseError(text, start, f"an intent ({place + ': ' if place else ''}{first['msg']})") from error


def _renamed(kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    aliases, fields = FIELD_ALIASES.get(kind, {}), dict(record)
    for name in record:
        if name in aliases and aliases[name] not in fields:
            fields[aliases[name]] = fields.pop(name)
    return fields


def _chord(keys: Any, *, spaced: bool) -> Any:
    """Write a chord as ours: ["CTRL", "S"] and, where that is a tool's way, "ctrl s" become "ctrl+s"."""
    if spaced and isinstance(keys, str):
        keys = keys.split()
    if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
        return "+".join(keys).lower()
    return keys


def _segments(text: str) -> Iterator[tuple[str, int, int]]:
    """Give each mark ("" for the beginning), and where the text after it begins and ends."""
    mark, start = "", 0
    for match in _MARK.finditer(text):
        yield mark, start, match.start()
        mark, start = match[1], match.end()
    yield mark, start, len(text)


def _box(text: str, box: re.Match[str]) -> GridBox:
    numbers = [_NUMBER.fullmatch(number) for number in box[1].split(",")]
    edges = [int(number[1]) for number in numbers if number]
    if len(numbers) != 4 or len(edges) != 4:
        raise ParseError(text, box.start(), "four integers of 0..999")
    try:
        return GridBox(*edges)
    except CoordinateError as error:
        raise ParseError(text, box.start(), "a box on the grid 0..999 with left < right and top < bottom") from error
