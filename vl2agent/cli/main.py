"""The `vl2agent` command: gathers the commands of this room and turns errors into exit codes."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

from vl2agent import __version__
from vl2agent.cli import (
    ask,
    bench,
    code,
    console,
    doctor,
    elements,
    export,
    import_,
    locate,
    models,
    pack,
    policy,
    record,
    replay,
    run,
    sandbox,
    screenshot,
    serve,
    stop,
    trace,
)
from vl2agent.errors import VL2AgentError

EPILOG = """
[bold]Examples[/]

vl2agent run "open settings"   [dim]# in a desktop of its own, nothing of yours is touched[/]\n
vl2agent run "open mousepad, type 'hello'" --dry-run\n
vl2agent doctor   [dim]# what is missing here, and the line that installs it[/]

Exit codes: 0 done, 1 not reached, 2 wrong input, 3 target not found, 4 refused, 5 limit, 6 capture, \
7 execution, 8 sandbox, 9 model, 10 recording, 11 unreadable reply, 12 not as expected, 13 not as recorded, \
130 stopped by a person.
"""

app = typer.Typer(
    name="vl2agent",
    help="See any screen through a locally hosted model, and act on it.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,  # locals hold typed text and pictures
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"vl2agent {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    verbose: console.Verbose = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


# One line for each command; a command with subcommands is registered with `app.add_typer(NAME.app, name="NAME")`.
app.command(epilog=run.EPILOG)(run.run)
app.command(epilog=trace.EPILOG)(trace.trace)
app.command(epilog=record.EPILOG)(record.record)
app.command(epilog=export.EPILOG)(export.export)
app.command("import", epilog=import_.EPILOG)(import_.import_)
app.command(epilog=pack.EPILOG)(pack.pack)
app.command(epilog=replay.EPILOG)(replay.replay)
app.command(epilog=screenshot.EPILOG)(screenshot.screenshot)
app.command(epilog=locate.EPILOG)(locate.locate)
app.command(epilog=elements.EPILOG)(elements.elements)
app.command(epilog=ask.EPILOG)(ask.ask)
app.command(epilog=code.EPILOG)(code.code)
app.command(epilog=serve.EPILOG)(serve.serve)
app.command(epilog=stop.EPILOG)(stop.stop)
app.add_typer(policy.app, name="policy")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(bench.app, name="bench")
app.add_typer(models.app, name="models")
app.command(epilog=doctor.EPILOG)(doctor.doctor)


def main() -> None:
    """Run the command line and leave with the exit code of its error, if any."""
    warnings.showwarning = console.show_warning
    try:
        app()
    except VL2AgentError as error:
        console.report(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)
