"""Secret values and patterns taken out of text, wherever it stands in a value that is written down."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin
from urllib.parse import quote, quote_plus

from pydantic import BaseModel

from vl2agent.actions import MASK

M = TypeVar("M", bound=BaseModel)

SHORT = 4
"""A value of fewer characters is masked where it stands alone: it would be found in half of all words."""
LOOSE = range(6, 200)
"""A value of so many characters is found also as a network may read it: with other spaces, capitals, look-alikes."""
PART = 8
"""A part of a value of so many characters is one; a shorter one may be any word."""

_LOOK_ALIKES = ("0oODQ", "1lI|i!", "5sS$", "8B", "2zZ", "6G", "9gq")
_CLOSED = {"frame", "digest", "digests", "counts", "keys", "prompts"}
"""Fields that hold digests, names of keys, versions: nothing that was said."""


class Mask:
    """Replaces secret values, and what fits patterns.

    Args:
        values: each value, and what stands for it.
        patterns: what else is replaced, by `MASK`.
    """

    def __init__(self, values: Mapping[str, str], patterns: Sequence[re.Pattern[str]] = ()) -> None:
        stripped = {part: name for value, name in values.items() for part in _parts(value)}
        by_length = sorted(stripped, key=len, reverse=True)
        self._names = [stripped[value] for value in by_length]
        groups = (f"(?P<v{number}>{_pattern(value)})" for number, value in enumerate(by_length))
        self._values = re.compile("|".join(groups)) if by_length else None
        self._patterns = tuple(patterns)
        self._folded = [_folded(value) for value in by_length]

    def __bool__(self) -> bool:
        return self._values is not None or bool(self._patterns)

    def text(self, text: str) -> str:
        """Replace what must not be read."""
        if self._values:
            text = self._values.sub(self._name, text)
        for pattern in self._patterns:
            text = pattern.sub(lambda found: MASK if found[0] else "", text)
        return text

    def is_part(self, text: str) -> bool:
        """Tell whether a text is a part of a value: a field that is too narrow shows no more of it."""
        folded = _folded(text)
        return len(folded) >= PART and any(folded in value for value in self._folded)

    def _name(self, found: re.Match[str]) -> str:
        return self._names[int((found.lastgroup or "v0")[1:])]


def masked(value: M, mask: Callable[[str], str], part: Callable[[BaseModel], BaseModel] = lambda part: part) -> M:
    """Mask every text in a value.

    Args:
        value: any model; one without anything to mask is given back itself.
        mask: replaces what must not be read.
        part: is handed each model in it, from the inside out, and may put another in its place.
    """
    changes = {}
    for name in _open_fields(type(value)):
        before = getattr(value, name)
        after = _masked(before, mask, part)
        if after is not before:
            changes[name] = after
    return part(value.model_copy(update=changes) if changes else value)  # type: ignore[return-value]


def _masked(value: Any, mask: Callable[[str], str], part: Callable[[BaseModel], BaseModel]) -> Any:
    match value:
        case str():
            text = mask(value)
            return value if text == value else text
        case BaseModel():
            return masked(value, mask, part)
        case tuple() | list():
            items = [_masked(item, mask, part) for item in value]
            return value if all(map(_same, items, value)) else type(value)(items)
        case Mapping():
            pairs = {_masked(key, mask, part): _masked(item, mask, part) for key, item in value.items()}
            return value if all(map(_same, pairs.values(), value.values())) and list(pairs) == list(value) else pairs
        case _:
            return value


def _same(one: object, other: object) -> bool:
    return one is other


@cache
def _open_fields(kind: type[BaseModel]) -> tuple[str, ...]:
    """List the fields that may hold what somebody said: not digests, and not what is one of a few words anyway."""
    fields = kind.model_fields.items()
    return tuple(name for name, field in fields if name not in _CLOSED and not _is_closed(field.annotation))


def _is_closed(annotation: object) -> bool:
    """Tell whether a type is numbers and words of a fixed list alone."""
    if annotation in (int, float, bool, type(None), Ellipsis) or get_origin(annotation) is Literal:
        return True
    parts = get_args(annotation)
    return bool(parts) and all(map(_is_closed, parts))


def _parts(value: str) -> list[str]:
    """Give what a value is found by: all of it and, as a screen shows no more than those, its lines."""
    lines = [line.strip() for line in value.splitlines()]
    return [part for part in (*(line for line in lines if len(line) >= SHORT), value.strip()) if part]


def _pattern(value: str) -> str:
    """Write what finds a value: as it is, as it stands in JSON, in addresses, in pages, and nearly so where it is long."""
    forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    in_bytes = value.encode("utf-8", "surrogatepass")
    forms |= {quote(in_bytes, safe=""), quote(in_bytes), quote_plus(in_bytes), html.escape(value)}
    if len(value) < SHORT:
        return "|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in sorted(forms, key=len, reverse=True))
    found = [re.escape(form) for form in sorted(forms, key=len, reverse=True)]
    if len("".join(value.split())) in LOOSE:
        found.append(r"\s*".join(_alike(character) for character in value if not character.isspace()))
    return "|".join(found)


def _folded(text: str) -> str:
    """Write a text so that what looks alike is the same."""
    return "".join("".join(_FOLDED.get(character, character) for character in text.lower()).split())


_FOLDED = {character.lower(): alike[0] for alike in reversed(_LOOK_ALIKES) for character in alike}


def _alike(character: str) -> str:
    """Write what finds a character, or one that looks like it."""
    forms = {character, character.lower(), character.upper()}
    for alike in _LOOK_ALIKES:
        if forms & set(alike):
            forms |= set(alike)
    single = "".join(sorted(form for form in forms if len(form) == 1))
    return "[" + re.sub(r"([\\\]\[^&~|-])", r"\\\1", single) + "]" if single else re.escape(character)
