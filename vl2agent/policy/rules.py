"""Rules of a policy: what a rule may name.

    [[rule]]
    name = "the panel is not ours"
    verdict = "deny"                        # allow | ask | deny
    reason = "it belongs to the person"
    region = [0, 0, 1280, 28]               # left, top, right, bottom: pixels, or parts as "0%".."100%"

A rule fits when all that it names fits:

    actions = ["click", "drag"]             kinds of action
    region  = [0, "90%", "100%", "100%"]    the pointer's place, on the screen; with of = "window", in the window there
    keys    = ["ctrl+w", "ctrl+alt+*"]      chords, * for any key; enter and tab also where typed text has them
    text    = "delete|remove"               what is written under the pointer, or in the field that was clicked before
                                            typing; a pattern, upper and lower case alike
    typed   = "sudo|rm -rf"                 what is typed, in one piece or in several; enter is a newline at its end
    window  = "terminal"                    title or application of the window under the pointer, of the active one
                                            for keys and typed text; "^$" is no window: the desktop, a panel
    app     = "^mousepad$"                  its application alone
    domains = ["example.org", "*.example.org"]   the page that it shows; also "example.org:8080", "file:", "*"
    hours   = "09:00-17:00"                 local time, or several; "22:00-06:00" is over midnight
    days    = ["mon-fri", "sun"]            the day on which those hours begin
    rate    = { per_second = 5 }            more than that of what fits all else: per_second, per_minute, or repeats
                                            (the same in a row)

Of a drag, rules that ask or deny look at either end, rules that allow at both. What cannot be known counts against
the action in the same way: where nothing tells the windows, their pages, or what is written, a rule that asks or
denies fits and one that allows does not.
"""

from __future__ import annotations

import re
import warnings
from typing import Any, Literal, Self, TypeAlias, get_args

from pydantic import Field, field_validator, model_validator

from vl2agent.actions import Frozen
from vl2agent.policy.chords import chord_pattern
from vl2agent.policy.domains import domain_pattern
from vl2agent.policy.hours import read_day, read_span

Kind: TypeAlias = Literal["click", "type", "key", "scroll", "drag", "move", "wait", "zoom", "ask_user", "done", "fail"]
Says: TypeAlias = Literal["allow", "ask", "deny"]
Edge: TypeAlias = int | str

KINDS: tuple[str, ...] = get_args(Kind)
_FLAGS = {re.MULTILINE: "m", re.DOTALL: "s", re.VERBOSE: "x", re.ASCII: "a"}


class Rate(Frozen):
    """Fits when an action would be one more than allowed."""

    per_second: int | None = Field(default=None, ge=1)
    per_minute: int | None = Field(default=None, ge=1)
    repeats: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.per_second is self.per_minute is self.repeats is None:
            raise ValueError("expected per_second, per_minute or repeats")
        return self


class Rule(Frozen):
    """One rule; what is None is not looked at."""

    name: str = Field(min_length=1)
    verdict: Says
    reason: str = ""
    actions: tuple[Kind, ...] | None = Field(default=None, min_length=1)
    region: tuple[Edge, Edge, Edge, Edge] | None = None
    of: Literal["screen", "window"] = "screen"
    keys: tuple[str, ...] | None = Field(default=None, min_length=1)
    text: re.Pattern[str] | None = None
    typed: re.Pattern[str] | None = None
    window: re.Pattern[str] | None = None
    app: re.Pattern[str] | None = None
    domains: tuple[str, ...] | None = Field(default=None, min_length=1)
    hours: tuple[str, ...] | None = Field(default=None, min_length=1)
    days: tuple[str, ...] | None = Field(default=None, min_length=1)
    rate: Rate | None = None

    @field_validator("text", "typed", "window", "app", mode="before")
    @classmethod
    def _pattern(cls, value: Any) -> Any:
        return _compiled(value) if isinstance(value, str | re.Pattern) else value

    @field_validator("keys")
    @classmethod
    def _chords(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return value and tuple(chord_pattern(chord) for chord in value)

    @field_validator("domains")
    @classmethod
    def _domains(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return value and tuple(domain_pattern(domain) for domain in value)

    @field_validator("hours", "days", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("hours")
    @classmethod
    def _spans(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for span in value or ():
            read_span(span)
        return value

    @field_validator("days")
    @classmethod
    def _days(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for day in value or ():
            read_day(day)
        return value

    @field_validator("region")
    @classmethod
    def _edges(cls, value: tuple[Edge, ...] | None) -> tuple[Edge, ...] | None:
        for edge in value or ():
            if isinstance(edge, str) and not re.fullmatch(r"\d{1,3}(\.\d{1,9})?%", edge, re.ASCII):
                raise ValueError(f"expected pixels or a part such as '90%', got {edge[:80]!r}")
        if value and not (_may_precede(value[0], value[2]) and _may_precede(value[1], value[3])):
            raise ValueError("expected left, top, right, bottom with left < right and top < bottom")
        return value

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if self.of == "window" and self.region is None:
            raise ValueError("of = 'window' says whose region it is, and there is no region")
        return self


def _compiled(value: str | re.Pattern[str]) -> re.Pattern[str]:
    """Compile a pattern that knows no upper and lower case; what else it was compiled with is written into it."""
    source = value if isinstance(value, str) else value.pattern
    if isinstance(value, re.Pattern):
        inline = "".join(letter for flag, letter in _FLAGS.items() if value.flags & flag)
        source = f"(?{inline}){source}" if inline and not source.startswith("(?" + inline) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what a later Python reads otherwise
            return re.compile(source, re.IGNORECASE)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        raise ValueError(f"expected a pattern, {error}") from error


def _may_precede(low: Edge, high: Edge) -> bool:
    """Tell whether one edge can lie before another; pixels and parts compare only on a screen."""
    if isinstance(low, int) and isinstance(high, int):
        return low < high
    return isinstance(low, int) or isinstance(high, int) or float(low[:-1]) < float(high[:-1])
