"""Policy by rules from a TOML file: the first rule that fits says allow, ask or deny.

default = "allow"       # when no rule fits
builtin = true          # the built-in rules come first

[[rule]]                # and so on: what a rule may name is in rules.py
name = "keep out of the terminal"
verdict = "deny"
window = "terminal"
"""

from __future__ import annotations

import fnmatch
import re
import time
import tomllib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from pydantic import ValidationError

from vl2agent.actions import Action, Key, TypeText, points_of
from vl2agent.errors import KeyNameError, PolicyError
from vl2agent.executor.keys import parse_chord
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.policy.rules import BUILTIN, Edge, Rate, Rule
from vl2agent.steps import Decision, Frame, Window

TextAt: TypeAlias = Callable[[ScreenPoint, Frame], str]
"""Reads what is written under a point; perception has it, and policy gets it handed in."""

REMEMBERED = 6000
"""Actions whose times are kept for rates: 100 a second for a minute."""


class RulePolicy:
    """Decide by rules, the first that fits.

    Args:
        rules: in order; BUILTIN come first unless `builtin` is False.
        default: what happens when none fits.
        builtin: keep the built-in rules.
        ask_each: ask where the rules would allow.
        text_at: reads under the pointer; needed as soon as a rule names `text`.
        clock: seconds that never jump.

    Raises:
        PolicyError: a rule names `text`, and there is nothing to read it with.
    """

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        *,
        default: Literal["allow", "ask", "deny"] = "allow",
        builtin: bool = True,
        ask_each: bool = False,
        text_at: TextAt | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rules = (*(BUILTIN if builtin else ()), *rules)
        self.default, self._ask_each = default, ask_each
        self._text_at, self._clock = text_at, clock
        self._done: deque[tuple[float, Action]] = deque(maxlen=REMEMBERED)
        if text_at is None and (rule := next((rule for rule in rules if rule.text), None)):
            raise PolicyError("<rules>", "has text, and nothing reads the screen; pass text_at", rule.name)

    @classmethod
    def load(
        cls, path: str | Path, *, more: Sequence[Rule] = (), ask_each: bool = False, text_at: TextAt | None = None
    ) -> Self:
        """Read a TOML file.

        Args:
            path: the file.
            more: rules that come after the file's; left out where its default is deny, which they would loosen.
            ask_each: as above.
            text_at: as above.

        Raises:
            PolicyError: it is not there, not TOML, or a rule says something that cannot be obeyed.
        """
        return cls._of_table(path, _read(path), more=more, ask_each=ask_each, text_at=text_at)

    @classmethod
    def _of_table(
        cls,
        path: str | Path,
        table: Mapping[str, Any],
        *,
        more: Sequence[Rule] = (),
        ask_each: bool = False,
        text_at: TextAt | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Self:
        unknown = set(table) - {"default", "builtin", "approve", "rule"}
        if unknown:
            raise PolicyError(
                path, f"expected default, builtin, approve and [[rule]], got {', '.join(sorted(unknown))}"
            )
        default, builtin, entries = table.get("default", "allow"), table.get("builtin", True), table.get("rule", [])
        approve = table.get("approve", "never")
        if default not in ("allow", "ask", "deny") or not isinstance(builtin, bool):
            raise PolicyError(path, f"expected default = allow, ask or deny, got {default!r}; builtin = {builtin!r}")
        if approve not in ("each", "never"):
            raise PolicyError(path, f"expected approve = each or never, got {approve!r}")
        if not isinstance(entries, list):
            raise PolicyError(path, "expected rules under [[rule]], with two brackets")
        rules = [_rule(path, number, entry) for number, entry in enumerate(entries, 1)]
        rules += more if default != "deny" else ()
        each = ask_each or approve == "each"
        return cls(rules, default=default, builtin=builtin, ask_each=each, text_at=text_at, clock=clock)

    @classmethod
    def from_data(
        cls,
        data: Mapping[str, Any],
        *,
        text_at: TextAt | None = None,
        clock: Callable[[], float] = time.monotonic,
        path: str | Path = "<data>",
    ) -> Self:
        """Make a policy of what a file would say, as `as_data` and a TOML parser give it.

        Args:
            data: the whole table.
            text_at: as above.
            clock: as above.
            path: what errors call it.

        Raises:
            PolicyError: a rule says something that cannot be obeyed.
        """
        return cls._of_table(path, data, text_at=text_at, clock=clock)

    def as_data(self) -> dict[str, Any]:
        """Return what a file would say, JSON-able, with every packaged rule written out: later versions read the same."""
        return {
            "default": self.default,
            "builtin": False,
            "approve": "each" if self._ask_each else "never",
            "rule": [rule.model_dump(mode="json", exclude_defaults=True) for rule in self.rules],
        }

    def decide(self, action: Action, frame: Frame) -> Decision:
        """Say what the first fitting rule says; allowed and asked actions count for rates."""
        rule = next((rule for rule in self.rules if self._fits(rule, action, frame)), None)
        verdict = rule.verdict if rule else self.default
        if verdict != "deny":
            self._done.append((self._clock(), action))
        if verdict == "allow" and self._ask_each:
            return Decision(verdict="ask", rule="each action is approved")
        return Decision(verdict=verdict, rule=rule.name if rule else "default", reason=rule.reason if rule else "")

    def _fits(self, rule: Rule, action: Action, frame: Frame) -> bool:
        """Cheap conditions first: the screen is read last."""
        points = points_of(action)
        return (
            (rule.actions is None or action.kind in rule.actions)
            and (rule.keys is None or (isinstance(action, Key) and _chord_fits(action.keys, rule.keys)))
            and (rule.typed is None or (isinstance(action, TypeText) and bool(rule.typed.search(_typed(action)))))
            and (rule.region is None or any(_inside(point, rule.region, frame.region) for point in points))
            and (rule.window is None or any(_shows(rule.window, window) for window in _windows(action, frame)))
            and (rule.rate is None or self._exceeds(rule.rate, action))
            and (rule.text is None or any(rule.text.search(self._read(point, frame)) for point in points))
        )

    def _exceeds(self, rate: Rate, action: Action) -> bool:
        now_s = self._clock()
        for allowed, span_s in ((rate.per_second, 1.0), (rate.per_minute, 60.0)):
            if allowed is not None and sum(1 for at_s, _ in self._done if now_s - at_s < span_s) >= allowed:
                return True
        if rate.repeats is None:
            return False
        last = [done for _, done in self._done][-rate.repeats :]
        return len(last) == rate.repeats and all(done == action for done in last)

    def _read(self, point: ScreenPoint, frame: Frame) -> str:
        assert self._text_at is not None  # checked when the rules came in
        return self._text_at(point, frame)


def _read(path: str | Path) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(path, str(error)) from error


def _rule(path: str | Path, number: int, entry: Any) -> Rule:
    name = entry.get("name", f"number {number}") if isinstance(entry, dict) else f"number {number}"
    try:
        return Rule.model_validate(entry)
    except (ValidationError, re.error) as error:
        if isinstance(error, re.error):
            raise PolicyError(path, f"not a pattern: {error}", name) from error
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PolicyError(path, f"{place}: {first['msg']}, got {str(first['input'])[:80]!r}", name) from error


def _typed(action: TypeText) -> str:
    return action.text + ("\n" if action.submit else "")


def _inside(point: ScreenPoint, edges: tuple[Edge, Edge, Edge, Edge], screen: ScreenBox) -> bool:
    left, right = (_pixel(edge, screen.left, screen.width) for edge in edges[::2])
    top, bottom = (_pixel(edge, screen.top, screen.height) for edge in edges[1::2])
    return left <= point.x < right and top <= point.y < bottom


def _pixel(edge: Edge, origin: int, length: int) -> float:
    return edge if isinstance(edge, int) else origin + float(edge[:-1]) / 100 * length


def _windows(action: Action, frame: Frame) -> list[Window]:
    """The windows that get it: under the pointer, or the active one; all, when none is known to be active."""
    if points := points_of(action):
        under = (next((window for window in frame.windows if window.box.contains(point)), None) for point in points)
        return [window for window in under if window is not None]
    return [window for window in frame.windows if window.active] or list(frame.windows)


def _shows(pattern: re.Pattern[str], window: Window) -> bool:
    return bool(pattern.search(window.title) or pattern.search(window.app))


def _chord_fits(keys: str, patterns: Sequence[str]) -> bool:
    try:
        chord = str(parse_chord(keys))
    except KeyNameError:
        chord = keys.strip().lower()  # no executor will press it
    return any(fnmatch.fnmatchcase(chord, pattern) for pattern in patterns)
