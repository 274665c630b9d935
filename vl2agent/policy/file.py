"""What a policy file says: read with every mistake named, and written down again.

default = "allow"       # when no rule fits: allow, ask or deny
builtin = true          # the packaged rules come first
without = []            # ... except these, by name
approve = "never"       # ask a person: each (wherever the rules allow), risky (the packaged list), never

[redact]                # what recordings mask, read by recording/redaction.py

[[rule]]                # and so on: what a rule may name is in rules.py
name = "keep out of the terminal"
verdict = "deny"
window = "terminal"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from vl2agent.errors import PolicyError
from vl2agent.policy.nearest import nearest
from vl2agent.policy.packaged import BUILTIN, BUILTIN_TEXT, RISKY
from vl2agent.policy.rules import KINDS, Rate, Rule, Says

Approve: TypeAlias = Literal["each", "risky", "never"]

TOP = ("default", "builtin", "without", "approve", "rule")
PACKAGED = tuple(rule.name for rule in (*BUILTIN, *BUILTIN_TEXT))
_CHOICES: dict[str, Sequence[str]] = {"default": get_args(Says), "approve": get_args(Approve)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a file says, checked."""

    rules: tuple[Rule, ...] = ()
    default: Says = "allow"
    builtin: bool = True
    without: tuple[str, ...] = ()
    approve: Approve = "never"


def read_table(path: str | Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        PolicyError: it is not there, or not TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PolicyError(path, str(error) or "it is nested too deep") from error


def said(path: str | Path, table: Mapping[str, Any]) -> Said:
    """Take what a table says.

    Raises:
        PolicyError: the first mistake.
    """
    for mistake in mistakes(path, table):
        raise mistake
    rest = {key: table[key] for key in ("default", "builtin", "approve") if key in table}
    rules = tuple(Rule.model_validate(entry) for entry in table.get("rule", []))
    return Said(rules=rules, without=tuple(table.get("without", ())), **rest)


def mistakes(path: str | Path, table: Mapping[str, Any]) -> Iterator[PolicyError]:
    """Name all that is wrong with a table."""
    for key in table:
        if key not in (*TOP, "redact"):
            yield PolicyError(
                path, f"expected {', '.join(TOP[:-1])} and [[rule]], got {str(key)[:80]!r}{_near(key, TOP)}"
            )
    for key, choices in _CHOICES.items():
        if (value := table.get(key, choices[0])) not in choices:
            expected = f"{', '.join(choices[:-1])} or {choices[-1]}"
            yield PolicyError(path, f"expected {key} = {expected}, got {str(value)[:80]!r}{_near(value, choices)}")
    if not isinstance(builtin := table.get("builtin", True), bool):
        yield PolicyError(path, f"expected builtin = true or false, got {str(builtin)[:80]!r}")
    yield from _wrong_names(path, table.get("without", []))
    entries = table.get("rule", [])
    if not isinstance(entries, list):
        yield PolicyError(path, "expected rules under [[rule]], with two brackets")
        return
    for number, entry in enumerate(entries, 1):
        yield from _wrong_rule(path, number, entry)


def _wrong_names(path: str | Path, names: object) -> Iterator[PolicyError]:
    if not isinstance(names, list):
        yield PolicyError(path, f"expected without = a list of names of packaged rules, got {str(names)[:80]!r}")
        return
    for name in names:
        if name not in PACKAGED:
            hint = _near(name, PACKAGED) or f"; there are {', '.join(map(repr, PACKAGED))}"
            yield PolicyError(path, f"without: no packaged rule is called {str(name)[:80]!r}{hint}")


def _wrong_rule(path: str | Path, number: int, entry: Any) -> Iterator[PolicyError]:
    name = entry.get("name") if isinstance(entry, dict) else None
    name = name if isinstance(name, str) and name else f"number {number}"
    try:
        Rule.model_validate(entry)
    except ValidationError as error:
        details = error.errors()
        inner = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
        for detail in details:
            if detail["loc"] not in inner:  # a list whose parts are wrong is not wrong once more
                yield PolicyError(path, _mistake(detail), name)


def _mistake(detail: ErrorDetails) -> str:
    """Say one mistake in a rule, with what comes nearest to what was written."""
    place, written = [str(part) for part in detail["loc"]], str(detail["input"])[:80]
    if detail["type"] == "extra_forbidden":
        known = tuple((Rate if "rate" in place else Rule).model_fields)
        return f"{'.'.join(place)}: no such key{_near(place[-1], known) or '; there are ' + ', '.join(known)}"
    if detail["type"] == "literal_error":
        known = {"actions": KINDS, "verdict": get_args(Says), "of": ("screen", "window")}.get(place[0], ())
        return f"{'.'.join(place)}: expected {', '.join(known)}, got {written!r}{_near(written, known)}"
    if detail["type"] == "missing":
        return f"{'.'.join(place)}: {detail['msg']}, it is not there"
    if detail["type"] == "value_error":
        return ": ".join(part for part in (".".join(place), str(detail["ctx"]["error"])) if part)
    return f"{'.'.join(place)}: {detail['msg']}, got {written!r}"


def _near(name: object, known: Sequence[str]) -> str:
    return nearest(str(name), known)


def as_data(rules: Sequence[Rule], default: Says, approve: Approve) -> dict[str, Any]:
    """Return what a file would say, JSON-able, with the packaged rules written out: every version reads it the same."""
    written = [rule.model_dump(mode="json", exclude_defaults=True) for rule in rules]
    return {"default": default, "builtin": False, "approve": approve, "rule": written}


def packaged(reads: bool, without: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Give the packaged rules that deny, those about text only where something `reads` the screen."""
    rules = (*BUILTIN, *(BUILTIN_TEXT if reads else ()))
    return tuple(rule for rule in rules if rule.name not in without)


def asked_about(approve: Approve, default: Says) -> tuple[Rule, ...]:
    """Give the packaged rules that ask; none where the default is deny, which they would loosen."""
    return RISKY if approve == "risky" and default != "deny" else ()
