"""Whatever a model writes becomes a value or a ParseError."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl2agent.actions import AskUser, Done, Fail, Key, TypeText, Wait
from vl2agent.completion import Located
from vl2agent.errors import ParseError
from vl2agent.geometry import GridBox
from vl2agent.parser import INTENT, parse_boxes, parse_intent, parse_json
from vl2agent.steps import ClickIntent, DragIntent, Intent, MoveIntent, ScrollIntent, ZoomIntent

SAVE = ClickIntent(target="Save")
REPLY = '{"clause": 1, "kind": "click", "target": "Save"}'
BOXES = "<|ref|>Save<|/ref|><|det|>[[12, 34, 56, 78]]<|/det|>"
VALID = (
    REPLY,
    '{"clause": 2, "kind": "scroll", "target": "the list", "direction": "up", "amount": 3}',
    '{"kind": "drag", "target": "a", "destination": "b"}',
    '{"kind": "type", "text": "say \\"hi\\"\\n", "submit": true}',
    '{"kind": "wait", "seconds": 1.5}',
    BOXES,
    "[[1, 2, 3, 4], [5, 6, 7, 8]]",
)


@pytest.mark.parametrize(
    "text",
    [
        REPLY,
        f"\ufeff  {REPLY}\n",
        f"Sure, I will do that:\n```json\n{REPLY}\n```\nThis saves the file.",
        f"With a {{brace}} before: {REPLY} and {{one}} after.",
        f"{REPLY}\n{REPLY}",
        '{"thought": "the {Save} button"}' + REPLY,
        '{"clause": 1, "action": "click", "target": " Save ", "reasoning": "it saves"}',
        '{"clause": 1, "intent": {"kind": "left_click", "target": "Save"}}',
        '{"name": "computer_use", "arguments": {"clause": 1, "action": "left_click", "element": "Save"}}',
        '{"clause": "1", "kind": "click", "target": "Save"}',
        '{"clause": 1.0, "kind": "click", "target": "Save", "count": "1"}',
        '{"clause": 1, "kind": "click", "target": "Save", "button": null, "modifiers": null, "text": null}',
        '{"clause": 1, "name": "click", "arguments": {"element_description": "Save", "num_clicks": 1}}',
    ],
)
def test_the_intent_is_found_wherever_it_stands(text: str) -> None:
    """Between words, in a fence, in a tool call; said twice it is still one."""
    assert parse_intent(text) == (1, SAVE)


@pytest.mark.parametrize(
    ("record", "intent"),
    [
        ({"kind": "right_single", "target": "x"}, ClickIntent(target="x", button="right")),
        ({"action": "left_double", "target": "x"}, ClickIntent(target="x", count=2)),
        ({"action": "Double-Click", "target": "x"}, ClickIntent(target="x", count=2)),
        ({"kind": "click", "target": "x", "hold_keys": ["ctrl"]}, ClickIntent(target="x", modifiers=("ctrl",))),
        ({"action": "type", "content": "abc"}, TypeText(text="abc")),
        ({"type": "keypress", "keys": ["CTRL", "S"]}, Key(keys="ctrl+s")),
        ({"action": "hotkey", "key": "ctrl s"}, Key(keys="ctrl+s")),
        ({"action": "key", "text": "ctrl+s"}, Key(keys="ctrl+s")),
        ({"action": "scroll", "scroll_direction": "up", "scroll_amount": 2}, ScrollIntent(direction="up", amount=2)),
        ({"kind": "left_click_drag", "target": "a", "end": "b"}, DragIntent(target="a", destination="b")),
        ({"kind": "hover", "target": "x"}, MoveIntent(target="x")),
        ({"kind": "zoom", "target": "x"}, ZoomIntent(target="x")),
        ({"action": "wait", "duration": 2}, Wait(seconds=2)),
        ({"action": "call_user", "content": "which?"}, AskUser(question="which?")),
        ({"action": "finished", "content": "all set"}, Done(message="all set")),
        ({"action": "terminate", "status": "success"}, Done()),
    ],
)
def test_other_tools_names_are_understood(record: dict[str, Any], intent: Intent) -> None:
    """Verbs and fields that are documented elsewhere mean what they mean there."""
    assert parse_intent(json.dumps(record)) == (None, intent)


def test_a_task_that_was_ended_as_failed_is_no_success() -> None:
    """The status counts."""
    assert isinstance(parse_intent('{"action": "terminate", "status": "failure"}')[1], Fail)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a JSON object"),
        ("Ich klicke auf Speichern.", "a JSON object"),
        ("{'kind': 'click', 'target': 'Save'}", "a JSON object"),
        ('{"target": "Save"}', "a JSON object"),
        (REPLY[:-1], "JSON"),
        ('{"a": {"kind": "done"}', "JSON"),
        (REPLY.replace("Save", "Open") + REPLY, "one intent"),
        ('{"kind": "click"}', "target"),
        ('{"kind": "click", "target": "  "}', "target"),
        ('{"kind": "click", "target": "x", "x": 3}', "x"),
        ('{"kind": "click", "target": "x", "target": "y"}', "twice"),
        ('{"action": "left_click", "coordinate": [3, 4]}', "target"),
        ('{"kind": "eval", "text": "x"}', "an intent"),
        ('{"kind": ["click"], "target": "x"}', "an intent"),
        ('{"kind": "wait", "seconds": NaN}', "NaN"),
        ('{"kind": "wait", "seconds": "nan"}', "seconds"),
        ('{"kind": "wait", "seconds": -1}', "seconds"),
        ('{"kind": "wait", "seconds": 1e999}', "bounds"),
        ('{"kind": "wait", "seconds": ' + "9" * 5000 + "}", "JSON"),
        ('{"kind": "wait", "seconds": ' + "9" * 400 + "}", "seconds"),
        ('{"clause": 0, "kind": "done"}', "clause number"),
        ('{"clause": true, "kind": "done"}', "clause number"),
        ('{"clause": "two", "kind": "done"}', "clause number"),
        ('{"clause": 1.5, "kind": "done"}', "clause number"),
        ('{"kind": "click", "target": null}', "target"),
        ('{"kind": "type", "text": "\\ud800"}', "Unicode"),
        ('{"kind": "type", "text": "\ud800"}', "Unicode"),
        ('{"a":' * 100_000, "nested"),
        ('{"kind": "done", "message": ' + "[" * 500 + "]" * 500 + "}", "message"),
    ],
)
def test_what_is_no_intent_is_a_parse_error(text: str, expected: str) -> None:
    """It says what would have fitted."""
    with pytest.raises(ParseError) as caught:
        parse_intent(text)
    assert expected in caught.value.expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"Settings"', "Settings"),
        (" 42 ", 42),
        ("null", None),
        ('The answer:\n```json\n"dark"\n```', "dark"),
        ('It shows {"tab": "Fonts"}.', {"tab": "Fonts"}),
        ('See [1]: [{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ("The tabs are [1, 2].", [1, 2]),
        ("```\n{}\n```", {}),
    ],
)
def test_json_is_found_wherever_it_stands(text: str, value: Any) -> None:
    """A text that is JSON as a whole, a fence, an object or a list between words."""
    assert parse_json(text) == value


@pytest.mark.parametrize("text", ["", "no JSON here", '{"a": 1', '{"a": Infinity}', "NaN", '"\\udc00"', "[" * 9999])
def test_what_is_no_json_is_a_parse_error(text: str) -> None:
    """Cut off, beyond JSON, or not there."""
    with pytest.raises(ParseError):
        parse_json(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BOXES, [("Save", (12, 34, 56, 78))]),
        ("[[12,34,56,78]]", [("", (12, 34, 56, 78))]),
        ("Save [[1, 2, 3, 4], [5, 6, 7, 8]]", [("", (1, 2, 3, 4)), ("", (5, 6, 7, 8))]),
        (
            "The <|ref|>a<|/ref|><|det|>[[0, 0, 1, 1]]<|/det|> and <|ref|>b<|/ref|><|det|>[[2, 2, 999, 999]]<|/det|>.",
            [("a", (0, 0, 1, 1)), ("b", (2, 2, 999, 999))],
        ),
        ("<|ref|>a<|/ref|><|det|>[[0, 0, 1, 1]]", [("a", (0, 0, 1, 1))]),
    ],
)
def test_boxes_come_with_their_words(text: str, found: list[tuple[str, tuple[int, int, int, int]]]) -> None:
    """In the model's own form, and bare."""
    assert parse_boxes(text) == tuple(Located(words=words, box=GridBox(*edges)) for words, edges in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "There is no such button.",
        "<|ref|>Save<|/ref|>",
        "<|det|><|/det|>",
        "[12, 34, 56, 78]",
        "[[12, 34, 56]]",
        "[[12, 34, 56, 78, 90]]",
        "[[12, 34, 56, 1000]]",
        "[[-1, 34, 56, 78]]",
        "[[12, 34, 12, 78]]",
        "[[56, 34, 12, 78]]",
        "[[1.5, 2, 3, 4]]",
        "[[\u0661, 2, 3, 4]]",
        "[[1, 2, 3, 4], [5, 5, 5, 5]]",
        "<|ref|>Save<|/ref|><|det|>[[12, 34, 56",
    ],
)
def test_what_is_no_box_is_a_parse_error(text: str) -> None:
    """Missing, cut off, out of range or empty."""
    with pytest.raises(ParseError):
        parse_boxes(text)


