"""Limits for JSON schemas that set none, and the length of the longest text that fits.

A model that is unsure can write digits or items for ever. The schema made here is narrower than the one given: what
fits it fits the original.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vl2.errors import GrammarError

Schema = Mapping[str, Any]

_LARGEST = 2**53 - 1  # beyond it floats, and so most readers of JSON, skip whole numbers
_DECIMALS = 6
_ESCAPED = 6  # bytes of \u0000, the longest that a character of a string can be written
_KEY_LENGTH = 64  # characters of a key that the schema does not name
_FORMAT_LENGTH = 64  # characters of a string in one of the formats that the library reads
_APPLIED = {"enum", "const", "$ref", "allOf"}  # such a schema is taken as it stands

_YEAR = r"(\d{3}[1-9]|\d\d[1-9]\d|\d[1-9]\d\d|[1-9]\d{3})"
_FOURTH = r"(0[48]|[2468][048]|[13579][26])"
_DATE = (
    rf"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
    rf"|(\d\d{_FOURTH}|{_FOURTH}00)-02-29)"
)
_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
_HOST = r"[a-z0-9]+([.-][a-z0-9]+)*\.[a-z]{2,8}"

_FORMATS = {
    "date": _DATE,  # the library would allow 30 February
    "time": _TIME,
    "date-time": f"{_DATE}T{_TIME}",
    "duration": r"P\d{1,5}DT\d{1,2}H\d{1,2}M\d{1,2}S",
    "email": rf"[a-z0-9]+([._-][a-z0-9]+)*@{_HOST}",
    "uri": rf"https?://{_HOST}(:[1-9]\d{{0,3}})?(/[A-Za-z0-9._~=-]+)*/?",
    "password": "[^\\x00]*",
    "binary": "[^\\x00]*",
    "path": "[^\\x00]*",
}
"""Patterns for formats that the library reads too widely, or not at all."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds where a schema sets no limit of its own."""

    max_string: int = 256
    """Characters of a string."""
    max_items: int = 32
    """Items of an array, keys of a mapping."""
    repeats: bool = False
    """Whether items that must differ may repeat, for readers that drop what comes twice."""


def bounded(schema: Any, limits: Limits) -> Any:
    """Copy a schema with limits everywhere, and without keys that it does not name.

    Raises:
        GrammarError: a pattern looks around.
    """
    if not isinstance(schema, Mapping):
        return schema
    out = dict(schema)
    for key in ("$defs", "definitions", "properties", "patternProperties"):
        if isinstance(out.get(key), Mapping):
            out[key] = {name: bounded(inner, limits) for name, inner in out[key].items()}
    for key in ("anyOf", "oneOf", "prefixItems"):
        if isinstance(out.get(key), list):
            out[key] = [bounded(inner, limits) for inner in out[key]]
    if _APPLIED & out.keys():
        return out
    kinds = out.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind in _BOUNDS:
            _BOUNDS[kind](out, limits)
    return out


def _looks_around(schema: Any) -> bool:
    pattern = schema.get("pattern", "") if isinstance(schema, Mapping) else ""
    return re.search(r"\(\?<?[=!]", pattern) is not None


def _bound_string(out: dict[str, Any], limits: Limits) -> None:
    if _looks_around(out):
        raise GrammarError(
            f"expected a pattern without look-around, got {out['pattern']!r}; say it without (?= and (?!"
        )
    if out.get("format") in _FORMATS and "pattern" not in out:
        out["pattern"] = f"^({_FORMATS[out.pop('format')]})$"
    if "format" not in out:
        out.setdefault("maxLength", max(limits.max_string, out.get("minLength", 0)))


def _bound_array(out: dict[str, Any], limits: Limits) -> None:
    if "items" in out:
        out["items"] = bounded(out["items"], limits)
    out.setdefault("maxItems", max(limits.max_items, out.get("minItems", 0)))
    if limits.repeats and out.get("minItems", 0) <= 1:
        out.pop("uniqueItems", None)


def _bound_object(out: dict[str, Any], limits: Limits) -> None:
    others = out.pop("additionalProperties", None)
    if "properties" not in out and "patternProperties" not in out and others is not False:
        values = bounded(others, limits) if isinstance(others, Mapping) else {}
        out["patternProperties"] = {f"^[^\\x00-\\x1f]{{1,{_KEY_LENGTH}}}$": values}
        out.setdefault("maxProperties", max(limits.max_items, out.get("minProperties", 0)))
    out["additionalProperties"] = False


