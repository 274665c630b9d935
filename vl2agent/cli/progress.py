"""What a run looks like in the terminal: a table that grows, or plain lines where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from vl2agent.cli.console import plain
from vl2agent.recording.words import confidence_of, intent_words, verdict_words
from vl2agent.steps import Clause, Plan, Step

TONES = {
    "changed": "green", "ended": "green", "dry": "cyan", "unchanged": "yellow", "moving": "yellow", "not found": "red",
    "refused": "red", "failed": "red",
}  # fmt: skip

CHROME_LINES = 9
"""Lines of the live display that are no steps: goal, headings, what is being done, checklist, and what may wrap."""

MIN_STEP_WIDTH = 20
"""Columns for what a step meant, also on a narrow terminal: words in pieces cannot be read."""


def progress(console: Console, goal: str, *, quiet: bool) -> Nothing:
    """Choose by who watches: nobody, a log, or a person at a terminal."""
    if quiet:
        return Nothing()
    return LiveTable(console, goal) if console.is_terminal else PlainLines(console, goal)


class Nothing:
    """Says nothing: `--json`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        return None

    def doing(self, what: str) -> None:
        return None

    def planned(self, number: int, plan: Plan) -> None:
        return None

    def finished(self, step: Step) -> None:
        return None

    @contextmanager
    def paused(self) -> Iterator[None]:
        yield


class PlainLines(Nothing):
    """One line for each step, for logs and pipes."""

    def __init__(self, console: Console, goal: str) -> None:
        self._console = console
        self._say(f"goal: {goal}")

    def doing(self, what: str) -> None:
        self._say(what)

    def finished(self, step: Step) -> None:
        parts = [f"{step.number:3}. {intent_words(step.plan.intent)}"]
        if step.target:
            parts.append(f"at {step.target.point} ({confidence_of(step)})")
        self._say("  ".join([*parts, verdict_words(step.verdict), f"{step.seconds:.2f} s"]))

    def _say(self, line: str) -> None:
        self._console.print(Text(plain(line)), soft_wrap=True)


class LiveTable(Nothing):
    """The steps so far, what is being done now, and which parts of the goal are done."""

    def __init__(self, console: Console, goal: str) -> None:
        self._goal, self._doing, self._since_s = goal, "", time.monotonic()
        self._steps: list[Step] = []
        self._checklist: tuple[Clause, ...] = ()
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(get_renderable=self._picture, console=console, refresh_per_second=8, transient=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._doing = ""
        self._live.stop()

    def doing(self, what: str) -> None:
        self._doing, self._since_s = what, time.monotonic()

    def planned(self, number: int, plan: Plan) -> None:
        self._checklist = plan.checklist
        self.doing(intent_words(plan.intent))

    def finished(self, step: Step) -> None:
        self._steps.append(step)
        self._checklist = step.plan.checklist
        self.doing("looking")

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._live.stop()
        try:
            yield
        finally:
            self._live.start(refresh=True)

    @property
    def _fitting(self) -> int:
        """How many steps to show: those that fit on the screen while it goes on, all at the end."""
        return max(3, self._live.console.height - CHROME_LINES) if self._doing else len(self._steps)

    def _picture(self) -> RenderableType:
        parts: list[RenderableType] = [Text(self._goal, style="bold"), Text()]
        if self._steps:
            parts.append(steps_table(self._steps[-self._fitting :]))
        if self._doing:
            self._spinner.update(text=Text(f"{self._doing}  {time.monotonic() - self._since_s:.1f} s", style="cyan"))
            parts.append(Padding(self._spinner, (0, 0, 0, 1)))
        if len(self._checklist) > 1:
            parts += [Text(), checklist_line(self._checklist)]
        return Group(*parts)


def steps_table(steps: list[Step] | tuple[Step, ...]) -> Table:
    """Lay steps out: number, what was meant, where it was found, how sure, what came of it, how long it took."""
    table = Table(box=None, pad_edge=True, header_style="dim", padding=(0, 1))
    table.add_column("#", justify="right", style="dim")
    table.add_column("step", ratio=3, overflow="fold", min_width=MIN_STEP_WIDTH)
    table.add_column("found", ratio=2, overflow="fold")
    table.add_column("sure", justify="right")
    table.add_column("verdict", ratio=2, overflow="fold")
    table.add_column("time", justify="right", style="dim", no_wrap=True)
    for step in steps:
        tone = TONES[step.verdict.outcome]
        table.add_row(
            str(step.number),
            escape(plain(intent_words(step.plan.intent))),
            _found(step),
            confidence_of(step),
            f"[{tone}]{escape(plain(verdict_words(step.verdict)))}[/]",
            f"{step.seconds:.2f} s",
        )
    return table


def checklist_line(checklist: tuple[Clause, ...]) -> Text:
    """Tick off the parts of the goal."""
    line = Text(" ")
    for clause in checklist:
        mark, style = ("✓", "green") if clause.done else ("○", "dim")
        line.append(f"{mark} {clause.text}   ", style=style)
    return line


def _found(step: Step) -> str:
    if step.target is None:
        return ""
    text = f"{step.target.text} " if step.target.text else ""
    return f"{escape(plain(text))}[dim]{step.target.point}[/]"
