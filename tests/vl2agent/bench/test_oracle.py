"""The oracle reads what it is told from prompts, and writes what models write; on desktops it runs in tests/e2e."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vl2.grammar.grammar import Grammar as Compiled
from vl2.tokenizer import Tokenizer
from vl2agent import prompts
from vl2agent.bench.oracle import _found
from vl2agent.bench.oracle_text import Situation, grounded, planned
from vl2agent.calls import Section
from vl2agent.errors import BackendError
from vl2agent.geometry import ScreenBox, View
from vl2agent.parser import parse_boxes, parse_intent
from vl2agent.planner.reply import grammar
from vl2agent.planner.subgoals import split
from vl2agent.steps import ClickIntent

GOAL = "open settings, then open Appearance and choose the 'Adwaita: dark' style"


def text_of(sections: list[Section]) -> str:
    """Join what is text."""
    return "".join(part for section in sections for part in section.parts if isinstance(part, str))


@pytest.mark.parametrize("goal", [GOAL, "open x", "open x\nclick 'Save: all'"])
def test_it_finds_the_goal_and_its_parts(goal: str) -> None:
    """Whatever else stands in the prompt, and however the goal is laid out."""
    parts = split(goal)
    sections = prompts.plan(
        goal, parts, 2, ["1. click “Applications”: changed there"], ["code: 42"], "press f5: nothing changed", "look"
    )
    assert Situation.read(text_of(sections)) == Situation(goal, parts, "press f5: nothing changed", "")


def test_parts_that_are_not_all_listed_are_read_from_the_goal() -> None:
    """The ledger leaves the list out when there is no room."""
    text = text_of(prompts.plan(GOAL, [], 1)).replace(prompts.REQUEST, "Parts of the goal:\n2. open Appearance (now)\n")
    assert Situation.read(text + prompts.REQUEST).parts == split(GOAL)


def test_a_part_that_is_cut_short_is_read_from_the_goal() -> None:
    """As much as is needed to know where it ends."""
    parts = split(GOAL)
    assert Situation.read(text_of(prompts.plan(GOAL, [*parts[:2], "choose the 'Adw…"], 1))).parts == parts


def test_it_hears_that_its_reply_could_not_be_used() -> None:
    """The same is then planned from the same."""
    assert Situation.read(text_of(prompts.plan(GOAL, [], 1, wrong="no JSON"))).wrong == "no JSON"


def test_without_a_goal_it_does_not_plan() -> None:
    """It has no other way to know it."""
    with pytest.raises(BackendError, match="expected a goal"):
        Situation.read("What is this?")


def test_a_plan_reply_is_one_line_that_the_parser_reads() -> None:
    """In the model's order of fields."""
    text = planned(2, {"kind": "click", "target": "the “Save” button\n"})
    assert "\n" not in text
    assert list(json.loads(text)) == ["clause", "kind", "target"]
    assert parse_intent(text) == (2, ClickIntent(target="the “Save” button"))


@given(st.data(), st.integers(-100, 3000), st.integers(-100, 3000), st.integers(300, 2600), st.integers(200, 1700))
def test_a_ground_reply_is_where_the_box_is(data: st.DataObject, x: int, y: int, width: int, height: int) -> None:
    """To the grid and back, it is as exact as a thousand lines allow."""
    region = ScreenBox(x, y, x + width, y + height)
    left, top = data.draw(st.integers(x, x + width - 2)), data.draw(st.integers(y, y + height - 2))
    right, bottom = data.draw(st.integers(left + 1, x + width)), data.draw(st.integers(top + 1, y + height))
    (found,) = parse_boxes(grounded("OK", region, [ScreenBox(left, top, right, bottom)]))
    box = View(region, region.size).grid_box_to_screen(found.box)
    near = max(width, height) / 999 + 1
    assert all(abs(a - b) <= near for a, b in zip(box.edges, (left, top, right, bottom), strict=True))


def test_what_is_not_in_the_picture_gets_all_of_it() -> None:
    """Which says nothing, as a model's answer would that sees no such thing."""
    text = grounded("OK", ScreenBox(0, 0, 100, 100), [ScreenBox(200, 200, 210, 210)])
    assert [found.box.right for found in parse_boxes(text)] == [999]


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 120), st.integers(8, 100), st.integers(8, 80))
def test_a_part_of_a_picture_is_found_in_it(left: int, top: int, width: int, height: int) -> None:
    """Also when a little of it changed meanwhile, such as a caret."""
    pixels = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    whole = Image.fromarray(pixels)
    part = whole.crop((left, top, left + width, top + height))
    assert _found(part, whole) == (left, top)
    if width * height > 1000:
        part.putpixel((2, 2), (0, 0, 0))
        assert _found(part, whole) == (left, top)


def test_another_picture_is_found_nowhere() -> None:
    """The oracle then says so instead of guessing."""
    random = np.random.default_rng(0)
    one, other = (Image.fromarray(random.integers(0, 256, (60, 60, 3), np.uint8)) for _ in range(2))
    assert _found(one.crop((5, 5, 30, 30)), other) is None


REPLIES: tuple[dict[str, object], ...] = (
    {"kind": "click", "target": "'Blue' in Colour", "count": 2},
    {"kind": "type", "text": "naïve café, 5 € < 日本語"},
    {"kind": "key", "keys": "ctrl+shift+n"},
    {"kind": "scroll", "target": "middle of the window", "amount": 5},
    {"kind": "drag", "target": "a.txt", "destination": "Documents"},
    {"kind": "wait", "seconds": 1},
    {"kind": "done", "message": "3 clauses done"},
    {"kind": "fail", "reason": "no “Save” on the screen"},
)


@pytest.mark.parametrize("fields", REPLIES, ids=lambda fields: str(fields["kind"]))
def test_a_plan_reply_is_one_that_the_grammar_lets_a_model_write(
    vocabulary: Tokenizer, fields: dict[str, object]
) -> None:
    """Token by token, in a model's own vocabulary."""
    compiled = Compiled.json_schema(vocabulary, grammar(1, 3).json_schema)
    answer = compiled.start()
    for token_id in vocabulary.encode(planned(2, fields)):
        answer.accept(token_id)
    assert answer.done


def test_a_ground_reply_is_one_that_the_grammar_lets_a_model_write(vocabulary: Tokenizer) -> None:
    """With the model's own marks."""
    answer = Compiled.grounding(vocabulary, "'Name' field", max_boxes=1).start()
    text = grounded("'Name' field", ScreenBox(0, 0, 1280, 800), [ScreenBox(10, 10, 1270, 30)])
    for token_id in vocabulary.encode(text, special=True):
        answer.accept(token_id)
    assert answer.done


@pytest.fixture(scope="module")
def vocabulary(nano_checkpoint: Path) -> Tokenizer:
    """Read a small vocabulary with all of VL2's marks."""
    return Tokenizer.from_folder(nano_checkpoint)
