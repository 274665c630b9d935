"""`vl2agent stop`: stop what runs, at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vl2agent.cli import console

EPILOG = """
[bold]Examples[/]

vl2agent stop   [dim]# every run of yours, wherever it was started[/]\n
vl2agent stop --kill-file /tmp/stop-that-one   [dim]# the runs that were started with this --kill-file[/]

A run breaks its action off between two key strokes, releases every key and button, ends its recording, and exits with \
130. The same do ctrl+alt+escape on its desktop, ctrl-c in its terminal, and with --live the pointer pushed into a corner.
"""


def stop(
    file: Annotated[
        Path | None, typer.Option("--kill-file", help="The file that the runs watch.", metavar="PATH")
    ] = None,
    as_json: console.AsJson = False,
) -> None:
    """Stop every run of yours at once, in the middle of what it does."""
    from vl2agent.policy.killfile import kill_file, touch

    path = file or kill_file()
    touch(path)
    if as_json:
        console.print_json({"touched": str(path)})
    else:
        console.err.print(f"Stopping whatever watches {path}.", markup=False)
