"""Answers under a grammar are right by construction, whatever the model's weights say."""

from __future__ import annotations

import enum
import json
import os
import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from nano_models import LANGUAGES, config_like, random_model
from nano_prompts import text_prompt
from pydantic import BaseModel, Field, HttpUrl

from vl2.engine.engine import Engine
from vl2.engine.reply import Reply
from vl2.engine.sampling import Sampling
from vl2.errors import GrammarError
from vl2.grammar.grammar import Grammar
from vl2.tokenizer import Tokenizer

NANO = Path(__file__).parents[2] / "fixtures" / "vl2" / "tokenizer"
WHOLE = "VL2AGENT_TEST_ALL" in os.environ
ANSWER = re.compile(r"<\|ref\|>([^<]+)<\|/ref\|><\|det\|>\[(\[.*\])\]<\|/det\|>")
NUMBER = r"(?:0|[1-9]\d{0,2})"
BOX = re.compile(rf"\[({NUMBER}), ({NUMBER}), ({NUMBER}), ({NUMBER})\]")

pytestmark = pytest.mark.timeout(3600 if WHOLE else 300)


class Role(enum.StrEnum):
    """What something on a screen is."""

    BUTTON = "button"
    LINK = "link ✓"
    FIELD = 'fi"eld'


class Point(BaseModel):
    """Bounded whole numbers."""

    x: int = Field(ge=0, le=999)
    y: int = Field(ge=-5, lt=5)


class Target(BaseModel):
    """Nested, with an enumeration and something that may be missing."""

    words: str = Field(min_length=1, max_length=20)
    role: Role
    at: Point
    note: str | None = None


class Click(BaseModel):
    """One kind of step."""

    kind: Literal["click"]
    at: Point


class Write(BaseModel):
    """Another, with a text that the model does not limit."""

    kind: Literal["write"]
    text: str


class Plan(BaseModel):
    """A list of a tagged union."""

    thought: str = Field(max_length=60)
    steps: list[Annotated[Click | Write, Field(discriminator="kind")]] = Field(min_length=1, max_length=3)
    done: bool


class Invoice(BaseModel):
    """Every format and shape that is likely on a document."""

    number: str = Field(pattern=r"^INV-\d{4,6}$")
    issued: date
    due: datetime
    at: time
    took: timedelta
    total: float = Field(ge=0)
    vat: Decimal
    paid: Decimal | None = Field(max_digits=6, decimal_places=2, ge=0)
    items: list[tuple[str, int]] = Field(max_length=2)
    tags: set[str] = Field(max_length=2)
    counts: dict[str, int] = Field(max_length=2)
    id: UUID
    url: HttpUrl


MODELS = [Point, Target, Plan, Invoice]


@pytest.fixture(scope="module")
def nano() -> Tokenizer:
    """A vocabulary that writes numbers in digits."""
    return Tokenizer.from_folder(NANO)


@pytest.fixture(scope="module")
def nano_engine(nano: Tokenizer) -> Engine:
    """Random weights behind the nano vocabulary."""
    return random_engine(nano, rows=640)


@pytest.fixture(scope="module")
def real(real_folder: Path) -> Tokenizer:
    """The vocabulary of tiny and base, in which 0..999 are single tokens."""
    return Tokenizer.from_folder(real_folder)


@pytest.fixture(scope="module")
def real_engine(real: Tokenizer) -> Engine:
    """Random weights behind the real vocabulary."""
    return random_engine(real, rows=129280)


def random_engine(tokenizer: Tokenizer, rows: int) -> Engine:
    """One layer is enough: what comes out is as random."""
    language = replace(LANGUAGES["tiny"], vocab_size=rows, num_hidden_layers=1)
    model = random_model(replace(config_like("tiny"), language=language))
    return Engine(model, tokenizer, tile_cache=False, prefix_cache=False)


def answers(engine: Engine, grammar: Grammar, n: int, room: int = 4000) -> list[Reply]:
    """Sample answers from random weights, half of them from flattened logits, where anything may come."""
    limit = min(room, grammar.max_tokens or room)
    return [
        engine.generate(
            text_prompt(3 + seed % 5, seed),
            max_new_tokens=limit,
            sampling=Sampling(temperature=1.0 if seed % 2 else 5.0, seed=seed),
            constraint=grammar.start(),
        )
        for seed in range(n)
    ]


