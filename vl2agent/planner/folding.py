"""What a plan prompt says, with more or less of it folded away.

Folds are counted: each one takes away the next thing in a fixed order. First come the steps before the last, the oldest
first, which turn into one summary line; then noted facts, the oldest first; then the list of the goal's parts, but for
the one at work. The rules, the goal, the last step with its verdict and the loop's warning never go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vl2agent import prompts
from vl2agent.calls import Section
from vl2agent.planner.memory import clip, last_line, line, summary
from vl2agent.steps import Memory, Step

MAX_PART, MAX_FACT, MAX_WARNING = 120, 300, 400
"""Characters of a goal's part, of a fact, and of what the loop or the repair has to say."""


@dataclass(frozen=True, slots=True)
class Folding:
    """Everything that a plan may be told.

    Args:
        goal: as the person wrote it.
        parts: the goal's parts; one alone says nothing new and is not listed.
        current: the number of the part at work, from 1.
        memory: what was done, noted and warned of.
        wrong: why the reply before this one could not be used.
        zoomed: whether the picture shows a part of the screen only.
    """

    goal: str
    parts: Sequence[str]
    current: int
    memory: Memory
    wrong: str = ""
    zoomed: bool = False

    @property
    def most(self) -> int:
        """Folds that leave only what never goes."""
        return len(self._earlier) + len(self.memory.facts) + (len(self.parts) > 1)

    def sections(self, folds: int) -> list[Section]:
        """Make the prompt with so many folds."""
        steps, facts, parts = self._folded(folds)
        last = self.memory.last
        history = [line(step) for step in self._earlier[steps:]]
        return prompts.plan(
            self.goal,
            self._listed(only_current=parts),
            self.current,
            [summary(self._earlier[:steps]), *history] if steps else history,
            [clip(fact, MAX_FACT) for fact in self.memory.facts[facts:]],
            last_line(last) if last else "",
            clip(self.memory.warning, MAX_WARNING),
            zoomed=self.zoomed,
            wrong=clip(self.wrong, MAX_WARNING),
        )

    def text_of(self, fold: int) -> str:
        """Return what the fold with this number, from 1, takes away."""
        steps, facts, parts = self._folded(fold)
        if parts:
            return "\n".join(self._listed())
        if facts:
            return f"- {clip(self.memory.facts[facts - 1], MAX_FACT)}"
        return line(self._earlier[steps - 1])

    def told(self, folds: int) -> str:
        """Say to people what so many folds took away; empty when nothing."""
        steps, facts, parts = self._folded(folds)
        said = [f"{n} {what}{'s' * (n > 1)}" for n, what in ((steps, "step"), (facts, "fact")) if n]
        return f"folded {', '.join([*said, *['the list of parts'] * parts])}" if folds else ""

    @property
    def _earlier(self) -> Sequence[Step]:
        return self.memory.steps[:-1]

    def _folded(self, folds: int) -> tuple[int, int, bool]:
        """Split folds into steps, facts, and whether the list of parts is gone."""
        steps = min(folds, len(self._earlier))
        facts = min(folds - steps, len(self.memory.facts))
        return steps, facts, folds > steps + facts

    def _listed(self, *, only_current: bool = False) -> list[str]:
        if len(self.parts) < 2:
            return []
        shown = enumerate(self.parts, start=1)
        return ["" if only_current and n != self.current else clip(part, MAX_PART) for n, part in shown]
