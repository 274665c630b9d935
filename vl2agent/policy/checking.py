"""What is right for a parser and wrong for a person: rules that can never fit, files that say nothing."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence

from vl2agent.policy.file import Said, packaged
from vl2agent.policy.rules import KINDS, Edge, Rule

_BY_POINTER = ("click", "scroll", "drag", "move")
_BY_KEYS = ("type", "key")


def warnings_about(said: Said) -> Iterator[str]:
    """Tell what of a policy does not do what its author may think."""
    if not said.rules and said.default == "allow":
        yield "no rule is listed: all but the packaged rules is allowed"
    if said.default == "deny" and not any(rule.verdict != "deny" for rule in said.rules):
        yield "nothing is allowed: the default is deny, and no rule allows or asks"
    if said.rules and said.default == "allow" and all(rule.verdict == "allow" for rule in said.rules):
        yield "no rule denies or asks, and the default is allow: the rules change nothing"
    if said.without and not said.builtin:
        yield "without has no effect, as builtin = false leaves all packaged rules out"
    names = [rule.name for rule in said.rules]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"several rules are called {name!r}: a decision does not tell which of them it was"
    yield from _never(said)


def _never(said: Said) -> Iterator[str]:
    before = list(packaged(True, said.without)) if said.builtin else []
    for rule in said.rules:
        if not kinds_of(rule):
            yield f"rule {rule.name!r} can never fit: no action has all that it names"
        elif by := next((other for other in before if covers(other, rule)), None):
            yield f"rule {rule.name!r} can never fit: {by.name!r} before it always does"
        before.append(rule)


def kinds_of(rule: Rule) -> frozenset[str]:
    """Return the kinds of action that a rule can fit at all."""
    kinds = set(rule.actions or KINDS)
    if rule.keys is not None or rule.typed is not None:
        kinds &= set(_BY_KEYS)
    if rule.region is not None:
        kinds &= set(_BY_POINTER)
    if rule.text is not None:
        kinds &= {*_BY_POINTER, *_BY_KEYS}
    return frozenset(kinds)


def covers(first: Rule, second: Rule) -> bool:
    """Tell whether the first rule fits whenever the second does, as far as that shows from what they say."""
    if first.rate is not None and first.rate != second.rate:
        return False
    if first.verdict == "allow" != second.verdict and _depends_on_places(first):
        return False  # what cannot be known, and the other end of a drag, leave the second one its cases
    patterns = ((getattr(rule, name) for rule in (first, second)) for name in ("text", "typed", "window", "app"))
    return (
        kinds_of(second) <= frozenset(first.actions or KINDS)
        and all(one is None or (other is not None and one.pattern == other.pattern) for one, other in patterns)
        and (first.region is None or (second.region is not None and _holds(first, second)))
        and (first.keys is None or _chords_hold(first.keys, second.keys or ()))
        and (first.domains is None or _domains_hold(first.domains, second.domains or ()))
        and (first.hours is None or first.hours == second.hours)
        and (first.days is None or first.days == second.days)
    )


def _depends_on_places(rule: Rule) -> bool:
    return any(part is not None for part in (rule.window, rule.app, rule.domains, rule.text, rule.region))


def _holds(first: Rule, second: Rule) -> bool:
    """Tell whether one rectangle lies in the other; pixels and parts compare only with their like."""
    assert first.region is not None
    assert second.region is not None
    pairs = list(zip(first.region, second.region, strict=True))
    if first.of != second.of or any(isinstance(one, int) != isinstance(other, int) for one, other in pairs):
        return False
    edges = [(_number(one), _number(other)) for one, other in pairs]
    return all(one <= other for one, other in edges[:2]) and all(one >= other for one, other in edges[2:])


def _number(edge: Edge) -> float:
    return float(edge) if isinstance(edge, int) else float(edge[:-1])


def _chords_hold(first: Sequence[str], second: Sequence[str]) -> bool:
    """Tell whether all chords of the second are among the first; of patterns only equal ones are known to be."""
    return bool(second) and all(
        chord in first or (not re.search(r"[*?\[]", chord) and any(fnmatch.fnmatchcase(chord, one) for one in first))
        for chord in second
    )


def _domains_hold(first: Sequence[str], second: Sequence[str]) -> bool:
    return bool(second) and set(second) <= set(first)
