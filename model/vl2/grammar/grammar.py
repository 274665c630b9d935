"""What answers may look like, compiled once for a tokenizer: boxes, JSON, choices, regular expressions, grammars.

grammar = Grammar.json_schema(tokenizer, Invoice)
reply = engine.generate(inputs, constraint=grammar.start(), max_new_tokens=grammar.max_tokens or 512)
invoice = Invoice.model_validate_json(reply.text)
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from llguidance import LLMatcher, LLTokenizer, grammar_from

from vl2.errors import GrammarError
from vl2.grammar.boxes import BoxList, Numerals
from vl2.grammar.constraint import Constraint, MatcherConstraint
from vl2.grammar.jsonbounds import Limits, bounded, max_bytes
from vl2.grammar.locating import Frame, GroundingConstraint

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vl2.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

_WORDS = r"[^\x00-\x20\x7f<][^\x00-\x1f\x7f<]{0,%d}"  # "<" begins marks
_MAX_UTF8 = 4

_SPACE, _TEXT = r"[\x20\x0A\x0D\x09]+", r'[^"\\<\x00-\x1F\x7F]'
_SLICES = [_SPACE, *(_TEXT + length for length in ("{1,10}", "{1,30}", "+"))]
"""Groups of tokens that the library allows as a whole: its own, less "<", which makes free words ten times faster."""

_matchers: WeakKeyDictionary[Tokenizer, LLTokenizer] = WeakKeyDictionary()
_numerals: WeakKeyDictionary[Tokenizer, Numerals] = WeakKeyDictionary()


class Grammar:
    """A set of allowed answers; `start()` follows one answer, any number at a time.

    Attributes:
        max_tokens: with room for this many tokens every answer comes to its end. None where answers can be of any
            length, and may be cut off.
    """

    def __init__(self, start: Callable[[], Constraint], max_tokens: int | None = None) -> None:
        self._start, self.max_tokens = start, max_tokens

    def start(self) -> Constraint:
        """Begin an answer."""
        return self._start()

    @classmethod
    def grounding(
        cls, tokenizer: Tokenizer, words: str | None = None, *, max_boxes: int = 1, max_characters: int = 80
    ) -> Grammar:
        """Allow `<|ref|>words<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>`, with x1 < x2 and y1 < y2 in 0..999.

        Args:
            tokenizer: of the model.
            words: what is located; None lets the model name it, on one line and without "<".
            max_boxes: 1 or more boxes up to this many.
            max_characters: longest words that the model may choose.

        Raises:
            GrammarError: the words are empty or contain a mark, or a bound is below 1.
        """
        if max_boxes < 1 or max_characters < 1:
            raise GrammarError(f"expected bounds of 1 or more, got {max_boxes=}, {max_characters=}")
        boxes = BoxList(_numerals_of(tokenizer), max_boxes)
        opening, tail = (tokenizer.ref_id,), (tokenizer.ref_end_id, tokenizer.det_id)
        if words is not None:
            _require_plain(tokenizer, words)
            head = (*opening, *tokenizer.encode(words), *tail)
            given = Frame(boxes=boxes, head=head, tail=tail, size=tokenizer.size, eos_id=tokenizer.eos_id)
            return cls(lambda: GroundingConstraint(given, None), len(head) + boxes.max_tokens)
        free = Frame(boxes=boxes, head=opening, tail=tail, size=tokenizer.size, eos_id=tokenizer.eos_id)
        naming = cls._compiled(tokenizer, grammar_from("regex", _WORDS % (max_characters - 1)))
        bound = len(opening + tail) + _MAX_UTF8 * max_characters + boxes.max_tokens
        return cls(lambda: GroundingConstraint(free, naming()), bound)

    @classmethod
    def json_schema(
        cls,
        tokenizer: Tokenizer,
        schema: type[BaseModel] | Mapping[str, Any],
        *,
        max_string: int = 256,
        max_items: int = 32,
    ) -> Grammar:
        """Allow JSON on one line that fits a Pydantic model or a JSON schema.

        Args:
            tokenizer: of the model.
            schema: what the JSON has to fit. No keys come that it does not name.
            max_string: longest string in characters, where the schema sets no limit.
            max_items: most items of an array, and most keys of a mapping, where the schema sets no limit.

        Raises:
            GrammarError: the schema is broken, says something that is not supported, or nothing fits it.
        """
        is_model = not isinstance(schema, Mapping)
        limits = Limits(max_string, max_items, repeats=is_model)
        given = _plain_schema(schema)
        try:
            plain = bounded(given, limits)
            longest = max_bytes(plain)
        except GrammarError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise GrammarError(f"expected a JSON schema, got one that cannot be read ({str(error)[:200]})") from error
        options = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
        try:
            text = LLMatcher.grammar_from_json_schema(json.dumps(plain), overrides=options)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise GrammarError(f"expected a JSON schema: {error}") from None
        return cls(cls._compiled(tokenizer, text), None if longest is None else longest + 1)

    @classmethod
    def regex(cls, tokenizer: Tokenizer, pattern: str) -> Grammar:
        """Allow texts that match a regular expression as a whole (Rust's syntax: no look-around, no back-references).

        Raises:
            GrammarError: the pattern is broken.
        """
        return cls(cls._compiled(tokenizer, grammar_from("regex", pattern)))

    @classmethod
    def lark(cls, tokenizer: Tokenizer, grammar: str) -> Grammar:
        """Allow the language of a context-free grammar in llguidance's dialect of Lark.

        Special tokens are written by name: `start: <|ref|> /[a-z]+/ <|/ref|>`.

        Raises:
            GrammarError: the grammar is broken, or names a token that the vocabulary lacks.
        """
        return cls(cls._compiled(tokenizer, grammar_from("lark", grammar)))

    @classmethod
    def choice(cls, tokenizer: Tokenizer, options: Sequence[str]) -> Grammar:
        """Allow exactly one of some texts.

        Raises:
            GrammarError: there are none, or one is empty.
        """
        if isinstance(options, str) or not options or not all(options):
            raise GrammarError(f"expected one text or more to choose from, none empty, got {options!r}")
        text = "start: " + " | ".join(json.dumps(option, ensure_ascii=False) for option in dict.fromkeys(options))
        return cls(cls._compiled(tokenizer, grammar_from("lark", text)), max(len(o.encode()) for o in options) + 1)

    @staticmethod
    def _compiled(tokenizer: Tokenizer, text: str) -> Callable[[], MatcherConstraint]:
        matcher = LLMatcher(_matcher_vocabulary(tokenizer), text, log_level=0)
        if matcher.is_error():
            raise GrammarError(f"expected a grammar that can be compiled: {_brief(matcher.get_error())}")
        for warning in matcher.get_grammar_warnings():
            logger.warning("grammar: %s", warning)
        never = (tokenizer.bos_id, tokenizer.pad_id, tokenizer.image_id)
        return lambda: MatcherConstraint(matcher.deep_copy(), tokenizer.size, tokenizer.eos_id, never)


def _matcher_vocabulary(tokenizer: Tokenizer) -> LLTokenizer:
    """Build the library's view of a vocabulary, a second of work for a real one, once."""
    if tokenizer not in _matchers:
        raw = json.loads(tokenizer.backend.to_str())
        for token in raw["added_tokens"]:
            # Some marks of the real vocabulary are not declared special, and would count as text.
            token["special"] = token["special"] or token["content"] in tokenizer.marks
        _matchers[tokenizer] = LLTokenizer(
            json.dumps(raw), n_vocab=tokenizer.size, eos_token=tokenizer.eos_id, slices=_SLICES
        )
    return _matchers[tokenizer]


def _numerals_of(tokenizer: Tokenizer) -> Numerals:
    if tokenizer not in _numerals:
        _numerals[tokenizer] = Numerals(tokenizer)
    return _numerals[tokenizer]


def _plain_schema(schema: type[BaseModel] | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(schema, Mapping):
        return schema
    if not hasattr(schema, "model_json_schema"):
        raise GrammarError(f"expected a Pydantic model or a JSON schema as a dict, got {schema!r}")
    from vl2.grammar.modelschema import schema_of

    return schema_of(schema)


def _require_plain(tokenizer: Tokenizer, words: str) -> None:
    if not words.strip():
        raise GrammarError(f"expected words to locate, got {words!r}")
    if found := [mark for mark in tokenizer.marks if mark in words]:
        raise GrammarError(f"expected words without marks, got {found[0]!r} in {words[:80]!r}; leave it out")


def _brief(message: str, limit: int = 400) -> str:
    """Cut what the library says of a broken grammar, which may list the whole vocabulary."""
    first, _, rest = message.strip().partition("; following special tokens are available")
    return " ".join((first if rest else message).split())[:limit]