def share(n: int, of: int = 20) -> int:
    """Take all generations in a whole run, and one in twenty otherwise."""
    return n if WHOLE else max(2, n // of)


def read_boxes(text: str) -> tuple[str, list[list[int]]]:
    """Parse a grounding answer strictly."""
    match = ANSWER.fullmatch(text)
    assert match, text
    boxes = [[int(number) for number in box.groups()] for box in BOX.finditer(match[2])]
    assert match[2] == ", ".join(str(box) for box in boxes), text
    for x1, y1, x2, y2 in boxes:
        assert 0 <= x1 < x2 <= 999, text
        assert 0 <= y1 < y2 <= 999, text
    return match[1], boxes


def check_given_words(engine: Engine, n: int) -> None:
    """Every answer names the words and one box, in the tokens that the tokenizer itself would choose."""
    grammar = Grammar.grounding(engine.tokenizer, "the File menu")
    for reply in answers(engine, grammar, n):
        words, boxes = read_boxes(reply.text)
        assert (words, len(boxes), reply.stop_reason) == ("the File menu", 1, "grammar")
        assert list(reply.token_ids) == engine.tokenizer.encode(reply.text, special=True)
        assert tuple(boxes[0]) == tuple(coordinate.value for coordinate in reply.coordinates)


def check_free_words(engine: Engine, n: int) -> None:
    """Every answer names something short and up to three boxes."""
    for reply in answers(engine, Grammar.grounding(engine.tokenizer, max_boxes=3, max_characters=20), n):
        words, boxes = read_boxes(reply.text)
        assert 1 <= len(words) <= 20
        assert words.isprintable() or "\ufffd" not in words
        assert 1 <= len(boxes) <= 3


def check_json(engine: Engine, model: type[BaseModel], n: int) -> None:
    """Every answer is JSON that the model accepts."""
    for reply in answers(engine, Grammar.json_schema(engine.tokenizer, model, max_string=30), n):
        assert reply.stop_reason == "grammar", reply.text
        model.model_validate_json(reply.text)


def test_boxes_in_digits_always_parse(nano_engine: Engine) -> None:
    """Random weights with digit tokens write ordered boxes without leading zeros."""
    check_given_words(nano_engine, share(3600))


def test_boxes_in_whole_numbers_always_parse(real_engine: Engine) -> None:
    """Random weights with number tokens write ordered boxes."""
    check_given_words(real_engine, share(600, of=60))


def test_free_words_always_parse(nano_engine: Engine) -> None:
    """Words that the model chooses hold no mark and end in time."""
    check_free_words(nano_engine, share(1600))


def test_free_words_always_parse_in_the_real_vocabulary(real_engine: Engine) -> None:
    """The same where words are whole tokens."""
    check_free_words(real_engine, share(200, of=60))


@pytest.mark.parametrize("model", MODELS)
def test_json_always_fits_its_model(nano_engine: Engine, model: type[BaseModel]) -> None:
    """Random weights fill Pydantic models validly."""
    check_json(nano_engine, model, share(60 if model is Invoice else 1000, of=100))


@pytest.mark.parametrize("model", MODELS)
def test_json_always_fits_its_model_in_the_real_vocabulary(real_engine: Engine, model: type[BaseModel]) -> None:
    """The same with 129,000 tokens."""
    check_json(real_engine, model, share(20 if model is Invoice else 60, of=30))


def test_a_plain_schema_serves_as_well(nano_engine: Engine) -> None:
    """A dict in place of a model; keys it does not name never come."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    for reply in answers(nano_engine, Grammar.json_schema(nano_engine.tokenizer, schema), 10):
        assert list(json.loads(reply.text)) == ["n"]


def test_expressions_match(nano_engine: Engine) -> None:
    """Answers match the regular expression as a whole."""
    for reply in answers(nano_engine, Grammar.regex(nano_engine.tokenizer, r"[a-f]{2,4}-\d\d?"), 10):
        assert re.fullmatch(r"[a-f]{2,4}-\d\d?", reply.text)


def test_choices_are_taken_whole(nano_engine: Engine) -> None:
    """One of the texts comes, even where one begins another."""
    options = ["yes", "yes, but", 'no "way"', "点击"]
    seen = {reply.text for reply in answers(nano_engine, Grammar.choice(nano_engine.tokenizer, options), share(800))}
    assert seen <= set(options)
    assert len(seen) > 1


def test_special_tokens_stand_in_grammars(nano: Tokenizer) -> None:
    """A grammar names them, and only then they come."""
    constraint = Grammar.lark(nano, "start: <|ref|> /[a-z]+/ <|/ref|>").start()
    assert constraint.forced() == [nano.ref_id]


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("regex", "(abc", "unclosed group"),
        ("lark", 'start: <|nosuch|> "a"', 'unknown special token: "<|nosuch|>"'),
        ("lark", "nothing", "grammar that can be compiled"),
        ("choice", [], "one text or more"),
        ("choice", ["a", ""], "none empty"),
        ("json_schema", {"type": "nosuch"}, "nosuch"),
        ("json_schema", {"not": {"type": "string"}}, "not"),
        ("json_schema", {"type": "array", "items": {}, "uniqueItems": True}, "uniqueItems"),
        ("json_schema", {"type": "string", "pattern": "^(?!a)"}, "look-around"),
        ("json_schema", {"type": "integer", "minimum": 5, "maximum": 4}, "nsatisfiable"),
        ("json_schema", 5, "Pydantic model"),
        ("json_schema", {"type": "array", "minItems": "two"}, "cannot be read"),
        ("json_schema", {"type": {"a": 1}}, "cannot be read"),
        ("json_schema", {"anyOf": []}, "cannot be read"),
        ("json_schema", {"$ref": 5}, "cannot be read"),
        ("grounding", " ", "words to locate"),
        ("grounding", "a <|/ref|> b", "without marks"),
    ],
)
def test_broken_grammars_say_what_is_wrong(nano: Tokenizer, kind: str, given: Any, message: str) -> None:
    """A typed error with a readable line, before anything is generated."""
    with pytest.raises(GrammarError, match=re.escape(message)) as caught:
        getattr(Grammar, kind)(nano, given)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("schema", "is_bounded"),
    [
        ({"type": "array", "items": {"type": "boolean"}, "maxItems": 10**12}, True),
        ({"type": "object", "patternProperties": {"^a": {"type": "boolean"}}}, False),
    ],
)
def test_bounds_of_a_schema_cost_nothing(nano: Tokenizer, schema: dict[str, Any], is_bounded: bool) -> None:
    """However many items it allows, and where it says nothing of how many."""
    assert (Grammar.json_schema(nano, schema).max_tokens is not None) == is_bounded


@pytest.mark.parametrize("bounds", [{"max_boxes": 0}, {"max_characters": 0}])
def test_bounds_are_checked(nano: Tokenizer, bounds: dict[str, int]) -> None:
    """No box or no character at all is no answer."""
    with pytest.raises(GrammarError, match="bounds of 1 or more"):
        Grammar.grounding(nano, **bounds)  # type: ignore[arg-type]
