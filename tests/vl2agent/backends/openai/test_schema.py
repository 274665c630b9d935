"""JSON values and schemas."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from vl2agent.backends.openai.schema import misfit
from vl2agent.errors import InputError


class Leaf(BaseModel, extra="forbid"):
    """What pydantic writes for the usual fields."""

    kind: Literal["leaf"]
    size: int = Field(ge=1, le=9)
    names: list[str] = Field(default=[], max_length=2)
    note: str | None = Field(default=None, min_length=1)


class Tree(BaseModel):
    """References to itself and to others."""

    kind: Literal["tree"]
    parts: tuple[bool, float] | None = None
    inner: list[Leaf | Tree] = []


FOREST: TypeAdapter[Leaf | Tree] = TypeAdapter(Leaf | Tree)
SCHEMA = FOREST.json_schema()

scalars = st.none() | st.booleans() | st.integers(-1, 11) | st.sampled_from([1.5, 2.0, "", "leaf", "tree", "x"])
leaves = st.fixed_dictionaries(
    {"kind": st.just("leaf"), "size": st.integers(0, 10)},
    optional={"names": st.lists(st.just("x"), max_size=3), "note": st.sampled_from([None, "", "x"]), "extra": scalars},
)
values = st.recursive(
    scalars | leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {"kind": st.just("tree")},
            optional={"inner": st.lists(inner, max_size=2), "parts": st.lists(scalars, max_size=3)},
        )
    ),
    max_leaves=6,
)


@given(values)
def test_it_agrees_with_pydantic(value: Any) -> None:
    """Which wrote the schema, and reads values of JSON strictly."""
    try:
        FOREST.validate_json(FOREST_ANY.dump_json(value), strict=True)
        fits = True
    except ValidationError:
        fits = False
    assert (misfit(value, SCHEMA) == "") == fits


FOREST_ANY: TypeAdapter[Any] = TypeAdapter(Any)


@pytest.mark.parametrize(
    ("value", "schema", "wrong"),
    [
        (3, True, ""),
        (3, False, "$: nothing"),
        ({"a": 1}, {"additionalProperties": False}, "$.a: nothing"),
        ({"a": "x"}, {"additionalProperties": {"type": "integer"}}, "$.a: expected integer"),
        ([1, "x"], {"items": {"type": "integer"}}, "$[1]: expected integer"),
        ("abc", {"pattern": "^b"}, "$: expected text like"),
        (True, {"enum": [1]}, "$: expected one of [1]"),
        (True, {"type": "integer"}, "$: expected integer"),
        (2.0, {"type": "integer"}, ""),
        (5, {"exclusiveMaximum": 5}, "$: out of range"),
        ({}, {"allOf": [{"type": "object"}, {"required": ["b"]}]}, "$: 'b' is missing"),
        ("x", {"$ref": "#/$defs/n", "$defs": {"n": {"const": "y"}}}, "$: expected 'y'"),
        (1, {"$ref": "#"}, "$: nested too deeply"),
    ],
)
def test_it_says_where_and_what(value: Any, schema: Any, wrong: str) -> None:
    """The place in the value, and what should stand there."""
    told = misfit(value, schema)
    assert told.startswith(wrong) if wrong else told == ""


@pytest.mark.parametrize("schema", [{"type": "colour"}, {"$ref": "#/nowhere"}, {"pattern": "("}, {"required": 3}, "x"])
def test_what_is_no_schema_is_an_input_error(schema: Any) -> None:
    """Not of the reply."""
    with pytest.raises(InputError, match="schema"):
        misfit({} if schema == {"required": 3} else "x", schema)
