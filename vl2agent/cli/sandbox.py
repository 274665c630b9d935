"""`vl2agent sandbox`: desktops that stay, to look at and to work in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from vl2agent.cli import console
from vl2agent.errors import InputError

app = typer.Typer(
    help="Start, list, use, watch and stop whole desktops of their own.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog="""
[bold]Examples[/]

vl2agent sandbox start --name desk --app mousepad\n
vl2agent run "type 'hello'" --sandbox desk\n
vl2agent sandbox exec desk -- xfconf-query -c xsettings -p /Net/ThemeName\n
vl2agent sandbox view desk   [dim]# then: vncviewer 127.0.0.1:5900[/]\n
vl2agent sandbox stop --all
""",
)

Name = Annotated[str, typer.Argument(help="Its name, as `vl2agent sandbox list` shows it.", show_default=False)]


@app.command()
def start(
    name: Annotated[str | None, typer.Option(help="How to call it; by default a free name.")] = None,
    size: Annotated[str, typer.Option(help="Width and height in pixels.")] = "1280x800",
    theme: Annotated[str, typer.Option(help="GTK theme.")] = "Greybird",
    app: Annotated[list[str] | None, typer.Option(help="Program to start in it; may be repeated.")] = None,
    network: Annotated[bool, typer.Option("--network", help="Let programs inside reach the network.")] = False,
    home: Annotated[
        Path | None, typer.Option(help="A folder to be HOME inside, kept afterwards.", metavar="DIR")
    ] = None,
    layout: Annotated[str, typer.Option(help="Keyboard layout, such as 'de' or 'us dvorak'.")] = "us",
    scale: Annotated[int, typer.Option(help="1, or 2 for a high-density screen.", min=1, max=2)] = 1,
    as_json: console.AsJson = False,
) -> None:
    """Start a desktop that stays until it is stopped."""
    from vl2agent.sandbox.desktop import Sandbox
    from vl2agent.sandbox.registry import as_json as entry_json

    pixels = _pixels(size)
    with Sandbox(
        pixels, theme, app or (), network=network, home=home, layout=layout, scale=scale, name=name
    ) as desktop:
        desktop.detach()
        entry = desktop.entry
    if as_json:
        console.print_json(entry_json(entry))
    else:
        console.out.print(f"[bold]{entry.name}[/] runs on display {entry.display}, {size}")
        console.err.print(f"[dim]watch it: vl2agent sandbox view {entry.name}; end it: ... stop {entry.name}[/]")


@app.command("list")
def list_running(as_json: console.AsJson = False) -> None:
    """List the desktops that run."""
    from vl2agent.sandbox import registry

    entries = [registry.as_json(entry) for entry in registry.running()]
    if as_json:
        console.print_json(entries)
    elif not entries:
        console.err.print("[dim]none runs; start one: vl2agent sandbox start[/]")
    else:
        console.out.print(_table(entries))


@app.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def execute(
    name: Name,
    command: Annotated[list[str], typer.Argument(help="The program and its arguments.", show_default=False)],
    timeout: Annotated[float, typer.Option(help="Seconds after which it is killed.", min=0.1)] = 600.0,
    send_stdin: Annotated[bool, typer.Option("--stdin", "-i", help="Hand it what comes in on stdin.")] = False,
) -> None:
    """Run a command inside and leave with its exit code; what it writes appears as it comes."""
    from vl2agent.sandbox.desktop import Sandbox

    words = command[1:] if command[0] == "--" else command
    with Sandbox.attach(name) as desktop:
        stdin = sys.stdin.buffer.read() if send_stdin else b""
        code = desktop.follow(words, sys.stdout.buffer, sys.stderr.buffer, timeout_s=timeout, stdin=stdin)
    raise typer.Exit(code)


@app.command()
def view(
    name: Name,
    port: Annotated[int | None, typer.Option(help="By default the first free one from 5900.", min=1024)] = None,
    control: Annotated[bool, typer.Option("--control", help="Let viewers use mouse and keyboard, too.")] = False,
) -> None:
    """Show a desktop live over VNC, on this machine's loopback, until Ctrl-C or its end."""
    from vl2agent.sandbox import registry
    from vl2agent.sandbox.viewing import vnc_server

    entry = registry.find(name)
    with vnc_server(entry.display, port=port, control=control) as (served, server):
        try:
            console.out.print(f"vnc://127.0.0.1:{served}")
            console.err.print(
                f"[dim]open it: vncviewer 127.0.0.1:{served}; from afar first: ssh -L {served}:127.0.0.1:{served} HOST[/]"
            )
            server.wait()
        except KeyboardInterrupt:
            console.err.print("[dim]no longer shown; the desktop goes on[/]")


@app.command()
def stop(
    name: Annotated[str | None, typer.Argument(help="Its name.", show_default=False)] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="Stop every one that runs.")] = False,
    as_json: console.AsJson = False,
) -> None:
    """End a desktop and everything in it."""
    from vl2agent.sandbox import registry

    if (name is None) != all_of_them:
        raise InputError("expected the name of a sandbox, or --all; `vl2agent sandbox list` shows the names")
    names = [name] if name is not None else [entry.name for entry in registry.running()]
    for each in names:
        registry.stop(each)
    if as_json:
        console.print_json({"stopped": names})
    else:
        console.out.print(f"stopped: {', '.join(names) or 'none was running'}")


def _pixels(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise InputError(f"expected a size such as 1280x800, got {size!r}")
    return int(width), int(height)


def _table(entries: list[dict[str, Any]]) -> Table:
    table = Table(Column("name", no_wrap=True), "display", "size", "minutes", "network", "isolated")
    for entry in entries:
        table.add_row(
            str(entry["name"]),
            str(entry["display"]),
            f"{entry['width_px']}x{entry['height_px']}",
            f"{entry['seconds'] / 60:.1f}",
            "yes" if entry["network"] else "no",
            "yes" if entry["isolated"] else "[yellow]no[/]",
        )
    return table
