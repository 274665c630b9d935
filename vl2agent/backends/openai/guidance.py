"""Grammars as servers take them, and replies held to them where a server does not.

Our own server guides every kind. Others are asked to guide JSON and patterns in each of the ways that there are, and
believed in none: what they reply is checked. Boxes are never guided elsewhere: the grammars of vLLM and SGLang would
spell the model's marks out in letters, which it was not trained on, so it answers in its own form, unguided.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from vl2agent.backends.openai.digits import Token, weighed
from vl2agent.backends.openai.schema import misfit
from vl2agent.completion import Grammar, Grounding, JsonSchema, Located, Regex
from vl2agent.errors import BackendError, ParseError
from vl2agent.parser import parse_boxes, parse_json

WORDS_TOKENS, BOX_TOKENS = 64, 24
"""Room for a reply that names words and boxes."""


def asked(grammar: Grammar) -> dict[str, Any]:
    """Give the fields of a request to our own server that ask for a grammar."""
    if isinstance(grammar, Grounding):
        return {"grounding": {"words": grammar.words, "most": grammar.most}}
    return _json_asked(grammar) if isinstance(grammar, JsonSchema) else _regex_asked(grammar)


def wished(grammar: Grammar, max_tokens: int) -> dict[str, Any]:
    """Give those of a request to another server, which may heed them or not; boxes are not cut off."""
    if isinstance(grammar, Grounding):
        return {"max_tokens": max(max_tokens, WORDS_TOKENS + BOX_TOKENS * grammar.most)}
    if isinstance(grammar, JsonSchema):
        return _json_asked(grammar)
    # vLLM from 0.12 on, before, and SGLang; each passes over what it does not know
    return _regex_asked(grammar) | {"guided_regex": grammar.pattern, "regex": grammar.pattern}


def _json_asked(grammar: JsonSchema) -> dict[str, Any]:
    named = {"name": "reply", "schema": dict(grammar.json_schema), "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _regex_asked(grammar: Regex) -> dict[str, Any]:
    return {"structured_outputs": {"regex": grammar.pattern}}


def held(grammar: Grammar, text: str, tokens: Sequence[Token]) -> tuple[str, tuple[Located, ...]]:
    """Give an unguided reply as the grammar would have had it: the text without what stands around it, and the boxes.

    Raises:
        ParseError: it holds no such thing.
        BackendError: the pattern of the grammar is none.
    """
    if isinstance(grammar, Grounding):
        boxes = weighed(parse_boxes(text), tokens)[: grammar.most]
        found = tuple(box.model_copy(update={"words": grammar.words}) for box in boxes)
        return _grounded(grammar.words, found), found
    if isinstance(grammar, JsonSchema):
        value = parse_json(text)
        if wrong := misfit(value, grammar.json_schema):
            raise ParseError(text, 0, f"JSON that fits its schema ({wrong})")
        return json.dumps(value, ensure_ascii=False), ()
    try:
        fitting = next((each for each in (text, text.strip()) if re.fullmatch(grammar.pattern, each)), None)
    except re.error as error:
        raise BackendError(f"expected a pattern, got {grammar.pattern!r}: {error}") from error
    if fitting is None:
        raise ParseError(text, 0, f"text like {grammar.pattern!r}")
    return fitting, ()


def boxes_in(text: str, tokens: Sequence[Token]) -> tuple[Located, ...]:
    """Give the boxes that happen to be in a reply without a grammar; none where they are not well formed."""
    if "<|det|>" not in text:
        return ()
    try:
        return weighed(parse_boxes(text), tokens)
    except ParseError:
        return ()


def _grounded(words: str, found: Sequence[Located]) -> str:
    boxes = ", ".join(f"[{box.left}, {box.top}, {box.right}, {box.bottom}]" for box in (each.box for each in found))
    return f"<|ref|>{words}<|/ref|><|det|>[{boxes}]<|/det|>"
