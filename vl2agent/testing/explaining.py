"""What pytest prints when a comparison of actions fails: each action with what was expected of it, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, TypeGuard

from PIL import Image

from vl2agent.recording.words import action_words
from vl2agent.steps import Step
from vl2agent.testing.matchers import Matcher, is_action
from vl2agent.testing.snapshot import Snapshot

SWAP = "a Pillow picture on the left compares itself and knows of nothing else: assert snapshot(...) == picture"


def explain(operator: str, left: object, right: object) -> list[str] | None:
    """Explain a comparison that failed; None where it is not one of actions, matchers or pictures."""
    if operator == "==":
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Snapshot):
                return [SWAP] if isinstance(left, Image.Image) else other.explain()
            if isinstance(other, Matcher) and not _is_list(one):
                return [f"{_words(one)} == {other!r}", other.why_not(one)]
        if _is_list(left) and _is_list(right) and any(map(_is_ours, (*left, *right))):
            return _side_by_side(left, right)
    if operator == "in" and isinstance(left, Matcher) and _is_list(right):
        return _each(left, right)
    return None


def _side_by_side(left: Sequence[Any], right: Sequence[Any]) -> list[str]:
    rows = list(zip_longest(left, right, fillvalue=_NOTHING))
    first = next(number for number, (one, other) in enumerate(rows, 1) if one != other)
    said = [f"actions differ, first in number {first} of {len(rows)}"]
    for number, (one, other) in enumerate(rows, 1):
        if one == other:
            said.append(f"    {number}. {_words(one)}")
        else:
            said += [f"  > {number}. {_words(one)}", f"       != {_words(other)}{_because(one, other)}"]
    return said


def _each(matcher: Matcher, done: Sequence[object]) -> list[str]:
    said = [f"{matcher!r} is none of {len(done)} actions"]
    return said + [f"    {number}. {_words(one)}: {matcher.why_not(one)}" for number, one in enumerate(done, 1)]


def _because(one: object, other: object) -> str:
    for matcher, done in ((one, other), (other, one)):
        if isinstance(matcher, Matcher) and _is_ours(done):
            return f": {matcher.why_not(done)}"
    return ""


def _words(one: object) -> str:
    if isinstance(one, Step):
        return _words(one.action) if one.action else f"step {one.number}, in which nothing was done"
    return action_words(one) if is_action(one) else repr(one)


def _is_ours(one: object) -> bool:
    return isinstance(one, Matcher | Step) or is_action(one)


def _is_list(one: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(one, Sequence) and not isinstance(one, str)


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


_NOTHING = _Nothing()