READERS = [parse_intent, parse_json, parse_boxes]
TEXTS = st.one_of(
    st.text(st.characters()),  # any code point, halves of surrogate pairs included
    st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["kind", "text", "clause", "action"]), inner),
    ).map(json.dumps),
    st.lists(st.sampled_from([*'{}[]":,` \n0', "kind", "click", "<|ref|>", "<|det|>", "<|/det|>", "[["])).map("".join),
)
MUTATED = st.builds(
    lambda text, start, length, other: text[: start % len(text)] + other + text[start % len(text) + length :],
    st.sampled_from(VALID),
    st.integers(0, 200),
    st.integers(0, 5),
    st.text(st.characters(), max_size=5),
)


@pytest.mark.parametrize("read", READERS)
@given(text=TEXTS | MUTATED)
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_value_or_a_parse_error(read: Callable[[str], Any], text: str) -> None:
    """Nothing else ever comes out."""
    with contextlib.suppress(ParseError):
        read(text)


@given(intent=st.from_type(Intent), clause=st.none() | st.integers(1, 99))  # type: ignore[arg-type]
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_back(intent: Intent, clause: int | None) -> None:
    """Every intent survives its own JSON, but for blanks around words that name a place."""
    record = INTENT.dump_python(intent, mode="json")
    if any(record.get(place, "x") != record.get(place, "x").strip() for place in ("target", "destination")):
        return
    assert parse_intent(json.dumps(record | {"clause": clause})) == (clause, intent)


HUGE = 200_000


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "text",
    [
        "{" * HUGE,
        '{"a":' * HUGE,
        '{"a":1}' * HUGE,
        "[[" * HUGE,
        "[[1]," * HUGE,
        "[[1, 2, 3, 4]," + " " * HUGE,
        "```\n" * HUGE,
        "```" + "\n" * HUGE,
        "<|ref|>" * HUGE,
        "<|det|>[[" * HUGE,
        "{ " * HUGE,
        "[" + " " * HUGE + "{",
        '"' * HUGE,
    ],
    ids=range(13),
)
def test_a_huge_reply_ends_soon(read: Callable[[str], Any], text: str) -> None:
    """A million characters of anything are read in a time that grows with them only."""
    with contextlib.suppress(ParseError):
        read(text)
