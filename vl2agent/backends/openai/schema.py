"""Does a JSON value fit a schema? For replies of servers that do not hold a model to one.

Knows the keywords that pydantic writes and grammars accept; what only describes (`title`, `format`) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from vl2agent.errors import InputError

DEEPEST = 64
"""Levels of a value, and of references in a schema."""

Schema: TypeAlias = Mapping[str, Any] | bool

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and value == int(value),
    "number": lambda value: _is_number(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def misfit(value: Any, schema: Schema) -> str:
    """Say where and how a value does not fit; nothing where it does.

    Raises:
        InputError: the schema is none.
    """
    try:
        return _misfit(value, schema, schema, "$", 0)
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise InputError(f"expected a JSON schema, got one that cannot be read ({error!r})") from error


def _misfit(value: Any, schema: Schema, root: Schema, at: str, depth: int) -> str:
    if isinstance(schema, bool):
        return "" if schema else f"{at}: nothing may stand here"
    if depth > DEEPEST:
        return f"{at}: nested too deeply"

    def inner(part: Any, rule: Schema, place: str = at) -> str:
        return _misfit(part, rule, root, place, depth + 1)

    checks = (
        inner(value, _resolved(schema["$ref"], root)) if "$ref" in schema else "",
        _plain_misfit(value, schema, at),
        next((wrong for rule in schema.get("allOf", ()) if (wrong := inner(value, rule))), ""),
        _none_of(value, schema, at, inner),
        _object_misfit(value, schema, at, inner) if isinstance(value, dict) else "",
        _array_misfit(value, schema, at, inner) if isinstance(value, list) else "",
    )
    return next(filter(None, checks), "")


def _plain_misfit(value: Any, schema: Mapping[str, Any], at: str) -> str:
    types = schema.get("type", ())
    types = [types] if isinstance(types, str) else types
    if types and not any(_TYPES[name](value) for name in types):
        return f"{at}: expected {' or '.join(types)}"
    if "const" in schema and not _same(value, schema["const"]):
        return f"{at}: expected {schema['const']!r}"
    if "enum" in schema and not any(_same(value, choice) for choice in schema["enum"]):
        return f"{at}: expected one of {schema['enum']}"
    if isinstance(value, str):
        return _length_misfit(len(value), schema, "Length", at) or (
            f"{at}: expected text like {schema['pattern']!r}"
            if "pattern" in schema and not re.search(schema["pattern"], value)
            else ""
        )
    return _range_misfit(value, schema, at) if _is_number(value) else ""


def _range_misfit(value: float, schema: Mapping[str, Any], at: str) -> str:
    fits = (
        value >= schema.get("minimum", value)
        and value <= schema.get("maximum", value)
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
    )
    return "" if fits else f"{at}: out of range"


def _length_misfit(length: int, schema: Mapping[str, Any], of: str, at: str) -> str:
    fits = schema.get(f"min{of}", 0) <= length <= schema.get(f"max{of}", length)
    return "" if fits else f"{at}: too short or too long"


def _none_of(value: Any, schema: Mapping[str, Any], at: str, inner: Callable[[Any, Schema], str]) -> str:
    for word in ("anyOf", "oneOf"):
        if word in schema and all(inner(value, rule) for rule in schema[word]):
            return f"{at}: expected one of {len(schema[word])} forms"
    return ""


def _object_misfit(
    value: dict[str, Any], schema: Mapping[str, Any], at: str, inner: Callable[[Any, Schema, str], str]
) -> str:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        return f"{at}: {missing[0]!r} is missing"
    parts = ((name, part, known.get(name, others)) for name, part in value.items())
    return next((wrong for name, part, rule in parts if (wrong := inner(part, rule, f"{at}.{name}"))), "")


def _array_misfit(
    value: list[Any], schema: Mapping[str, Any], at: str, inner: Callable[[Any, Schema, str], str]
) -> str:
    if wrong := _length_misfit(len(value), schema, "Items", at):
        return wrong
    first, rest = schema.get("prefixItems", ()), schema.get("items", True)
    rules = (first[n] if n < len(first) else rest for n in range(len(value)))
    pairs = enumerate(zip(value, rules, strict=True))
    return next((wrong for n, (part, rule) in pairs if (wrong := inner(part, rule, f"{at}[{n}]"))), "")


def _resolved(reference: str, root: Schema) -> Schema:
    found: Any = root
    for name in reference.removeprefix("#/").split("/") if reference != "#" else ():
        found = found[name.replace("~1", "/").replace("~0", "~")]
    resolved: Schema = found
    return resolved


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: Any, other: Any) -> bool:
    """Tell 1 from true, which Python does not."""
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)
