"""A picture of a page becomes the page: all stages put together.

    from vl2agent import web2code

    page = web2code.convert("page.png")
    page.save("out")

Pixels are good at geometry, text and color, so those are measured; a model, where there is one, is only asked what
things are.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from vl2agent.errors import InputError
from vl2agent.web2code.emit.dress import StyleKind
from vl2agent.web2code.emit.element import Code
from vl2agent.web2code.emit.emit import Framework, LayoutKind
from vl2agent.web2code.emit.pictures import Pictures
from vl2agent.web2code.ir import Page
from vl2agent.web2code.progress import OnProgress
from vl2agent.web2code.report import Report, Settings
from vl2agent.web2code.source import Source, page_picture

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.calls import Model
    from vl2agent.contracts import Backend
    from vl2agent.web2code.render import Renderer

MAX_ROUNDS = 10


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A page made from a picture; nothing of it changes, `edit` makes another one.

    Args:
        page: what was found, as data.
        code: the files.
        report: scores, rounds and times.
        original: the picture, at CSS pixels.
        rendered: the code as a browser draws it, 1280 wide or as wide as the picture.
    """

    page: Page
    code: Code
    report: Report
    original: Image = field(repr=False)
    rendered: Image = field(repr=False)
    model: Model | None = field(default=None, repr=False)

    @property
    def html(self) -> str:
        """The page's HTML; its style and its pictures are files of their own."""
        return self.code.shown["index.html"].decode()

    def single_file(self) -> str:
        """Return the page as one HTML text that holds its style and its pictures."""
        from vl2agent.web2code.single import single_file

        return single_file(self.code)

    def edit(
        self, instruction: str, *, block: str | None = None, model: Model | Backend | str | Path | None = None
    ) -> Conversion:
        """Change the page as a person says, as in page.edit("make the header sticky", block="b3").

        Args:
            instruction: what is to be done; words that a text is to become stand in quotes.
            block: id of a block, as in ir.json and the preview: only it, and what is in it, may change.
            model: what understands the instruction; by default the one that the page was converted with.

        Raises:
            InputError: no model, no instruction, or no such block.
            EditRefused: nothing of the model's reply is a change that can be made.
            BackendError: the model did not answer.
        """
        from vl2agent.web2code.render import Renderer
        from vl2agent.web2code.stages import Stages

        asked = self.model if model is None else _opened(model)
        if asked is None:
            raise InputError("expected a model that understands the instruction; try edit(..., model=...)")
        with Renderer() as browser:
            stages = Stages(self.original, self.report.scale, self.report.settings, asked, browser, None)
            return stages.edited(self.page, instruction, block)

    def save(self, folder: str | Path, *, single_file: bool = False) -> Path:
        """Write the code, ir.json, report.json, side-by-side.png and preview.html; return the folder.

        Raises:
            InputError: the folder holds other things, or cannot be written.
        """
        from vl2agent.web2code.folder import write_folder
        from vl2agent.web2code.products import products

        return write_folder(products(self, single=single_file), folder)


def convert(
    source: Source,
    *,
    scale: float | None = None,
    layout: LayoutKind = "flow",
    style: StyleKind = "css",
    pictures: Pictures = "crop",
    framework: Framework = "html",
    model: Model | Backend | str | Path | None = None,
    rounds: int = 3,
    on_progress: OnProgress | None = None,
    renderer: Renderer | None = None,
) -> Conversion:
    """Turn a picture of a page into code that renders back to it.

    Args:
        source: a Pillow image, a frame, the bytes of a picture file, or its path.
        scale: pixels of the picture per CSS pixel, 2 for HiDPI; None takes a frame's own, else 1.
        layout: 'flow', as a person would write it, or 'absolute', every block at its pixel.
        style: 'css' or 'tailwind'.
        pictures: 'crop' cuts photos and icons out of the picture; 'placeholder', 'none'.
        framework: 'html'; 'react' and 'vue' add components.
        model: says what blocks are: a folder, a repository, a server's URL, or one that is open; without it, rules do.
        rounds: at most so many of refinement; 0 takes the first draft.
        on_progress: is told how far it is.
        renderer: a browser that runs already; by default one is started.

    Raises:
        InputError: an option has no such value.
        ImageError: no readable picture, or too large a one.
        MissingExtra: what reads pictures, or Playwright, is not installed.
        SandboxError: there is no browser that works.
        BackendError: there is no such model, or it does not answer.
    """
    from vl2agent.web2code.render import Renderer as OwnRenderer
    from vl2agent.web2code.stages import Stages

    settings = _settings(layout=layout, style=style, pictures=pictures, framework=framework)
    if not 0 <= rounds <= MAX_ROUNDS:
        raise InputError(f"expected 0 to {MAX_ROUNDS} rounds, got {rounds}")
    picture, found_scale = page_picture(source, scale)
    with nullcontext(renderer) if renderer else OwnRenderer() as browser:
        browser.warm_up()
        stages = Stages(picture, found_scale, settings, _opened(model), browser, on_progress)
        return stages.run(rounds)


def _settings(**asked: str) -> Settings:
    """Check what was asked for.

    Raises:
        InputError: an option has no such value.
    """
    kinds = {"layout": LayoutKind, "style": StyleKind, "pictures": Pictures, "framework": Framework}
    for name, value in asked.items():
        if value not in (known := get_args(kinds[name])):
            raise InputError(f"expected {name} to be {' or '.join(map(repr, known))}, got {value!r}")
    return Settings.model_validate(asked)


def _opened(model: Model | Backend | str | Path | None) -> Model | None:
    if model is None:
        return None
    from vl2agent.defaults import open_model

    return open_model(model)
