"""`vl2agent pack`: a recording's folder as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vl2agent.cli import console
from vl2agent.recording.packing import pack as pack_folder
from vl2agent.recording.packing import unpack
from vl2agent.recording.reader import Recording

EPILOG = """
[bold]Examples[/]

vl2agent pack recordings/open-settings-20260101-120000.v2a   [dim]# to send it: NAME.v2a.zip[/]\n
vl2agent pack open-settings.v2a.zip   [dim]# a folder again[/]
"""


def pack(
    recording: Annotated[Path, typer.Argument(help="A folder NAME.v2a, or the same packed as NAME.v2a.zip.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where it goes; beside it if unset.")] = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Pack a recording into one file, or unpack one. What is packed can be opened as it is, by every command."""
    Recording(recording)  # what is damaged is not sent on
    written = pack_folder(recording, output) if recording.is_dir() else unpack(recording, output)
    if as_json:
        console.print_json({"written": str(written)})
    else:
        console.out.print(str(written), soft_wrap=True, markup=False)
