"""How a run went: the last lines in the terminal, or one JSON object."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from vl2agent.cli import console
from vl2agent.errors import VL2AgentError

if TYPE_CHECKING:
    from vl2agent.agent import RunResult
    from vl2agent.steps import Clause, Step


@dataclass
class Outcome:
    """How it went, for the last lines and for `--json`."""

    steps: list[Step] = field(default_factory=list)
    checklist: tuple[Clause, ...] = ()
    result: RunResult | None = None
    error: VL2AgentError | None = None
    seconds: float = 0.0
    recording: Path | None = None
    report: Path | None = None

    @property
    def exit_code(self) -> int:
        if self.error:
            return self.error.exit_code
        return 0 if self.result and self.result.ok else 1


def report_on(recording: Path) -> Path | None:
    """Write the report beside the events; a full disk must not hide how the run went."""
    from vl2agent.recording.reader import Recording
    from vl2agent.trace.page import write_page

    try:
        return write_page(Recording(recording), recording / "report.html")
    except VL2AgentError as error:
        console.err.print(Text(f"no report: {error}", style="yellow"))
        return None


def tell(outcome: Outcome, as_json: bool) -> None:
    """Print how it went: the result to stderr and the paths to stdout, or all of it as JSON."""
    if as_json:
        console.print_json(_as_data(outcome))
        return
    console.err.print()
    if outcome.error:
        console.report(outcome.error, as_json=False)
    elif outcome.result:
        tone, said = ("green", "Done") if outcome.result.ok else ("red", "Not reached")
        steps = len(outcome.result.steps)
        line = f"{said} in {outcome.seconds:.1f} s, {steps} step{'' if steps == 1 else 's'}"
        message = f": {outcome.result.message}" if outcome.result.message else ""
        console.err.print(Text.assemble((line, f"bold {tone}"), message))
    for name, path in (("recording", outcome.recording), ("report", outcome.report)):
        if path:
            console.out.print(Text(f"{name}: {_near(path)}"), soft_wrap=True)


def _as_data(outcome: Outcome) -> dict[str, Any]:
    return {
        "ok": outcome.exit_code == 0,
        "message": outcome.result.message if outcome.result else str(outcome.error),
        "exit_code": outcome.exit_code,
        "error": console.describe(outcome.error) if outcome.error else None,
        "seconds": round(outcome.seconds, 3),
        "steps": [step.model_dump(mode="json") for step in outcome.steps],
        "checklist": [clause.model_dump() for clause in outcome.checklist],
        "recording": str(outcome.recording) if outcome.recording else None,
        "report": str(outcome.report) if outcome.report else None,
    }


def _near(path: Path) -> Path:
    """Shorten a path below the working folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
