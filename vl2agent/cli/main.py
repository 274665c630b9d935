"""The `vl2agent` command: gathers the commands of this room and turns errors into exit codes."""

from __future__ import annotations

import typer

app = typer.Typer(name="vl2agent", no_args_is_help=True)


def main() -> None:
    """Run the command line."""
    app()
