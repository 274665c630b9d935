"""The person at the terminal: approves actions, answers questions."""

from __future__ import annotations

import sys

from rich.text import Text

from vl2agent.actions import Action
from vl2agent.cli import console
from vl2agent.cli.progress import Nothing
from vl2agent.cli.stopping import Stopping
from vl2agent.recording.words import action_words
from vl2agent.steps import Decision


class Person:
    """Asks at the terminal, with the live display out of the way meanwhile."""

    def __init__(self, progress: Nothing, stopping: Stopping) -> None:
        self._progress, self._stopping = progress, stopping
        self._always: set[str] = set()

    @staticmethod
    def is_there() -> bool:
        """Whether anybody can be asked."""
        return sys.stdin.isatty() and console.err.is_terminal

    def approve(self, action: Action, decision: Decision) -> bool:
        """Ask for yes, no, or yes to all that the same rule asks about."""
        if decision.rule in self._always:
            return True
        why = f"{decision.rule}: {decision.reason}" if decision.reason else decision.rule
        answer = self._ask(Text.assemble((action_words(action), "bold"), (f"  {why}\n", "dim"), "Do it? [y/N/always] "))
        if answer.lower() in ("a", "always"):
            self._always.add(decision.rule)
        return answer.lower() in ("y", "yes", "a", "always")

    def answer(self, question: str) -> str:
        """Ask what the planner wants to know."""
        return self._ask(Text.assemble((question, "bold"), " "))

    def _ask(self, prompt: Text) -> str:
        with self._progress.paused(), self._stopping.at_once():
            try:
                return console.err.input(prompt).strip()
            except EOFError:
                return ""
