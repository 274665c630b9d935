"""The planner's reply is a typed intent, under a grammar and without one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from PIL import Image

from vl2.errors import GrammarError
from vl2.grammar.constraint import Constraint
from vl2.grammar.grammar import Grammar
from vl2.tokenizer import Tokenizer
from vl2agent import prompts
from vl2agent.actions import Done, Key
from vl2agent.backends.local import LocalBackend
from vl2agent.calls import Model, Shot
from vl2agent.completion import Decoding
from vl2agent.errors import ParseError
from vl2agent.planner.reply import RESERVE, grammar, places, read
from vl2agent.steps import ClickIntent, DragIntent, Frame, Intent, ScrollIntent

KINDS = {model.model_fields["kind"].default for model in get_args(get_args(Intent)[0])}
SCHEMA = grammar(2, 3).json_schema
LONGEST: dict[str, dict[str, Any]] = {
    "click": {
        "target": '"' * 80, "button": "middle", "count": 3, "modifiers": ["ctrl", "shift", "super"],
    },
    "type": {"text": '"' * 240, "submit": False},
    "key": {"keys": "ctrl+shift+super+scrolllock"},
    "scroll": {"target": '"' * 80, "direction": "right", "amount": 100},
    "drag": {"target": '"' * 80, "destination": "\U0001f600" * 40},
    "move": {"target": "\U0001f600" * 40},
    "wait": {"seconds": 60},
    "zoom": {"target": "\U0001f600" * 40},
    "ask_user": {"question": '"' * 160},
    "done": {"message": '"' * 160},
    "fail": {"reason": "\U0001f600" * 80},
}  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer(nano_checkpoint: Path) -> Tokenizer:
    """Read the small vocabulary."""
    return Tokenizer.from_folder(nano_checkpoint)


@pytest.mark.parametrize("record", [{"kind": kind, **fields} for kind, fields in LONGEST.items()], ids=LONGEST)
def test_the_longest_reply_of_each_verb_fits_its_reserve(record: Mapping[str, Any], tokenizer: Tokenizer) -> None:
    """The grammar takes it to its end, and it can be read."""
    text = json.dumps({"clause": 2, **record}, ensure_ascii=False)
    assert len(text.encode()) < RESERVE
    constraint = Grammar.json_schema(tokenizer, SCHEMA).start()
    _write((*tokenizer.encode(text), tokenizer.eos_id), constraint)
    assert constraint.done
    assert read(text, 2, 3)[1].kind == record["kind"]


def test_no_form_lets_a_model_call_a_text_secret() -> None:
    """Who may hide what is typed is the person, not the model."""
    assert "secret" not in str(grammar(1, 2).json_schema)


def test_there_is_a_form_for_every_verb() -> None:
    """The clause and the kind come first, nothing else may be added."""
    assert {form["properties"]["kind"]["const"] for form in SCHEMA["anyOf"]} == KINDS == set(LONGEST)
    for form in SCHEMA["anyOf"]:
        assert list(form["properties"])[:2] == ["clause", "kind"]
        assert form["additionalProperties"] is False


@pytest.mark.parametrize(
    "text",
    [
        '{"clause": 1, "kind": "done"}',
        '{"clause": 4, "kind": "done"}',
        '{"kind": "done"}',
        '{"clause": 2, "kind": "click", "target": ""}',
        '{"clause": 2, "kind": "click", "target": " x"}',
        '{"clause": 2, "kind": "click", "target": "<|ref|>"}',
        '{"clause": 2, "kind": "click", "target": "' + "x" * 81 + '"}',
        '{"clause": 2, "kind": "key", "keys": "ctrl+ctrl+a"}',
        '{"clause": 2, "kind": "key", "keys": "ctrl+nothing"}',
        '{"clause": 2, "kind": "wait", "seconds": 61}',
        'Sure: {"clause": 2, "kind": "done"}',
    ],
)
def test_nothing_else_can_be_written(text: str, tokenizer: Tokenizer) -> None:
    """Another part of the goal, blank words, marks, keys that do not exist, prose."""
    constraint = Grammar.json_schema(tokenizer, SCHEMA).start()
    with pytest.raises(GrammarError):
        _write((*tokenizer.encode(text), tokenizer.eos_id), constraint)


def test_a_model_that_knows_nothing_writes_intents_all_the_same(nano_checkpoint: Path) -> None:
    """A hundred replies of random weights: each ends within the reserve, and each can be read."""
    model = Model(LocalBackend(nano_checkpoint))
    shot = Shot.of(Frame.from_image(Image.new("RGB", (64, 64))))
    sections = prompts.ask("What next?")
    kinds = set()
    for seed in range(100):
        current = 1 + seed % 3
        decoding = Decoding(max_tokens=RESERVE, temperature=1.5, seed=seed)
        reply = model.call("plan", sections, [shot], grammar(current, 3), decoding=decoding)
        clause, intent = read(reply.text, current, 3)
        assert reply.stop_reason != "length"
        assert current <= clause <= 3
        kinds.add(intent.kind)
    assert len(kinds) > 5


@pytest.mark.parametrize(
    ("text", "clause", "intent"),
    [
        ('{"clause": 3, "kind": "click", "target": "Save"}', 3, ClickIntent(target="Save")),
        ('{"clause": 1, "kind": "click", "target": "Save"}', 2, ClickIntent(target="Save")),
        ('I am done.\n```json\n{"action": "finished"}\n```', 3, Done()),
        ('{"clause": 2, "kind": "done"}', 2, Done()),
        ('{"action": "hotkey", "key": "ctrl Return"}', 2, Key(keys="ctrl+return")),
    ],
)
def test_a_reply_without_a_grammar_is_read_as_far_as_it_is_clear(text: str, clause: int, intent: Intent) -> None:
    """What is done stays done; no clause means the current one, or all when it is done."""
    assert read(text, 2, 3) == (clause, intent)


def test_a_goal_of_one_part_needs_no_number() -> None:
    """Its parts are not listed to the model, which may number its steps instead."""
    assert read('{"clause": 2, "kind": "click", "target": "Save"}', 1, 1) == (1, ClickIntent(target="Save"))


@pytest.mark.parametrize(
    "text",
    [
        "Je clique sur Enregistrer.",
        '{"clause": 4, "kind": "done"}',
        '{"clause": 2, "kind": "key", "keys": "ctrl+nothing"}',
        '{"clause": 2, "kind": "type", "text": "\\u0099"}',
        '{"clause": 2, "kind": "click", "target": "<|ref|>Save"}',
        '{"clause": 2, "kind": "type", "text": "\\u0007"}',
        '{"clause": 2, "kind": "drag", "target": "a", "destination": "' + "x" * 201 + '"}',
    ],
)
def test_what_cannot_be_carried_out_is_a_parse_error(text: str) -> None:
    """Prose, a part that the goal does not have, no such key, control characters, marks, endless words."""
    with pytest.raises(ParseError):
        read(text, 2, 3)


def test_places_are_the_words_that_must_be_found() -> None:
    """None, one, or two for a drag."""
    assert places(DragIntent(target="a", destination="b")) == ("a", "b")
    assert places(ClickIntent(target="a")) == ("a",)
    assert places(ScrollIntent()) == places(Done()) == ()


def _write(tokens: Iterable[int], constraint: Constraint) -> None:
    for token in tokens:
        constraint.accept(token)
