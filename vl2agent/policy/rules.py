"""Rules of a policy: what a rule may name, and the rules that come with the package.

    [[rule]]
    name = "the panel is not ours"
    verdict = "deny"                        # allow | ask | deny
    reason = "it belongs to the person"
    region = [0, 0, 1280, 28]               # left, top, right, bottom: pixels, or parts of the screen as "0%".."100%"

A rule fits when all that it names fits:

    actions = ["click", "drag"]             kinds of action
    region  = [0, "90%", "100%", "100%"]    the pointer's place (of a drag: start or end)
    keys    = ["ctrl+w", "ctrl+alt+*"]      chords, * for any key
    text    = "delete|remove"               what is written under the pointer; a pattern, upper and lower case alike
    typed   = "sudo|rm -rf"                 what is typed; enter is a newline at its end
    window  = "terminal"                    title or application of the window under the pointer, of the active one
                                            for keys and typed text
    rate    = { per_second = 5 }            more than that: per_second, per_minute, or repeats (the same in a row)
"""

from __future__ import annotations

import re
from typing import Any, Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from vl2agent.actions import Frozen
from vl2agent.executor.keys import MODIFIERS, parse_chord, parse_key

Kind: TypeAlias = Literal["click", "type", "key", "scroll", "drag", "move", "wait", "zoom", "ask_user", "done", "fail"]
Edge: TypeAlias = int | str


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
    verdict: Literal["allow", "ask", "deny"]
    reason: str = ""
    actions: tuple[Kind, ...] | None = Field(default=None, min_length=1)
    region: tuple[Edge, Edge, Edge, Edge] | None = None
    keys: tuple[str, ...] | None = Field(default=None, min_length=1)
    text: re.Pattern[str] | None = None
    typed: re.Pattern[str] | None = None
    window: re.Pattern[str] | None = None
    rate: Rate | None = None

    @field_validator("text", "typed", "window", mode="before")
    @classmethod
    def _pattern(cls, value: Any) -> Any:
        return re.compile(value, re.IGNORECASE) if isinstance(value, str) else value

    @field_validator("keys")
    @classmethod
    def _chords(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return value and tuple(_chord_pattern(chord) for chord in value)

    @field_validator("region")
    @classmethod
    def _edges(cls, value: tuple[Edge, ...] | None) -> tuple[Edge, ...] | None:
        for edge in value or ():
            if isinstance(edge, str) and not re.fullmatch(r"\d{1,3}(\.\d+)?%", edge):
                raise ValueError(f"expected pixels or a part such as '90%', got {edge!r}")
        if value and not (_may_precede(value[0], value[2]) and _may_precede(value[1], value[3])):
            raise ValueError("expected left, top, right, bottom with left < right and top < bottom")
        return value


def _may_precede(low: Edge, high: Edge) -> bool:
    """Tell whether one edge can lie before another; pixels and parts compare only on a screen."""
    if isinstance(low, int) and isinstance(high, int):
        return low < high
    return isinstance(low, int) or isinstance(high, int) or float(low[:-1]) < float(high[:-1])


def _chord_pattern(text: str) -> str:
    """Write a chord the standard way; its key may be a pattern such as * or f[1-9]."""
    if not set("*?[") & set(text):
        return str(parse_chord(text))
    *held, key = re.split(r"\s*\+\s*", text.strip().lower())
    names = [parse_key(part) for part in held]
    return "+".join([*(name for name in MODIFIERS if name in names), key])


BUILTIN = (
    Rule(
        name="the screen's own keys",
        verdict="deny",
        reason="it would end the session or leave the screen",
        keys=("ctrl+alt+delete", "ctrl+alt+backspace", "ctrl+alt+f[0-9]", "ctrl+alt+f1[0-2]", "alt+printscreen"),
    ),
    Rule(
        name="faster than a screen can follow",
        verdict="deny",
        reason="more than 50 actions in a second is a loop gone wild",
        rate=Rate(per_second=50),
    ),
)
"""Rules that come before a file's, unless it says `builtin = false`."""

RISKY = (
    Rule(name="closing a window", verdict="ask", keys=("alt+f4", "ctrl+w", "ctrl+q", "ctrl+shift+w", "ctrl+shift+q")),
    Rule(name="deleting", verdict="ask", keys=("delete", "shift+delete", "ctrl+delete", "ctrl+backspace")),
    Rule(name="sending with enter", verdict="ask", keys=("enter", "ctrl+enter")),
    Rule(name="sending typed text", verdict="ask", actions=("type",), typed=re.compile(r"\n")),
    Rule(
        name="typing into a terminal",
        verdict="ask",
        actions=("type", "key"),
        window=re.compile(r"terminal|konsole|xterm|console|powershell|cmd\.exe", re.IGNORECASE),
    ),
    Rule(
        name="a button that commits",
        verdict="ask",
        actions=("click",),
        text=re.compile(
            r"\b(delete|remove|erase|discard|empty|format|reset|uninstall|shut ?down|restart|log ?out|buy|pay|order"
            r"|send|submit|post|publish|sign|transfer|overwrite|replace)\b",
            re.IGNORECASE,
        ),
    ),
)
"""What `--approve risky` asks about, after a file's own rules."""
