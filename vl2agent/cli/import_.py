"""`vl2agent import`: another tool's trajectory as a recording."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from vl2agent.cli import console
from vl2agent.cli.record import judged, reading_eyes
from vl2agent.cli.secrets import redaction
from vl2agent.errors import InputError

EPILOG = """
[bold]Examples[/]

vl2agent import trajectories/2026-01-03_claude_143022_a1b2 --from cua -o run.v2a\n
vl2agent import runs/20260103-143022/transcript.jsonl --from anthropic -o run.v2a\n
vl2agent import items.json --from openai -o run.v2a --goal "book the flight"\n
vl2agent import report.json --from ui-tars --space qwen -o run.v2a   [dim]# UI-TARS 1.5[/]

Spaces: picture (pixels of the picture that was sent), thousand (0 to 1000), fraction (0 to 1), qwen (pixels of the \
picture as Qwen2.5-VL resizes it). By default ui-tars counts in thousand, all others in picture.
"""


class From(StrEnum):
    """Whose trajectory it is."""

    CUA = "cua"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    UI_TARS = "ui-tars"


class In(StrEnum):
    """What its coordinates are relative to."""

    PICTURE = "picture"
    THOUSAND = "thousand"
    FRACTION = "fraction"
    QWEN = "qwen"


def import_(
    file: Annotated[Path, typer.Argument(help="The trajectory, a file or a folder.", show_default=False)],
    tool: Annotated[From, typer.Option("--from", help="The tool that made it.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The recording to make, NAME.v2a.")],
    goal: Annotated[str, typer.Option(help="What it was to reach, where it does not say so itself.")] = "",
    space: Annotated[In | None, typer.Option(help="What its coordinates are relative to.")] = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out what cannot be read, and note it in the recording.")
    ] = False,
    read: Annotated[
        bool, typer.Option(help="Name what was pointed at by reading the pictures; needs the extra 'ocr'.")
    ] = True,
    secret: Annotated[
        list[str] | None,
        typer.Option(help="Environment variable whose value is written as {NAME} wherever it stands.", metavar="NAME"),
    ] = None,
    redact: Annotated[Path | None, typer.Option(help="What else is masked: a TOML file.")] = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Make a recording of another tool's trajectory: to look at, to replay, to train on."""
    from vl2agent.interchange.importing import Importing, Tool, read_trajectory
    from vl2agent.interchange.spaces import Space
    from vl2agent.recording.naming import Naming
    from vl2agent.recording.writer import Recorder

    trajectory = read_trajectory(file, Tool(tool))
    wanted = goal.strip() or trajectory.goal
    if not wanted:
        raise InputError(f"expected a goal in {str(file)!r}, there is none; say it with --goal")
    recorder = Recorder(output, redaction=redaction(redact, secret))
    importing = Importing(
        recorder, judged, Naming(reading_eyes(read)), space=Space(space) if space else None, skip=skip_unknown
    )
    importing.run(trajectory, wanted)
    if as_json:
        told = {"recording": str(output), "goal": wanted, "steps": importing.steps, "left_out": importing.left_out}
        console.print_json(told)
        return
    for line in importing.left_out:
        console.err.print(Text(f"left out {line}", style="yellow"), soft_wrap=True)
    console.out.print(Text(f"{output} ({importing.steps} steps)"), soft_wrap=True)
