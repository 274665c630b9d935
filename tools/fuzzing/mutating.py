"""Break sound input: values by their structure, texts and lines by their form, bytes by noise."""

from __future__ import annotations

import copy
import json
import math
import random
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Random: TypeAlias = random.Random

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 999, 1000, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, -1e308, 1e-320, math.nan,
    math.inf, -math.inf, 0.5, "", " ", "0", "NaN", "null", "\x00", "\ud800", "\udfff x", "\u2028", "é" * 300, "a" * 30_000,
    "../../etc/passwd", "<|ref|>x<|/ref|>", "<|det|>[[0,0,9,9]]<|/det|>", "$(reboot)", "__import__('os').system('true')",
    [], {}, [[]], [None], {"": None}, {"kind": "click"}, [1, 2, 3, 4], "click", "done", "ctrl+alt+delete", "2026-01-01",
)  # fmt: skip
"""What stands where something else is expected."""
SNIPPETS = (
    '"', "'", "{", "}", "[", "]", ",", ":", "\\", "\\ud800", "\\u0000", "NaN", "Infinity", "-", "1e999", "9" * 5000, "null",
    "true", "\n", "\r\n", "\x00", "\ufeff", "```json\n", "```", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "[[", "]]",
    "[" * 3000, '{"a":' * 3000, "=", "[[rule]]", "#", '"kind": "click", ', '"kind": "done", ', "(?", "(a+)+$", "*", "\\d",
)  # fmt: skip
"""What comes between the characters of a text."""


def mutate_value(value: Any, rng: Random, *, times: int | None = None) -> Any:
    """Return a copy of a JSON-like value with one to four things changed anywhere in it."""
    value = copy.deepcopy(value)
    try:
        for _ in range(times or rng.choice((1, 1, 1, 2, 3, 4))):
            value = _changed(value, rng)
    except RecursionError:  # nested copies of what is nested already: as deep as it is, it will do
        pass
    return value


def mutate_json(value: Any, rng: Random) -> str:
    """Write a value as JSON, broken as a value or as a text, or as both."""
    if rng.random() < 0.75:
        value = mutate_value(value, rng)
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    return mutate_text(text, rng) if rng.random() < 0.35 else text


def mutate_text(text: str, rng: Random) -> str:
    """Break a text at one to three places."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        text = rng.choice(_TEXT_CHANGES)(text, rng)
    return text


def mutate_bytes(data: bytes, rng: Random) -> bytes:
    """Flip, drop, add, repeat and cut bytes."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del changed[at : at + rng.choice((1, 2, 16))]
            case 2:
                changed[at:at] = rng.randbytes(rng.choice((1, 2, 16)))
            case 3:
                changed[at:at] = changed[at : at + rng.randrange(64)]
            case _ if rng.random() < 0.3:
                del changed[at:]
    return bytes(changed)


def mutate_order(items: Sequence[Any], rng: Random) -> list[Any]:
    """Drop, repeat, move and exchange items of a list, or leave out its end."""
    changed = list(items)
    for _ in range(rng.choice((1, 1, 2))):
        if not changed:
            break
        one, other = rng.randrange(len(changed)), rng.randrange(len(changed))
        match rng.randrange(5):
            case 0:
                del changed[one]
            case 1:
                changed.insert(other, copy.deepcopy(changed[one]))
            case 2:
                changed[one], changed[other] = changed[other], changed[one]
            case 3:
                del changed[one:]
            case 4:
                changed.insert(other, changed.pop(one))
    return changed


# --- values ----------------------------------------------------------------------------------------------------------


def _places(value: Any) -> list[tuple[Any, Any]]:
    """List every place in a value as its container and its key."""
    found: list[tuple[Any, Any]] = []
    left = [value]
    while left:
        inner = left.pop()
        keys = list(inner) if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        for key in keys:
            found.append((inner, key))
            left.append(inner[key])
    return found


def _changed(value: Any, rng: Random) -> Any:
    places = _places(value)
    if not places or rng.random() < 0.02:
        return rng.choice(ODD)
    container, key = rng.choice(places)
    match rng.randrange(9):
        case 0 | 1 | 2:
            container[key] = copy.deepcopy(rng.choice(ODD))
        case 3:
            container[key] = _nearby(container[key], rng)
        case 4:
            other, place = rng.choice(places)
            container[key] = copy.deepcopy(other[place])
        case 5:
            del container[key]
        case 6 if isinstance(container, dict):
            container[rng.choice(("kind", "type", "step", "x", "secret", "", str(key).upper(), str(key) + "s"))] = (
                container.pop(key) if rng.random() < 0.5 else copy.deepcopy(rng.choice(ODD))
            )
        case 7:
            container[key] = _nested(container[key], rng.choice((1, 2, 5, 60, 120)), rng)
        case 8 if isinstance(container, list):
            container[:] = mutate_order(container, rng)
    return value


def _nearby(value: Any, rng: Random) -> Any:
    """Stay close: what is nearly right is harder to refuse."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return rng.choice(
            (-value, value + 1, value - 1, value * 1000, 0.5 if abs(value) > 1e300 else value / 2, str(value))
        )
    if isinstance(value, str):
        return mutate_text(value, rng)
    if isinstance(value, list):
        return rng.choice((value[:-1], [*value, *value[-1:]], value[::-1], dict(enumerate(map(str, value)))))
    return [value]


def _nested(value: Any, depth: int, rng: Random) -> Any:
    for _ in range(depth):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return value


# --- texts -----------------------------------------------------------------------------------------------------------


def _insert(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(SNIPPETS) + text[at:]


def _cut(text: str, rng: Random) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _drop(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + rng.choice((1, 2, 10)) :]


def _twice(text: str, rng: Random) -> str:
    """Say a field a second time, or a slice of the text."""
    fields = list(re.finditer(r'"\w+"\s*:\s*("[^"]*"|[\d.]+|true|false|null)', text))
    if fields and rng.random() < 0.7:
        field = rng.choice(fields)
        return f"{text[: field.end()]}, {rng.choice(fields)[0]}{text[field.end() :]}"
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[max(0, at - rng.randrange(40)) :]


def _number(text: str, rng: Random) -> str:
    """Put another number where one stands."""
    numbers = list(re.finditer(r"-?\d+(\.\d+)?", text))
    if not numbers:
        return _insert(text, rng)
    number = rng.choice(numbers)
    other = rng.choice(
        ("-1", "0", "1000", "1e999", "9" * 400, "9" * 5000, "NaN", "0x10", "1_000", "٣", "007", "1.5", "")
    )
    return text[: number.start()] + other + text[number.end() :]


def _characters(text: str, rng: Random) -> str:
    """Exchange a character for any other, halves of pairs included."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + chr(rng.choice((rng.randrange(0x80), rng.randrange(0x110000), 0xD800, 0x202E))) + text[at + 1 :]


_TEXT_CHANGES: tuple[Callable[[str, Random], str], ...] = (_insert, _cut, _drop, _twice, _number, _characters)
