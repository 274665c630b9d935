"""Secret values and patterns in texts, however they are written."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.actions import MASK, Key, TypeText
from vl2agent.completion import JsonSchema, Prompt
from vl2agent.recording.masking import Mask, masked
from vl2agent.recording.schema import Noted, RunStarted
from vl2agent.steps import Plan, Receipt

SECRET = 'hunter2 "ü\\&'


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        f"the password is {SECRET}.",
        json.dumps({"kind": "type", "text": SECRET}),
        json.dumps({"text": SECRET}, ensure_ascii=False),
        repr(SECRET),
        f"https://a.example/?q={quote(SECRET)}&r=1",
        f"https://a.example/?q={quote_plus(SECRET)}",
        SECRET.replace(" ", "\n"),
        SECRET.upper(),
        "hunter 2  “ü\\&".replace("“", '"'),
    ],
)
def test_a_value_is_found_as_people_and_machines_write_it(said: str) -> None:
    """As it is, in JSON, in an address, in code, in other spaces and capitals."""
    told = Mask({SECRET: MASK}).text(said)
    assert MASK in told
    assert "hunter" not in told.lower()


def test_what_a_network_reads_for_it_is_found_too() -> None:
    """Look-alikes: 0 and O, 1 and l, 5 and S."""
    assert Mask({"Sol0l1S5": MASK}).text("field: 5oIOll55") == f"field: {MASK}"


def test_a_short_value_is_masked_where_it_stands_alone() -> None:
    """Else half of all words would go."""
    assert Mask({"ab": MASK}).text("ab about (ab) cab") == f"{MASK} about ({MASK}) cab"


def test_a_value_without_the_line_break_at_its_end_is_the_value() -> None:
    """The screen does not show that it was there."""
    assert Mask({"hunter2\n": MASK}).text("hunter2") == MASK


def test_each_line_of_a_value_is_found() -> None:
    """A field that scrolls shows some of them; short ones would be found everywhere."""
    told = Mask({"line one\r\nof\n0rchid44": MASK}).text("Orchid44 of line one")
    assert told == f"{MASK} of {MASK}"


def test_half_a_surrogate_pair_is_a_value_too() -> None:
    """As a terminal that is not in UTF-8 hands it on; that it cannot be typed is told later."""
    assert Mask({"hunter\udcff": MASK}).text("a hunter\udcff") == f"a {MASK}"


def test_a_long_text_is_masked_as_it_is() -> None:
    """As long as anything that can be typed, and without delay."""
    text = "all work and no play makes jack a dull boy " * 460
    assert Mask({text: MASK}).text(f"typed: {text}") == f"typed: {MASK} "


def test_the_longer_value_comes_first() -> None:
    """Nothing is left of one that begins with another."""
    assert Mask({"hunter": "{A}", "hunter2": "{B}"}).text("hunter2 hunter") == "{B} {A}"


def test_patterns_are_masked() -> None:
    """Only what fits."""
    mask = Mask({}, (re.compile(r"\d{4}( \d{4}){3}"), re.compile("x*")))
    assert mask.text("card 1234 5678 9012 3456, room 1234") == f"card {MASK}, room 1234"


@given(st.text(min_size=1, max_size=30).filter(str.strip), st.text(max_size=20), st.text(max_size=20))
def test_no_value_survives(value: str, before: str, after: str) -> None:
    """Whatever it is made of, and whatever stands around it."""
    told = Mask({value: ""}).text(f"{before} {value} {after}")
    assert len(value) < 4 or value not in told.replace(before, "").replace(after, "")


def test_every_text_in_an_event_is_masked() -> None:
    """In models, tuples, mappings and their keys; a value without anything to mask is the same object."""
    mask = Mask({"hunter2": MASK}).text
    run = RunStarted(goal="log in with hunter2", policy={"rule": [{"typed": "hunter2"}], "hunter2": 1})
    told = masked(run, mask)
    assert "hunter2" not in told.model_dump_json()
    assert told.policy == {"rule": [{"typed": MASK}], MASK: 1}
    prompt = Prompt.ask("is hunter2 right?")
    assert "hunter2" not in masked(prompt, mask).model_dump_json()
    schema = JsonSchema(json_schema={"enum": ["hunter2"]})
    assert "hunter2" not in masked(schema, mask).model_dump_json()
    assert masked(noted := Noted(text="nothing"), mask) is noted


def test_words_of_a_fixed_list_stay() -> None:
    """A secret that is such a word would make an event unreadable, and tells nothing there."""
    mask = Mask({"type": MASK, "sent": MASK, "enter": MASK}).text
    assert masked(Plan(intent=TypeText(text="type")), mask).intent == TypeText(text=MASK)
    assert masked(Receipt(delivery="sent", duration_s=0), mask).delivery == "sent"
    assert masked(Key(keys="enter"), mask).keys == "enter"
