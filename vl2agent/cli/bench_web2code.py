"""`vl2agent bench web2code`: screenshots of pages, made into pages again, and how near those come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from vl2agent.cli import console
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.bench.web2code import Report, Result
    from vl2agent.web2code.convert import Conversion
    from vl2agent.web2code.render import Renderer

EPILOG = """
[bold]Examples[/]

vl2agent bench web2code pages/   [dim]# NAME.html, and NAME.png as the picture of it[/]\n
vl2agent bench web2code pages/ --layout absolute --json > figures.json\n
vl2agent bench web2code pages/ --pages login,table --out out/   [dim]# keep the code, and pictures side by side[/]

The converter is shown the pictures only; the HTML is what its pages are compared with. Pages that fail count 0.
"""

TERMS = {
    "strict": "strict",
    "block": "block",
    "text": "text",
    "position": "place",
    "color": "color",
    "visual": "looks",
    "box_iou": "iou",
}
"""Terms of the score, and what they are called in a narrow table."""


def web2code(
    folder: Annotated[Path, typer.Argument(help="Pages, NAME.html with NAME.png.", metavar="DIR", file_okay=False)],
    layout: Annotated[str, typer.Option(help="flow or absolute.")] = "flow",
    pages: Annotated[str, typer.Option(help="Names of pages, with commas between; all if unset.")] = "",
    style: Annotated[str, typer.Option(help="css or tailwind.")] = "css",
    model: Annotated[str | None, typer.Option(help="What names blocks: a folder, a repository, a server.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of refinement.", min=0, max=10)] = 3,
    out: Annotated[Path | None, typer.Option(help="Keep each page's code here, and sheet.png.", metavar="DIR")] = None,
    write: console.Page = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Measure how near pages made of screenshots come to the pages that these were taken of."""
    from vl2agent.bench.web2code import measure, truths
    from vl2agent.bench.web2code_markdown import page

    if not folder.is_dir():
        raise InputError(f"expected a folder of pages, got {str(folder)!r}")
    chosen = truths(folder, [name.strip() for name in pages.split(",") if name.strip()])
    with console.err.status("starting a browser") as status:
        report = measure(
            chosen,
            _converter(layout=layout, style=style, model=model, rounds=rounds),
            layout=layout,
            progress=lambda truth: status.update(truth.name),
            done=lambda result, conversion: _keep(result, conversion, out),
        )
    if out:
        _save_sheet(report, out)
    if as_json:
        console.print_json(report.summary())
    else:
        console.out.print(_table(report))
        console.out.print(_targets(report))
    if write:
        said = console.command(f"bench web2code {folder.name}", layout=layout, pages=pages, model=model)
        write.write_text(page(report, said), "utf-8")


def _converter(*, layout: str, style: str, model: str | None, rounds: int) -> Callable[[Image, Renderer], Conversion]:
    from vl2agent.web2code.convert import convert

    if layout not in ("flow", "absolute") or style not in ("css", "tailwind"):
        raise InputError(f"expected --layout flow or absolute, --style css or tailwind, got {layout!r}, {style!r}")
    opened = None
    if model:
        from vl2agent.defaults import open_model

        opened = open_model(model)
    return lambda picture, renderer: convert(
        picture,
        layout=layout,  # type: ignore[arg-type]  # one of the two, as looked at above
        style=style,  # type: ignore[arg-type]
        model=opened,
        rounds=rounds,
        renderer=renderer,
    )


def _keep(result: Result, conversion: Conversion | None, out: Path | None) -> None:
    if result.problem:
        console.err.print(f"[red]failed:[/] {result.truth.name}: {escape(result.problem)}", soft_wrap=True)
    if out and conversion:
        out.mkdir(parents=True, exist_ok=True)
        conversion.save(out / result.truth.name)


def _save_sheet(report: Report, out: Path) -> None:
    from vl2agent.bench.contact_sheet import save_sheet
    from vl2agent.bench.web2code_sheet import sheet

    out.mkdir(parents=True, exist_ok=True)
    save_sheet(sheet(report.results), out / "sheet.png")


def _table(report: Report) -> Table:
    title = f"{len(report.results)} pages, {report.layout} layout: strict {report.mean('strict'):.3f}"
    table = Table(title=title, box=SIMPLE_HEAD, padding=0, caption="w: wide at 375 px, s: suspect")
    for heading in ("page", *TERMS.values(), "roles", "abs", "s", ""):
        table.add_column(heading, justify="left" if heading in ("page", "") else "right", no_wrap=True)
    for result in report.results:
        score = result.score
        if score is None:
            table.add_row(result.truth.name, "failed", *[""] * 8, f"{result.seconds:.0f}")
            continue
        figures = [_brief(getattr(score, term)) for term in TERMS]
        beside = _brief(score.roles.f1 if score.roles else 0), _brief(score.abs_share), f"{result.seconds:.0f}"
        table.add_row(result.truth.name, *figures, *beside, "w" * score.overflow_375 + "s" * score.suspect)
    table.add_section()
    table.add_row("mean", *(_brief(report.mean(term)) for term in TERMS), _brief(report.roles()["all"]))
    return table


def _brief(share: float) -> str:
    """Write 0.9345 as .934 and 1 as 1.00: a table is to fit a narrow terminal."""
    text = f"{share:.3f}"
    return text[1:] if text[0] == "0" else text[:4]


def _targets(report: Report) -> Table:
    table = Table(title="targets", box=SIMPLE_HEAD)
    for heading in ("figure", "value", "wanted", ""):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for target in report.targets():
        mark = "[green]met[/]" if target.met else "[red]missed[/]"
        table.add_row(target.name, f"{target.value:.3f}", target.wanted, mark)
    return table
