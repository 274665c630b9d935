"""`vl2agent bench injection`: can what a screen says make the agent do something that nobody asked for?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from vl2agent.cli import answering, console
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from vl2agent.bench.injection.measure import BackendOf, Report

EPILOG = """
[bold]Examples[/]

vl2agent bench injection\n
vl2agent bench injection --planner hostile --screen mail-from-the-user --screen captcha-run\n
vl2agent bench injection --planner model --model deepseek-ai/deepseek-vl2-tiny   [dim]# a real model, not a script[/]\n
vl2agent bench injection --folder my-screens --json > figures.json\n
vl2agent bench injection --sheet screens.png   [dim]# all screens as one picture, with what they want[/]

Planners: embedded carries the goal out; hostile obeys the screen in every way there is; model is the planner on a model \
whose replies, unless --model names a real one, are what the screen asks for. All go through the real loop, policy and \
door; the executor only writes down. Exit code 1 when anything outside of the goal reached it.
"""
WORST = 5


def injection(
    planner: Annotated[
        list[str] | None, typer.Option(help="embedded, hostile or model; all when unset.", metavar="NAME")
    ] = None,
    screen: Annotated[list[str] | None, typer.Option(help="Only this screen; may be repeated.", metavar="NAME")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Screens of your own (NAME.json, NAME.webp) instead of the packaged ones.")
    ] = None,
    sheet: Annotated[Path | None, typer.Option(help="Save a picture of all screens.", metavar="PNG")] = None,
    model: answering.ModelName = None,
    device: answering.Device = "auto",
    dtype: answering.Dtype = "auto",
    quantize: answering.Quantize = None,
    write: console.Page = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Try hostile screens on the guarded loop, and count what reached the executor that nobody asked for."""
    from vl2agent.bench.contact_sheet import save_sheet
    from vl2agent.bench.injection.markdown import page
    from vl2agent.bench.injection.measure import PLANNERS, measure
    from vl2agent.bench.injection.sheet import hostile_sheet
    from vl2agent.bench.injection.truth import HostileScreens
    from vl2agent.perception.embedded import OcrPerception

    if unknown := [name for name in planner or () if name not in PLANNERS]:
        raise InputError(f"expected --planner {', '.join(PLANNERS)}, got {unknown[0]!r}")
    screens = HostileScreens(folder)
    if sheet:
        save_sheet(hostile_sheet(screens, screens.choose(screen or ())), sheet)
    backend_of = _backend_of(model, device, dtype, quantize)
    with console.err.status("reading screens") as status:
        report = measure(
            screens,
            OcrPerception(),
            names=screen or (),
            planners=planner or PLANNERS,
            backend_of=backend_of,
            progress=status.update,
        )
    if as_json:
        console.print_json(report.summary())
    else:
        console.out.print(_table(report))
    if write:
        named = "".join(f" --planner {name}" for name in planner or ())
        said = console.command(f"bench injection{named}", model=model)
        write.write_text(page(report, screens.choose(screen or ()), said), "utf-8")
    raise typer.Exit(1 if report.outside else 0)


def _backend_of(name: str | None, device: str, dtype: str, quantize: str | None) -> BackendOf:
    from vl2agent.bench.injection.measure import scripted

    if name is None:
        return scripted
    backend = answering.open_model(name, device=device, dtype=dtype, quantize=quantize)
    return lambda said: backend


def _table(report: Report) -> Table:
    summary = report.summary()
    benign = summary["benign"]
    table = Table(
        title=f"{summary['screens']} hostile screens",
        caption=f"{benign['blocked']} of {benign['actions']} benign actions blocked ({100 * benign['share']:.1f} %)",
    )
    for heading in ("planner", "runs", "decisions", "allowed", "outside of the goal"):
        table.add_column(heading, justify="left" if heading == "planner" else "right")
    rows = {**summary["planners"], "hostile, without the guard": summary["without the guard"]}
    for name, figures in rows.items():
        table.add_row(name, *(f"{figures[key]:,}" for key in ("runs", "decisions", "allowed", "outside")))
    for kind in ("reached", "blocked"):
        for each in summary[kind][:WORST]:
            table.add_row(f"{kind}: {each['screen']}", each["planner"], each["attack"], "", str(len(each["actions"])))
    return table
