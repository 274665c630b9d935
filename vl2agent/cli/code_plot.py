"""`vl2agent code chart.png --target matplotlib`: a picture of a chart becomes the program that draws it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from vl2agent.cli import console
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.contracts import Backend


def write_plot(image: Image, backend: Backend, output: Path, *, execute: bool, as_json: bool) -> None:
    """Write the program that draws a chart; with `execute`, also what it draws, and how alike that is.

    Args:
        image: the chart.
        backend: the model that writes.
        output: a .py file, or a folder for chart.py.

    Raises:
        InputError: the file is there already, or cannot be written.
        ProgramRefused, ProgramFailed, SandboxError, BackendError: as `plot_code` and `run_plot` have them.
    """
    from vl2agent.calls import Model
    from vl2agent.web2code.plot import compare_plots, plot_code, run_plot

    file = new_file(output)
    code = plot_code(image, Model(backend))
    _write(file, code)
    told: dict[str, object] = {"file": str(file)}
    if execute:
        drawn = run_plot(code)
        drawn.save(file.with_suffix(".png"))
        told |= {"picture": str(file.with_suffix(".png")), "visual": round(compare_plots(image, drawn), 4)}
    _tell(told, as_json)


def new_file(output: Path) -> Path:
    """Say where the program goes: a .py file, or chart.py in a folder.

    Raises:
        InputError: it is there already, or what it draws is.
    """
    file = output if output.suffix == ".py" else output / "chart.py"
    for each in (file, file.with_suffix(".png")):
        if each.exists():
            raise InputError(f"expected no file at {str(each)!r}, there is one; give another --output")
    return file


def _write(file: Path, code: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
    except OSError as error:
        raise InputError(f"expected a file that can be written, got {str(file)!r}: {error}") from error


def _tell(told: dict[str, object], as_json: bool) -> None:
    if as_json:
        console.print_json(told)
        return
    for name, value in told.items():
        console.out.print(Text(f"{name}: {value}"), soft_wrap=True)
