"""`vl2agent code`: a screenshot becomes a page that renders back to it."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from vl2agent.cli import answering, code_plot, code_source, console
from vl2agent.cli.code_progress import progress
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from vl2agent.web2code.convert import Conversion

EPILOG = """
[bold]Examples[/]

vl2agent code page.png -o out/\n
vl2agent code page.png -o out/ --layout absolute --style tailwind\n
vl2agent code page@2x.png -o out/ --scale 2 --framework react\n
vl2agent code http://localhost:8000/ -o out/ --open\n
vl2agent code https://example.org/ -o out/ --network\n
vl2agent code --sandbox demo --window Settings -o out/\n
vl2agent code chart.png --target matplotlib -o chart.py --model deepseek-ai/deepseek-vl2-tiny\n
"""


def code(
    source: Annotated[
        str | None, typer.Argument(help="A PNG, JPEG or WebP file, or the address of a page.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder to write: new, empty, or written by this; 'out' if unset.", metavar="PATH"
        ),
    ] = None,
    layout: Annotated[
        Literal["flow", "absolute"], typer.Option(help="As a person would write it, or every block at its pixel.")
    ] = "flow",
    style: Annotated[Literal["css", "tailwind"], typer.Option(help="A style sheet, or utility classes.")] = "css",
    framework: Annotated[
        Literal["html", "react", "vue"], typer.Option(help="Also write a component for each template.")
    ] = "html",
    pictures: Annotated[
        Literal["crop", "placeholder", "none"], typer.Option(help="What becomes of photos and icons.")
    ] = "crop",
    model: answering.ModelName = None,
    device: answering.Device = "auto",
    dtype: answering.Dtype = "auto",
    quantize: answering.Quantize = None,
    rounds: Annotated[int, typer.Option(min=0, max=10, help="At most so many rounds of refinement.")] = 3,
    target: Annotated[
        Literal["html", "matplotlib"], typer.Option(help="matplotlib: the program of a chart; needs a model.")
    ] = "html",
    execute: Annotated[bool, typer.Option("--execute", help="Run that program in a sandbox, and compare.")] = False,
    scale: Annotated[float | None, typer.Option(help="Pixels of the picture per CSS pixel; 2 for HiDPI.")] = None,
    sandbox: Annotated[
        str | None, typer.Option(help="What a running sandbox shows, as SOURCE.", metavar="NAME")
    ] = None,
    window: Annotated[str | None, typer.Option(help="Only this window of the sandbox.", metavar="TITLE")] = None,
    width: Annotated[
        int | None, typer.Option(min=200, max=4000, help="Of the window that an address is opened in; 1280 if unset.")
    ] = None,
    network: Annotated[bool, typer.Option("--network", help="Let the page of an address reach the network.")] = False,
    single_file: Annotated[bool, typer.Option("--single-file", help="Style and pictures within index.html.")] = False,
    open_it: Annotated[bool, typer.Option("--open", help="Open the preview in the browser.")] = False,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Turn a screenshot into HTML and CSS that render back to it, and say how well they do.

    Pixels give places, texts, fonts and colors; a model, if there is one, only says what things are. Writes index.html,
    style.css, assets, ir.json, report.json, side-by-side.png and preview.html.
    """
    is_chart = target == "matplotlib"
    output = output or Path("chart.py" if is_chart else "out")
    of_pages = {
        "--layout": layout != "flow", "--style": style != "css", "--framework": framework != "html",
        "--pictures": pictures != "crop", "--scale": scale is not None, "--single-file": single_file, "--open": open_it,
    }  # fmt: skip
    _check(output, is_chart, execute, [name for name, given in of_pages.items() if given])
    frame = code_source.frame_of(source, sandbox=sandbox, window=window, width=width, network=network)
    opened = answering.open_model(model, device=device, dtype=dtype, quantize=quantize) if model or is_chart else None
    if is_chart:
        assert opened is not None  # or there would have been an error
        code_plot.write_plot(frame.image, opened, output, execute=execute, as_json=as_json)
        return
    with progress(console.err, quiet=as_json) as telling:
        from vl2agent.web2code.convert import convert

        found = convert(
            frame, scale=scale, layout=layout, style=style, pictures=pictures, framework=framework,
            model=opened, rounds=rounds, on_progress=telling,
        )  # fmt: skip
        telling.doing("writing")
        folder = found.save(output, single_file=single_file)
    _tell(found, folder, as_json)
    if open_it:
        webbrowser.open((folder / "preview.html").as_uri())


def _check(output: Path, is_chart: bool, execute: bool, of_pages: Sequence[str]) -> None:
    """Refuse at once what does not fit together, or could not be written minutes later."""
    if is_chart and of_pages:
        raise InputError(f"{of_pages[0]} is for pages, not for charts; leave it or --target matplotlib out")
    if is_chart:
        code_plot.new_file(output)
        return
    if execute:
        raise InputError("--execute runs the program of a chart; add --target matplotlib")
    from vl2agent.web2code.folder import require_place

    require_place(output)


def _tell(found: Conversion, folder: Path, as_json: bool) -> None:
    if as_json:
        console.print_json({"folder": str(folder), **found.report.model_dump(mode="json", exclude={"blocks"})})
        return
    report = found.report
    if report.score:
        console.err.print(
            Text.assemble((f"{report.score.total:.3f}", "bold"), " against the picture, ", _rounds(found))
        )
    if report.sideways_at_375:
        console.err.print(Text("In a window 375 wide it scrolls sideways.", style="yellow"))
    console.err.print(Text(f"Named by {console.plain(report.naming.slot)}.", style="dim"))
    for note in report.naming.notes:
        console.err.print(Text(console.plain(note), style="yellow"))
    if report.settings.framework != "html":
        console.err.print(Text("A project: 'npm install && npm run dev' in its folder shows it.", style="dim"))
    for name in ("index.html", "preview.html", "side-by-side.png"):
        console.out.print(Text(f"{name}: {folder / name}"), soft_wrap=True)


def _rounds(found: Conversion) -> str:
    seconds, rounds = sum(found.report.seconds.values()), found.report.rounds
    kept = sum(attempt.kept for each in rounds for attempt in each.attempts)
    said = f"{len(rounds)} round{'' if len(rounds) == 1 else 's'}, {kept} change{'' if kept == 1 else 's'} kept"
    return f"{said}, {seconds:.1f} s"
