"""`vl2agent bench`: measure how well the parts do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from vl2agent.cli import bench_desktop, bench_miniwob, console

if TYPE_CHECKING:
    from collections.abc import Callable

    from vl2agent.bench.grounding import Report
    from vl2agent.contracts import Perception

app = typer.Typer(help="Measure how well the parts do.", no_args_is_help=True)
app.command(epilog=bench_desktop.EPILOG)(bench_desktop.desktop)
app.command(epilog=bench_miniwob.EPILOG)(bench_miniwob.miniwob)

GROUNDING_EPILOG = """
[bold]Examples[/]

vl2agent bench grounding gui-grounding/dev\n
vl2agent bench grounding gui-grounding/dev --json > figures.json\n
vl2agent bench grounding gui-grounding/dev --misses misses.png   [dim]# what went wrong, as a picture[/]

The folder holds annotations.jsonl (a line for each target: id, image, instruction, name, kind, app, box) and pictures.
"""


@app.command(epilog=GROUNDING_EPILOG)
def grounding(
    folder: Annotated[Path, typer.Argument(help="Folder with annotations.jsonl and its pictures.", metavar="DIR")],
    misses: Annotated[Path | None, typer.Option(help="Save a picture of everything missed.", metavar="PNG")] = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Measure how often a click lands where words said, on screenshots with known boxes.

    The best candidate counts also where `locate` would refuse it as doubtful or ambiguous; refusals are told apart.
    Bare icons carry no text: reading finds only those with a usual sign, such as a cross for Close.
    """
    from vl2agent.bench.contact_sheet import contact_sheet, save_sheet
    from vl2agent.bench.grounding import measure

    with console.err.status("reading annotations") as status:
        report = measure(
            folder,
            _cold_perceptions(),
            progress=lambda done, total, image: status.update(f"{done + 1} of {total}: {image}"),
        )
    if misses:
        save_sheet(contact_sheet(report.results, folder), misses)
    if as_json:
        console.print_json(report.summary())
    else:
        console.out.print(_table(report))


def _cold_perceptions() -> Callable[[], Perception]:
    """Return a maker of perceptions that have seen no screen yet and share networks that are loaded and warm."""
    import numpy as np

    from vl2agent.perception.embedded import OcrPerception
    from vl2agent.perception.engine import OnnxTextEngine

    engine = OnnxTextEngine()
    engine.read(np.full((64, 64, 3), 255, np.uint8))
    return lambda: OcrPerception(engine)


def _table(report: Report) -> Table:
    summary = report.summary()
    overall, absent = summary["overall"], summary["absent_names"]
    table = Table(
        title=f"{overall['n']} targets on {overall['screens']} screens, {overall['seconds_per_screen']:.2f} s a screen",
        caption=(
            f"locate refuses {summary['refused']} of them ({summary['refused_though_right']} though right), "
            f"and {absent['refused']} of {absent['n']} names that are not on the screen"
        ),
    )
    for heading in ("", "targets", "click accuracy", "IoU ≥ 0.5"):
        table.add_column(heading, justify="left" if not heading else "right")
    _add(table, "all", overall)
    for group in ("by_kind", "by_size", "by_app"):
        table.add_section()
        for name, figures in summary[group].items():
            _add(table, name, figures)
    table.add_section()
    _add(table, "where locate answers", summary["when_locate_answers"])
    return table


def _add(table: Table, name: str, figures: dict[str, Any]) -> None:
    table.add_row(
        name, str(figures["n"]), f"{100 * figures['click_accuracy']:.1f} %", f"{100 * figures['iou_accuracy']:.1f} %"
    )