def _bound_integer(out: dict[str, Any], limits: Limits) -> None:
    low, high = _ends(out)
    if low <= high:
        out.setdefault("minimum", low)
        out.setdefault("maximum", high)


def _bound_number(out: dict[str, Any], limits: Limits) -> None:
    low, high = _ends(out)
    if high - low > 1000 * 10**-_DECIMALS:  # a narrower range may lie between two multiples
        out.setdefault("minimum", low)
        out.setdefault("maximum", high)
        out.setdefault("multipleOf", 10**-_DECIMALS)


_BOUNDS: dict[Any, Callable[[dict[str, Any], Limits], None]] = {
    "string": _bound_string, "array": _bound_array, "object": _bound_object,
    "integer": _bound_integer, "number": _bound_number,
}  # fmt: skip


def _ends(schema: Schema) -> tuple[float, float]:
    low = max((schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema), default=-_LARGEST)
    high = min((schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema), default=_LARGEST)
    return low, high


def max_bytes(schema: Schema) -> int | None:
    """Give a bound on the UTF-8 length of any text that fits a schema made by `bounded`; None if there is none."""
    try:
        return _Longest(schema).of(schema)
    except _Unbounded:
        return None


class _Unbounded(Exception):
    """Texts of any length fit."""


class _Longest:
    def __init__(self, root: Schema) -> None:
        self.root = root
        self.inside: list[str] = []

    def of(self, schema: Any) -> int:
        """Give the bytes of the longest text."""
        if not isinstance(schema, Mapping) or "allOf" in schema:
            raise _Unbounded
        if "$ref" in schema:
            return self._referred(schema["$ref"])
        if "const" in schema or "enum" in schema:
            return max(len(json.dumps(value)) * 2 for value in schema.get("enum", [schema.get("const")]))
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return max(self.of(inner) for inner in schema[key])
        kinds = schema.get("type")
        return max(self._kind(kind, schema) for kind in (kinds if isinstance(kinds, list) else [kinds]))

    def _referred(self, name: str) -> int:
        *path, last = name.removeprefix("#/").split("/")
        if name in self.inside or path not in (["$defs"], ["definitions"]) or last not in self.root.get(path[0], {}):
            raise _Unbounded  # recursive, or elsewhere
        self.inside.append(name)
        length = self.of(self.root[path[0]][last])
        self.inside.pop()
        return length

    def _kind(self, kind: Any, schema: Schema) -> int:
        if kind in ("null", "boolean"):
            return len("false")
        if kind == "string":
            return 2 + _ESCAPED * schema.get("maxLength", _FORMAT_LENGTH)
        if kind in ("integer", "number"):
            return self._number(kind, schema)
        if kind == "array":
            return self._array(schema)
        if kind == "object":
            return self._object(schema)
        raise _Unbounded

    def _number(self, kind: str, schema: Schema) -> int:
        low, high = _ends(schema)
        if (kind == "number" and "multipleOf" not in schema) or max(abs(low), abs(high)) > _LARGEST:
            raise _Unbounded
        decimals = 0 if kind == "integer" else 1 + max(_DECIMALS, len(f"{schema['multipleOf']:f}"))
        return 1 + max(len(str(int(low))), len(str(int(high)))) + decimals

    def _array(self, schema: Schema) -> int:
        first, count = schema.get("prefixItems", []), schema["maxItems"]
        total = 2 + sum(self.of(inner) + len(", ") for inner in first[:count])
        if count > len(first):
            total += (count - len(first)) * (self.of(schema.get("items")) + len(", "))
        return total

    def _object(self, schema: Schema) -> int:
        named = schema.get("properties", {})
        total = 2 + sum(len(json.dumps(key)) * 2 + len(": , ") + self.of(inner) for key, inner in named.items())
        if others := schema.get("patternProperties"):
            if "maxProperties" not in schema:
                raise _Unbounded
            key = 2 + _ESCAPED * _KEY_LENGTH
            total += schema["maxProperties"] * (key + len(": , ") + max(self.of(inner) for inner in others.values()))
        return total
