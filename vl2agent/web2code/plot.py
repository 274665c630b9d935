"""A picture of a chart becomes the Python program that draws it, by a model; and what it draws is compared with the picture.

code = plot_code(image, model)
drawn = run_plot(code)
compare_plots(image, drawn)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.resources import as_file, files
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from vl2agent.calls import Model
from vl2agent.completion import Decoding, Reply
from vl2agent.errors import MissingExtra, ProgramFailed, ProgramRefused, SandboxError, WindowTooSmall
from vl2agent.geometry import ImageBox
from vl2agent.sandbox import isolation, packages
from vl2agent.web2code import prompts
from vl2agent.web2code.crops import shots
from vl2agent.web2code.program import program_in

LEAST_TOKENS, MOST_TOKENS = 600, 2400
"""Room that a program must have, and that it gets where there is more."""
ATTEMPTS = 2
MEMORY_KB = 3 << 20
"""Address space of a program that draws."""
MOST_PIXELS = 50_000_000
MOST_WRITTEN = 64 << 20
"""Bytes of a file that it may write."""
TOLD = 500
"""Characters of what a program said when it failed."""


def plot_code(image: Image.Image, model: Model) -> str:
    """Ask for the program that draws a chart, once more where the first one cannot be taken.

    Raises:
        ProgramRefused: neither program is one, or imports nothing but what a chart needs.
        WindowTooSmall: there is no room for a program beside the picture.
        BackendError: the model did not answer.
    """
    wrong = ""
    for attempt in range(1, ATTEMPTS + 1):
        reply = _reply(image, model, wrong)
        try:
            if reply.stop_reason == "length":
                raise ProgramRefused(reply.text, "it is longer than the model may write")
            return program_in(reply.text)
        except ProgramRefused as error:
            if attempt == ATTEMPTS:
                raise
            wrong = error.reason
    raise AssertionError("an attempt returns or raises")


def _reply(image: Image.Image, model: Model, wrong: str) -> Reply:
    sections, needed = prompts.plot(wrong), 0
    for shot in shots(image, ImageBox(0, 0, *image.size)):
        needed = model.count(sections, [shot])
        if model.window - needed >= LEAST_TOKENS:
            room = min(MOST_TOKENS, model.window - needed)
            return model.call("plot", sections, [shot], decoding=Decoding(max_tokens=room))
    raise WindowTooSmall(model.backend.model, model.window, needed + LEAST_TOKENS, "raise the window")


def run_plot(code: str, *, timeout_s: float = 60.0) -> Image.Image:
    """Run a chart's program in a sandbox without network, and return what it draws.

    It is checked as `plot_code` checks it, sees this Python's packages and the system read-only, and writes nothing.

    Args:
        code: the program.
        timeout_s: how long it may take.

    Raises:
        ProgramRefused: it is no program that may be run.
        ProgramFailed: it ended without a figure, or took too long.
        MissingExtra: matplotlib is not installed.
        SandboxError: nothing can be isolated on this machine.
    """
    program_in(code)
    folders = tuple(dict.fromkeys(_interpreter()))
    packages.require({"bwrap": "bubblewrap"})
    if problem := isolation.isolation_problem():
        raise SandboxError(f"a model's program only runs isolated, and that is not possible here: {problem}")
    with tempfile.TemporaryDirectory() as name, as_file(files("vl2agent.web2code") / "drawing.py") as drawing:
        folder = Path(name)
        (folder / "program.py").write_text(code, encoding="utf-8")
        (folder / "drawing.py").write_bytes(drawing.read_bytes())
        return _run(folder, folders, timeout_s)


def _interpreter() -> Iterator[Path]:
    """Yield the folders that this Python and its matplotlib need."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise MissingExtra("plot", "running a chart's program")
    for place in (
        sys.base_prefix,
        sys.prefix,
        Path(sys.executable).resolve().parents[1],
        Path(found.origin).parents[1],
    ):
        if not Path(place).is_relative_to("/usr"):
            yield Path(place)


def _run(folder: Path, folders: tuple[Path, ...], timeout_s: float) -> Image.Image:
    limits = f"ulimit -v {MEMORY_KB}; ulimit -t {int(timeout_s) + 1}; ulimit -f {MOST_WRITTEN // 512}"
    python = [sys.executable, "-I", str(folder / "drawing.py"), str(folder / "program.py")]
    environment = {"MPLCONFIGDIR": "/tmp/matplotlib", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = isolation.enclose(["sh", "-c", f'{limits}; exec "$@"', "sh", *python], (*folders, folder), environment)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:  # limited in size, as pipes are not
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, check=False, timeout=timeout_s
            )
        except subprocess.TimeoutExpired as error:
            raise ProgramFailed(f"it took more than {timeout_s:g} s") from error
        out.seek(0)
        err.seek(0)
        if done.returncode:
            raise ProgramFailed(_last_words(err.read(MOST_WRITTEN)) or f"it ended with {done.returncode}")
        return _picture(out.read(MOST_WRITTEN))


def _last_words(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][-TOLD:] if lines else ""


def _picture(data: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ProgramFailed(f"its figure has {image.width} x {image.height} pixels, too many")
            return image.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise ProgramFailed("what it drew is no picture") from error


def compare_plots(reference: Image.Image, drawn: Image.Image) -> float:
    """Say how alike two pictures of charts are, 0..1: structure, tone and edges, as pages are compared."""
    from vl2agent.web2code.score.picture import visual

    return visual(reference.convert("RGB"), drawn.convert("RGB"))
