"""Chords in rules: however a tool writes one, and in whatever order its keys stand."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence

from vl2agent.actions import Action, Key, TypeText
from vl2agent.errors import KeyNameError
from vl2agent.executor.keys import MODIFIERS, Chord, parse_chord, parse_key


def chord_pattern(text: str) -> str:
    """Write a rule's chord the standard way; its key may be a pattern such as * or f[1-9].

    Raises:
        KeyNameError: a part is no key.
    """
    if not set("*?[") & set(text):
        return str(parse_chord(text))
    *held, key = re.split(r"\s*\+\s*", text.strip().lower())
    names = [parse_key(part) for part in held]
    return "+".join([*(name for name in MODIFIERS if name in names), key])


def chords_of(action: Action) -> tuple[Chord | None, ...]:
    """List the chords that an action presses; None for one that cannot be read.

    Line ends and tabs in typed text are keys that are pressed.
    """
    match action:
        case Key():
            return (read_chord(action.keys),)
        case TypeText():
            keys = {"enter": action.submit or bool(set("\n\r") & set(action.text)), "tab": "\t" in action.text}
            return tuple(Chord((), key) for key, pressed in keys.items() if pressed)
        case _:
            return ()


def read_chord(keys: str) -> Chord | None:
    """Read a chord whose keys may stand in any order ("Delete+Alt+Control"); None when it is none."""
    try:
        return parse_chord(keys)
    except KeyNameError:
        return _in_any_order(keys)


def fits_chord(chord: Chord, patterns: Iterable[str]) -> bool:
    """Tell whether one of the patterns is this chord."""
    return any(fnmatch.fnmatchcase(str(chord), pattern) for pattern in patterns)


def _in_any_order(keys: str) -> Chord | None:
    try:
        names = list(dict.fromkeys(parse_key(part) for part in re.split(r"\s*[+\s]\s*", keys.strip())))
    except KeyNameError:
        return None
    held = tuple(modifier for modifier in MODIFIERS if modifier in names)
    others: Sequence[str] = [name for name in names if name not in MODIFIERS]
    return Chord(held, others[0]) if len(others) == 1 else None
