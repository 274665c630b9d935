"""`vl2agent bench grounding`: how often does a click land where words said?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from vl2agent.cli import answering, console
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vl2agent.bench.grounding import Report
    from vl2agent.contracts import Perception

EPILOG = """
[bold]Examples[/]

vl2agent bench grounding gui-grounding/dev\n
vl2agent bench grounding gui-grounding/dev --json > figures.json\n
vl2agent bench grounding ScreenSpot-v2 --model deepseek-ai/deepseek-vl2-tiny\n
vl2agent bench grounding ScreenSpot-Pro --model ./my-finetune --alone   [dim]# the model without reading[/]\n
vl2agent bench grounding gui-grounding/dev --misses misses.png   [dim]# what went wrong, as a picture[/]

DIR has annotations.jsonl (a line for each target: id, image, instruction, name, kind, app, box) and pictures, or is
ScreenSpot as its authors publish it: screenspot_*.json (v1, v2), or annotations/*.json (Pro), with the pictures in a
folder beside. One of these files alone will do.
"""


def grounding(
    folder: Annotated[Path, typer.Argument(help="Folder of targets and pictures, or one file.", metavar="DIR")],
    misses: Annotated[Path | None, typer.Option(help="Save a picture of everything missed.", metavar="PNG")] = None,
    model: answering.ModelName = None,
    alone: Annotated[bool, typer.Option("--alone", help="The model alone, without reading.")] = False,
    device: answering.Device = "auto",
    dtype: answering.Dtype = "auto",
    quantize: answering.Quantize = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Measure how often a click lands where words said, on screenshots with known boxes.

    The best candidate counts also where `locate` would refuse it as doubtful or ambiguous; refusals are told apart.
    Bare icons carry no text: reading finds only those with a usual sign, such as a cross for Close. Without a model,
    names that are not on the screen are asked for as well.
    """
    from vl2agent.bench.contact_sheet import contact_sheet, save_sheet
    from vl2agent.bench.grounding import ABSENT_PER_SCREEN, measure, read_annotations

    if alone and not model:
        raise InputError("expected --model with --alone, as reading is all there is without one; add --model")
    read_annotations(folder)  # before a model is loaded
    perceive = _model(model, alone, device, dtype, quantize) if model else _reader()
    with console.err.status("reading annotations") as status:
        report = measure(
            folder,
            perceive,
            absent=0 if model else ABSENT_PER_SCREEN,
            progress=lambda done, total, image: status.update(f"{done + 1} of {total}: {image}"),
        )
    if misses:
        save_sheet(contact_sheet(report.results), misses)
    if as_json:
        console.print_json(report.summary())
    else:
        console.out.print(_table(report))


def _reader() -> Callable[[], Perception]:
    """Return a maker of readers that have seen no screen yet and share networks that are loaded and warm."""
    import numpy as np

    from vl2agent.perception.embedded import OcrPerception
    from vl2agent.perception.engine import OnnxTextEngine

    engine = OnnxTextEngine()
    engine.read(np.full((64, 64, 3), 255, np.uint8))
    return lambda: OcrPerception(engine)


def _model(name: str, alone: bool, device: str, dtype: str, quantize: str | None) -> Callable[[], Perception]:
    from vl2agent.calls import Model
    from vl2agent.perception.vl2 import VL2Perception

    read = None if alone else _reader()
    model = Model(answering.open_model(name, device=device, dtype=dtype, quantize=quantize))
    return lambda: VL2Perception(model, read() if read else None)


def _table(report: Report) -> Table:
    summary = report.summary()
    overall, absent = summary["overall"], summary["absent_names"]
    absence = f", and {absent['refused']} of {absent['n']} names that are not on the screen" if absent["n"] else ""
    table = Table(
        title=f"{overall['n']} targets on {overall['screens']} screens; {overall['seconds_per_screen']:.2f} s where a "
        f"screen is new, {overall['seconds_per_target']:.2f} s a target",
        caption=f"locate refuses {summary['refused']} ({summary['refused_though_right']} though right){absence}",
    )
    for heading in ("", "targets", "click accuracy", "IoU ≥ 0.5"):
        table.add_column(heading, justify="left" if not heading else "right")
    _add(table, "all", overall)
    for group in ("by_kind", "by_group", "by_size", "by_app"):
        table.add_section()
        for name, figures in summary[group].items():
            _add(table, name, figures)
    table.add_section()
    _add(table, "where locate answers", summary["when_locate_answers"])
    return table


def _add(table: Table, name: str, figures: dict[str, Any]) -> None:
    table.add_row(
        escape(name),
        str(figures["n"]),
        f"{100 * figures['click_accuracy']:.1f} %",
        f"{100 * figures['iou_accuracy']:.1f} %",
    )
