"""What other tools' recordings are made of: pictures, verbs and words, each with its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from vl2agent.steps import Frame


class Unreadable(ValueError):
    """A part of a trajectory does not say what it should; whoever knows its place makes a TrajectoryError of it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of the screen, opened when it is needed.

    `load` raises Unreadable or ImageError.
    """

    place: str
    load: Callable[[], Frame]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A verb in the tool's own words, and what the model thought before it."""

    place: str
    verb: str
    fields: Mapping[str, Any]
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Words: of the person who set the task, or of the model when it had nothing to do."""

    place: str
    text: str
    by: Literal["user", "model"]


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry that cannot be read, and why."""

    place: str
    reason: str


Item: TypeAlias = Seen | Wanted | Told | Broken


def entry(place: str, items: Iterator[Item]) -> Iterator[Item]:
    """Give what an entry says, up to where it cannot be read."""
    try:
        yield from items
    except Unreadable as error:
        yield Broken(place, str(error))


def mapping(value: object, what: str) -> Mapping[str, Any]:
    """Take a JSON object.

    Raises:
        Unreadable: it is none.
    """
    if not isinstance(value, dict):
        raise Unreadable(f"expected {what}, a JSON object, got {_shown(value)}")
    return value


def sequence(value: object, what: str) -> list[Any]:
    """Take a JSON list.

    Raises:
        Unreadable: it is none.
    """
    if not isinstance(value, list):
        raise Unreadable(f"expected {what}, a JSON list, got {_shown(value)}")
    return value


def text(value: object, what: str) -> str:
    """Take a text.

    Raises:
        Unreadable: it is none, or no Unicode.
    """
    if not isinstance(value, str):
        raise Unreadable(f"expected {what}, a text, got {_shown(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unreadable(f"expected {what} in Unicode, got half a surrogate pair") from None
    return value


def number(value: object, what: str) -> float:
    """Take a finite number.

    Raises:
        Unreadable: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise Unreadable(f"expected {what}, a number, got {_shown(value)}")
    return float(value)


def _shown(value: object) -> str:
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:57]}..."
