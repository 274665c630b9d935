"""How far a conversion is: a bar for each stage, or a line for each where nobody watches."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

if TYPE_CHECKING:
    from vl2agent.web2code.progress import Stage


def progress(console: Console, *, quiet: bool) -> Nothing:
    """Choose by who watches: nobody, a log, or a person at a terminal."""
    if quiet:
        return Nothing()
    return Bars(console) if console.is_terminal else Lines(console)


class Nothing:
    """Says nothing: `--json`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        return None

    def __call__(self, stage: Stage) -> None:
        return None

    def doing(self, what: str) -> None:
        """Say that something else is done now."""
        from vl2agent.web2code.progress import Stage

        self(Stage(what))


class Lines(Nothing):
    """A line for each stage when it begins: logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console, self._last = console, ""

    def __call__(self, stage: Stage) -> None:
        if stage.name != self._last:
            self._last = stage.name
            self._console.print(Text(stage.name))


class Bars(Nothing):
    """A bar for each stage, that fills with the blocks that are done."""

    def __init__(self, console: Console) -> None:
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[block]}[/]"),
            TimeElapsedColumn(),
        )
        self._bars = Progress(*columns, console=console)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if error is None:
            self._finish()
        self._bars.stop()

    def __call__(self, stage: Stage) -> None:
        if stage.name not in self._tasks:
            self._finish()
            self._tasks[stage.name] = self._bars.add_task(stage.name, total=stage.total, block="")
        self._bars.update(self._tasks[stage.name], completed=stage.done, total=stage.total, block=stage.block)

    def _finish(self) -> None:
        for task in self._bars.tasks:
            if not task.finished:
                self._bars.update(task.id, completed=task.total or 1, total=task.total or 1, block="")
