"""What every command shares: where it prints, how it logs, how it says that something went wrong.

Results go to stdout, everything said on the way goes to stderr, so that a pipe gets results only.
With `--json` stdout holds JSON and nothing else, also when a command fails.
"""

from __future__ import annotations

import json
import logging
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from vl2agent.errors import VL2AgentError

out = Console(highlight=False)
"""Results: stdout."""

err = Console(stderr=True, highlight=False)
"""Progress, hints and errors: stderr."""


def log_to_stderr(verbose: bool) -> bool:
    """Show the package's log when `verbose`; does nothing otherwise."""
    if verbose:
        from rich.logging import RichHandler

        logger = logging.getLogger("vl2agent")
        logger.setLevel(logging.DEBUG)
        if not any(isinstance(handler, RichHandler) for handler in logger.handlers):
            logger.addHandler(RichHandler(console=err, show_path=False, rich_tracebacks=True))
    return verbose


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines, errors included.")]
"""The `--json` option, the same for every command."""

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens to stderr.", callback=log_to_stderr)]
"""The `--verbose` option, the same for every command."""


def _in_a_folder(path: Path | None) -> Path | None:
    """Refuse at once what could not be written hours later."""
    if path is not None and not path.parent.is_dir():
        raise typer.BadParameter(f"expected a file in a folder that exists, got {str(path)!r}")
    return path


Page = Annotated[
    Path | None,
    typer.Option(
        "--write",
        help="Write the figures as a Markdown page.",
        metavar="FILE",
        dir_okay=False,
        writable=True,
        callback=_in_a_folder,
    ),
]
"""The `--write` option of the benches."""


_CONTROLS = {number: chr(0x2400 + number) for number in range(32)} | dict.fromkeys(range(0x7F, 0xA0), "\ufffd")


def plain(text: str) -> str:
    """Make text of others safe to print: what would steer the terminal is shown as a sign."""
    return text.replace("\n", "⏎").translate(_CONTROLS)


def command(name: str, **options: object) -> str:
    """Say how a command is run again, to be pasted into a shell; what is None or "" was not given."""
    words = [word for key, value in options.items() if value not in (None, "") for word in (f"--{key}", str(value))]
    return shlex.join(["vl2agent", *name.split(), *words])


def print_json(value: Any) -> None:
    """Write one JSON document to stdout, free of colours and line wrapping."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Say a warning in one line; stands in for `warnings.showwarning`, which tells people of source lines."""
    err.print(Text.assemble(("Warning: ", "bold yellow"), (str(message), "yellow")), soft_wrap=True)


def describe(error: VL2AgentError) -> dict[str, Any]:
    """Tell an error as a JSON object: its type, its message and the exit code it gives."""
    return {"type": type(error).__name__, "message": str(error), "exit_code": error.exit_code}


def report(error: VL2AgentError, *, as_json: bool) -> None:
    """Say what went wrong: one short red message, or a JSON object on stdout."""
    if as_json:
        print_json({"error": describe(error)})
    else:
        err.print(Text.assemble((f"{type(error).__name__}: ", "bold red"), (str(error), "red")))
