"""`vl2agent trace`: show what a recording holds, as a page, a film, or lines in the terminal."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from vl2agent.cli import console
from vl2agent.cli.progress import steps_table
from vl2agent.cli.trace_text import ending, story
from vl2agent.errors import InputError
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import PACKED_SUFFIX, SUFFIX

EPILOG = """
[bold]Examples[/]

vl2agent trace recordings/open-settings-20260101-120000.v2a\n
vl2agent trace recordings/open-settings-20260101-120000.v2a -o page.html --no-open\n
vl2agent trace demo.v2a.zip --text\n
vl2agent trace demo.v2a --gif demo.gif --mp4 demo.mp4
"""


def trace(
    recording: Annotated[Path, typer.Argument(help="A folder NAME.v2a, or the same packed as NAME.v2a.zip.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where the page goes; report.html in the recording if unset."),
    ] = None,
    open_it: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open the page in the browser; by default where a person looks on."),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Tell all of it in the terminal, and write nothing.")] = False,
    gif: Annotated[Path | None, typer.Option(help="Write an animated GIF instead of the page.", metavar="FILE")] = None,
    mp4: Annotated[Path | None, typer.Option(help="Write an MP4 film instead of the page.", metavar="FILE")] = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Show a recording: one HTML file that holds everything, a film, or lines in the terminal."""
    if text and (output or gif or mp4 or open_it):
        raise InputError("--text writes no file; leave out -o, --open, --gif and --mp4, or leave out --text")
    found = Recording(recording)
    if text and not as_json:
        for line in story(found):
            console.out.print(line, soft_wrap=True)
        return
    if not as_json:
        _print(found)  # first: where no file can be written, the steps are told all the same
    written = {} if text else _write(found, output, gif, mp4)
    if as_json:
        console.print_json(_as_data(found, written))
    for name, path in written.items() if not as_json else ():
        console.out.print(Text(f"{name}: {path}"), soft_wrap=True)
    if "report" in written and (_somebody_looks(as_json) if open_it is None else open_it):
        webbrowser.open(written["report"].as_uri())


def _write(recording: Recording, output: Path | None, gif: Path | None, mp4: Path | None) -> dict[str, Path]:
    """Write the films that were asked for; the page where it was asked for, or nothing else was."""
    written = {}
    if output or not (gif or mp4):
        from vl2agent.trace.page import write_page

        written["report"] = write_page(recording, output or _beside(recording.path)).resolve()
    if gif:
        from vl2agent.trace.gif import write_gif

        written["gif"] = write_gif(recording, gif).resolve()
    if mp4:
        from vl2agent.trace.mp4 import write_mp4

        written["mp4"] = write_mp4(recording, mp4).resolve()
    return written


def _beside(path: Path) -> Path:
    """Choose where the page goes: into a folder, beside a packed file."""
    if path.is_dir():
        return path / "report.html"
    return path.with_name(path.name.removesuffix(PACKED_SUFFIX).removesuffix(SUFFIX) + ".html")


def _somebody_looks(as_json: bool) -> bool:
    """Tell whether a person sits at this terminal and has a display."""
    has_display = sys.platform in ("win32", "darwin") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
    return not as_json and sys.stdout.isatty() and has_display


def _print(recording: Recording) -> None:
    console.out.print(
        Text(console.plain(recording.run.goal) if recording.run else "no goal was recorded", style="bold")
    )
    if recording.steps:
        console.out.print(steps_table(recording.steps))
    if recording.end:
        console.out.print(ending(recording))
    for line in recording.certainty():
        console.out.print(Text(line, style="yellow"))


def _as_data(recording: Recording, written: dict[str, Path]) -> dict[str, object]:
    return {
        "goal": recording.run.goal if recording.run else None,
        "ok": recording.end.ok if recording.end else None,
        "end": recording.end.model_dump(mode="json") if recording.end else None,
        "steps": [step.model_dump(mode="json") for step in recording.steps],
        "uncertain": list(recording.certainty()),
        **{name: str(path) for name, path in written.items()},
    }
