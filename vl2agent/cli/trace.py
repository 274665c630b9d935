"""`vl2agent trace`: show what a recording holds, and write its report."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from vl2agent.cli import console
from vl2agent.cli.progress import steps_table
from vl2agent.recording.reader import Recording

EPILOG = """
[bold]Examples[/]

vl2agent trace recordings/open-settings-20260101-120000.v2a --open\n
vl2agent trace recordings/open-settings-20260101-120000.v2a -o report.html
"""


def trace(
    folder: Annotated[Path, typer.Argument(help="The recording, a folder NAME.v2a.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where the report goes; report.html in the recording if unset."),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Print a recording's steps, say what is certain, and write one HTML file that shows it."""
    from vl2agent.trace.page import write_page

    recording = Recording(folder)
    if not as_json:
        _print(recording)  # first: where no report can be written, the steps are told all the same
    report = write_page(recording, output or folder / "report.html").resolve()
    if as_json:
        console.print_json(_as_data(recording, report))
    else:
        console.out.print(Text(f"report: {report}"), soft_wrap=True)
    if open_it:
        webbrowser.open(report.as_uri())


def _print(recording: Recording) -> None:
    end = recording.end
    console.out.print(Text(recording.run.goal if recording.run else "no goal was recorded", style="bold"))
    if recording.steps:
        console.out.print(steps_table(recording.steps))
    if end:
        tone = "green" if end.ok else "red"
        said = f": {end.message}" if end.message else ""
        console.out.print(
            Text(f"{'done' if end.ok else end.error or 'gave up'}{said}, {end.seconds:.1f} s", style=tone)
        )
    for line in recording.certainty():
        console.out.print(Text(line, style="yellow"))


def _as_data(recording: Recording, report: Path) -> dict[str, object]:
    return {
        "goal": recording.run.goal if recording.run else None,
        "ok": recording.end.ok if recording.end else None,
        "end": recording.end.model_dump(mode="json") if recording.end else None,
        "steps": [step.model_dump(mode="json") for step in recording.steps],
        "uncertain": list(recording.certainty()),
        "report": str(report),
    }
