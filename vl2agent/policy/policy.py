"""Policy by rules: the first one that fits says allow, ask or deny."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from vl2agent.actions import Action
from vl2agent.errors import PolicyError
from vl2agent.policy import file
from vl2agent.policy.conditions import Case, Finding, TextAt, weigh
from vl2agent.policy.history import History
from vl2agent.policy.rules import Rule, Says
from vl2agent.steps import Decision, Frame

__all__ = ["Explanation", "RulePolicy", "TextAt"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a decision came about: every rule before the one that fits (all of them, when none does), and why not."""

    decision: Decision
    rule: Rule | None
    passed: tuple[tuple[Rule, str], ...]


class RulePolicy:
    """Decide by rules, the first that fits.

    Args:
        rules: in order; the packaged ones come first unless `builtin` is False.
        default: what happens when none fits.
        builtin: keep the packaged rules.
        without: names of packaged rules to leave out all the same.
        ask_each: ask where the rules would allow.
        text_at: reads under the pointer; needed as soon as a rule names `text`.
        clock: seconds that never jump.
        now: the local time of day.

    Raises:
        PolicyError: a rule names `text`, and there is nothing to read it with.
    """

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        *,
        default: Says = "allow",
        builtin: bool = True,
        without: Sequence[str] = (),
        ask_each: bool = False,
        text_at: TextAt | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self.rules = (*(file.packaged(text_at is not None, without) if builtin else ()), *rules)
        self.default = default
        self._ask_each, self._text_at, self._now = ask_each, text_at, now
        self._history = History(clock)
        if text_at is None and (rule := next((rule for rule in rules if rule.text), None)):
            raise PolicyError(
                "<rules>", "has text, and nothing reads the screen; pass text_at, or install the extra 'ocr'", rule.name
            )

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
        said = file.said(path, file.read_table(path))
        return cls._of(said, more=more, ask_each=ask_each, text_at=text_at)

    @classmethod
    def from_data(
        cls,
        data: Mapping[str, Any],
        *,
        text_at: TextAt | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
        path: str | Path = "<data>",
    ) -> Self:
        """Make a policy of what a file would say, as `as_data` and a TOML parser give it; `path` is for errors.

        Raises:
            PolicyError: a rule says something that cannot be obeyed.
        """
        return cls._of(file.said(path, data), text_at=text_at, clock=clock, now=now)

    @classmethod
    def _of(
        cls,
        said: file.Said,
        *,
        more: Sequence[Rule] = (),
        ask_each: bool = False,
        text_at: TextAt | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> Self:
        return cls(
            (*said.rules, *(more if said.default != "deny" else ()), *file.asked_about(said.approve, said.default)),
            default=said.default,
            builtin=said.builtin,
            without=said.without,
            ask_each=ask_each or said.approve == "each",
            text_at=text_at,
            clock=clock,
            now=now,
        )

    def as_data(self) -> dict[str, Any]:
        """Return what a file would say, JSON-able, with the packaged rules written out."""
        return file.as_data(self.rules, self.default, "each" if self._ask_each else "never")

    def decide(self, action: Action, frame: Frame) -> Decision:
        """Say what the first fitting rule says; allowed and asked actions count for rates."""
        case = self._case(action, frame)
        decision = self._explain(case).decision
        if decision.verdict != "deny":
            counting = (rule for rule in self.rules if rule.rate)
            counted_by = [rule.name for rule in counting if weigh(rule, case, rate=False).fits]
            self._history.add(action, frame, counted_by)
        return decision

    def explain(self, action: Action, frame: Frame) -> Explanation:
        """Say what `decide` would, and why; nothing is counted."""
        return self._explain(self._case(action, frame))

    def _explain(self, case: Case) -> Explanation:
        passed: list[tuple[Rule, str]] = []
        for rule in self.rules:
            finding = weigh(rule, case)
            if finding.fits:
                return Explanation(self._decision(rule, finding), rule, tuple(passed))
            passed.append((rule, finding.why))
        return Explanation(self._asking(Decision(verdict=self.default, rule="default")), None, tuple(passed))

    def _decision(self, rule: Rule, finding: Finding) -> Decision:
        reason = "; ".join(part for part in (rule.reason, finding.why and f"it counts that {finding.why}") if part)
        return self._asking(Decision(verdict=rule.verdict, rule=rule.name, reason=reason))

    def _asking(self, decision: Decision) -> Decision:
        if decision.verdict == "allow" and self._ask_each:
            return Decision(verdict="ask", rule="each action is approved")
        return decision

    def _case(self, action: Action, frame: Frame) -> Case:
        return Case(action, frame, self._history, self._now(), self._text_at)
