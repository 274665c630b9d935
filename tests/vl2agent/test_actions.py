"""The eleven actions: one schema, other tools' names in, our names out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vl2agent.actions import (
    ACTION,
    ALIASES,
    MAX_SCROLL,
    MAX_TEXT,
    MAX_WAIT_S,
    Action,
    AskUser,
    Click,
    Done,
    Drag,
    Fail,
    Key,
    Move,
    Scroll,
    TypeText,
    Wait,
    Zoom,
    points_of,
    read_action,
)
from vl2agent.errors import ParseError
from vl2agent.geometry import ScreenBox, ScreenPoint

KINDS = ("click", "type", "key", "scroll", "drag", "move", "wait", "zoom", "ask_user", "done", "fail")

coordinates = st.integers(-10_000, 10_000)
points = st.builds(ScreenPoint, coordinates, coordinates)
boxes = st.builds(
    lambda p, w, h: ScreenBox(p.x, p.y, p.x + w, p.y + h), points, st.integers(1, 5000), st.integers(1, 5000)
)
words = st.text(min_size=1, max_size=40)
modifiers = st.lists(st.sampled_from(("ctrl", "shift", "alt", "super")), max_size=4).map(tuple)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(
        Click,
        point=points,
        button=st.sampled_from(("left", "right", "middle")),
        count=st.integers(1, 3),
        modifiers=modifiers,
    ),
    st.builds(TypeText, text=st.text(max_size=200), submit=st.booleans()),
    st.builds(Key, keys=words),
    st.builds(
        Scroll,
        point=points,
        direction=st.sampled_from(("up", "down", "left", "right")),
        amount=st.integers(1, MAX_SCROLL),
    ),
    st.builds(Drag, start=points, end=points),
    st.builds(Move, point=points),
    st.builds(Wait, seconds=st.floats(0, MAX_WAIT_S)),
    st.builds(Zoom, box=boxes),
    st.builds(AskUser, question=words),
    st.builds(Done, message=st.text(max_size=40)),
    st.builds(Fail, reason=words),
)
"""Any action at all."""

POINT = {"x": 3, "y": 4}
FIELDS: Mapping[str, dict[str, Any]] = {
    "click": {"point": POINT},
    "key": {"keys": "ctrl+s"},
    "drag": {"start": POINT, "end": {"x": 9, "y": 9}},
    "move": {"point": POINT},
    "done": {"message": "saved"},
    "ask_user": {"question": "which one?"},
}
"""What an action of each kind that has aliases needs besides its name."""


@given(actions)
def test_an_action_comes_back_from_json(action: Action) -> None:
    """What is written to a recording reads back as the same action."""
    assert ACTION.validate_json(ACTION.dump_json(action)) == action


@given(actions)
def test_a_written_action_can_be_read_as_a_reply(action: Action) -> None:
    """Canonical records are understood by the reader of replies too."""
    assert read_action(json.loads(ACTION.dump_json(action))) == action


def test_the_schema_has_the_eleven_kinds_and_no_more() -> None:
    """A grammar made of the schema can produce these kinds only."""
    schema = ACTION.json_schema()
    assert set(schema["discriminator"]["mapping"]) == set(KINDS)
    assert len(schema["oneOf"]) == len(KINDS)


def test_the_schema_is_plain_json_and_forbids_other_fields() -> None:
    """Every kind lists its fields and refuses the rest, so that nothing rides along unseen."""
    definitions = json.loads(json.dumps(ACTION.json_schema()))["$defs"]
    of_actions = [schema for schema in definitions.values() if "kind" in schema.get("properties", {})]
    assert len(of_actions) == len(KINDS)
    assert all(schema["additionalProperties"] is False for schema in of_actions)


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_goes_in_and_our_name_comes_out(alias: str) -> None:
    """Other tools' names are understood and never written."""
    kind, implied = ALIASES[alias]
    written = ACTION.dump_python(read_action({"kind": alias, **FIELDS[kind]}))
    assert alias not in KINDS
    assert written["kind"] == kind
    assert {name: written[name] for name in implied} == implied


def test_an_alias_yields_to_what_is_said() -> None:
    """A field that is spelled out wins over what the name implies."""
    action = read_action({"kind": "double_click", "count": 3, "point": POINT})
    assert action == Click(point=ScreenPoint(3, 4), count=3)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"kind": "launch"},
        {"kind": ["click"], "point": POINT},
        {"kind": None},
        {"kind": "click"},
        {"kind": "click", "point": {"x": 3}},
        {"kind": "click", "point": {"x": 3.5, "y": 4}},
        {"kind": "click", "point": POINT, "count": 4},
        {"kind": "click", "point": POINT, "button": "wheel"},
        {"kind": "click", "point": POINT, "modifiers": ["hyper"]},
        {"kind": "click", "point": POINT, "shell": "rm -rf /"},
        {"kind": "key", "keys": ""},
        {"kind": "scroll", "point": POINT, "amount": 0},
        {"kind": "scroll", "point": POINT, "amount": MAX_SCROLL + 1},
        {"kind": "type", "text": "x" * (MAX_TEXT + 1)},
        {"kind": "wait", "seconds": -1},
        {"kind": "wait", "seconds": float("nan")},
        {"kind": "wait", "seconds": float("inf")},
        {"kind": "fail"},
    ],
)
def test_what_is_not_an_action_is_a_parse_error(record: dict[str, Any]) -> None:
    """A wrong kind, field or range ends in the one error for replies, which keeps the reply."""
    with pytest.raises(ParseError, match="expected an action") as caught:
        read_action(record)
    assert caught.value.reply == str(record)


def test_an_empty_box_is_a_parse_error() -> None:
    """Geometry's own refusals do not leak out of the reader."""
    with pytest.raises(ParseError):
        read_action({"kind": "zoom", "box": {"left": 5, "top": 5, "right": 5, "bottom": 9}})


def test_actions_do_not_change() -> None:
    """What policy saw is what is performed."""
    action = Key(keys="enter")
    with pytest.raises(ValidationError, match="frozen"):
        action.keys = "ctrl+alt+delete"


def test_the_points_of_an_action_are_where_the_pointer_goes() -> None:
    """Policy can ask of every action which places it touches, in order."""
    start, end = ScreenPoint(1, 2), ScreenPoint(3, 4)
    assert points_of(Drag(start=start, end=end)) == (start, end)
    assert points_of(Click(point=start)) == points_of(Scroll(point=start)) == points_of(Move(point=start)) == (start,)
    assert points_of(Key(keys="enter")) == points_of(Zoom(box=ScreenBox(0, 0, 9, 9))) == ()


@pytest.mark.parametrize("text", ["\ud800", "a\udfff"])
def test_half_characters_are_refused(text: str) -> None:
    """An action can always be written down."""
    with pytest.raises(ParseError, match="Unicode"):
        read_action({"kind": "done", "message": text})


def test_a_record_nested_beyond_bounds_is_a_parse_error() -> None:
    """However deep, the refusal itself can be told."""
    nested: list[object] = []
    for _ in range(5000):
        nested = [nested]
    with pytest.raises(ParseError):
        read_action({"kind": "click", "point": nested})


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_refused(seconds: float) -> None:
    """They would be written as null, and not be read again."""
    with pytest.raises(ParseError):
        read_action({"kind": "wait", "seconds": seconds})
