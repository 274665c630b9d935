"""`vl2agent code --target matplotlib`: the picture of a chart becomes the program that draws it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from vl2agent.cli import console
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.contracts import Backend


def require_new(path: Path) -> None:
    """Make sure that nothing is lost when a program and its picture are written.

    Raises:
        InputError: there is something already, or no folder for it.
    """
    for file in (path, path.with_suffix(".png")):
        if file.exists():
            raise InputError(f"{str(file)!r} is there already; choose another name with -o, or move it away")
    if not path.parent.is_dir():
        raise InputError(f"expected a file in a folder that exists, got {str(path)!r}")


def write_program(picture: Image, backend: Backend, path: Path, *, execute: bool, as_json: bool) -> None:
    """Write the program of a chart; when it is executed, also what it draws, and how near that comes.

    Raises:
        ProgramRefused: what the model wrote is no program that may be run.
        ProgramFailed: it was run, and drew nothing.
        BackendError: the model did not answer.
    """
    from vl2agent.calls import Model
    from vl2agent.web2code.plot import compare_plots, plot_code, run_plot

    program = plot_code(picture, Model(backend))
    path.write_text(program, "utf-8")
    found: dict[str, object] = {"program": str(path)}
    if execute:
        drawn = run_plot(program)
        drawn.save(path.with_suffix(".png"))
        found |= {"picture": str(path.with_suffix(".png")), "likeness": round(compare_plots(picture, drawn), 4)}
    if as_json:
        console.print_json(found)
        return
    for name, value in found.items():
        console.out.print(Text(f"{name}: {value}"), soft_wrap=True)
