"""The planner's reply: the grammar that it is written under, and reading it back.

One line of JSON: the part of the goal that is worked on, the verb, its words and arguments. Every text in it is bounded,
so that no reply is ever cut off: RESERVE tokens hold the longest, in any vocabulary that has all bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain, combinations, permutations
from typing import Any

from vl2agent.actions import Done, Key, TypeText
from vl2agent.completion import JsonSchema
from vl2agent.errors import KeyNameError, ParseError, TextNotTypable
from vl2agent.executor.keyboard import typable
from vl2agent.executor.keys import KEY_NAMES, MODIFIERS, parse_chord
from vl2agent.parser import INTENT, parse_intent
from vl2agent.steps import DragIntent, Intent

RESERVE = 544
"""Tokens kept free for a reply: no more than the bytes of the longest, and its end."""
MAX_WORDS = 200
"""Characters that may name a place, where no grammar holds."""

_ORDER = ("clause", "kind", "target", "destination")
"""Fields that come first; the others follow as their models have them."""


def _text(plain: int, other: int) -> Mapping[str, Any]:
    """Allow so many ASCII characters, or so many of any kind; the former take two bytes at most, the latter four."""
    pattern = rf"^([\n -~]{{1,{plain}}}|[^\x00-\x09\x0b-\x1f\x7f-\x9f]{{1,{other}}})$"
    return {"type": "string", "pattern": pattern, "maxLength": plain}


def _words(plain: int, other: int) -> Mapping[str, Any]:
    """Allow the same on one line that begins with no blank, and without "<", which begins the model's marks."""
    blank = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff"
    pattern = rf"^([!-;=-~][ -;=-~]{{0,{plain - 1}}}|[^<{blank}][^<\x00-\x1f\x7f-\x9f]{{0,{other - 1}}})$"
    return {"type": "string", "pattern": pattern, "maxLength": plain}


def _chord() -> Mapping[str, Any]:
    """Allow a key with up to three modifiers in any order, or a modifier alone."""
    held = (permutations(MODIFIERS, number) for number in (1, 2, 3))
    prefixes = "|".join("+".join((*names, "")) for names in chain.from_iterable(held)).replace("+", r"\+")
    keys = "|".join(key for key in KEY_NAMES if key not in MODIFIERS)
    return {"type": "string", "pattern": rf"^(({prefixes})?({keys}|[!-~])|{'|'.join(MODIFIERS)})$", "maxLength": 40}


_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "target": _words(80, 40),
    "destination": _words(80, 40),
    "text": _text(240, 120),
    "keys": _chord(),
    "question": _words(160, 80),
    "message": _text(160, 80),
    "reason": _words(160, 80),
    "seconds": {"type": "integer", "minimum": 1, "maximum": 60},
    "modifiers": {"enum": [list(held) for number in (1, 2, 3) for held in combinations(MODIFIERS, number)]},
}
"""Fields that are narrower in a reply than in the intent."""


@lru_cache(maxsize=256)
def grammar(current: int, total: int) -> JsonSchema:
    """Make the grammar of a reply that works on the part `current` of the goal, or on a later one of `total`."""
    clause = {"type": "integer", "minimum": current, "maximum": total}
    return JsonSchema(json_schema={"anyOf": [_object(clause, model) for model in _models()]})


def read(text: str, current: int, total: int) -> tuple[int, Intent]:
    """Read a reply: the number of the goal's part, and the intent.

    What is done stays done: a reply that names an earlier part, or none, works on the current one; one that is done and
    names none, as other tools' words for it do, means the goal. A goal of one part has no numbers to be told.

    Raises:
        ParseError: it is no intent, or one that cannot be carried out: a part that the goal does not have, words that
            are too long or spell a mark of the model's, a key that does not exist, text that no key types.
    """
    clause, intent = parse_intent(text)
    if clause is not None and clause > total > 1:
        raise ParseError(text, 0, f"a clause from {current} to {total}")
    for words in places(intent):
        if len(words) > MAX_WORDS or "<|" in words:
            raise ParseError(text, 0, f"a target of at most {MAX_WORDS} characters without marks")
    try:
        if isinstance(intent, Key):
            parse_chord(intent.keys)
        if isinstance(intent, TypeText):
            typable(intent.text)
    except (KeyNameError, TextNotTypable) as error:
        raise ParseError(text, 0, f"what can be typed ({error})") from error
    known = clause or (total if isinstance(intent, Done) else current)
    return min(max(known, current), total), intent


def places(intent: Intent) -> tuple[str, ...]:
    """Return the words of an intent that name places, in order."""
    if isinstance(intent, DragIntent):
        return intent.target, intent.destination
    words = getattr(intent, "target", "")
    return (words,) if words else ()


def _models() -> Iterator[Mapping[str, Any]]:
    """Give the schema of each verb's intent."""
    whole = INTENT.json_schema()
    for each in whole["oneOf"]:
        yield whole["$defs"][each["$ref"].rpartition("/")[2]]


def _object(clause: Mapping[str, Any], model: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {"clause": clause} | {
        name: _FIELDS.get(name) or _plain(field) for name, field in model["properties"].items() if name != "secret"
    }  # what is secret a person says, not a model
    names = sorted(known, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    return {
        "type": "object",
        "properties": {name: known[name] for name in names},
        "required": ["clause", "kind", *(name for name in model.get("required", ()) if name != "kind")],
        "additionalProperties": False,
    }


def _plain(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out what says nothing of the text."""
    return {name: value for name, value in field.items() if name not in ("title", "default", "description")}
