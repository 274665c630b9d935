"""The stages of a conversion, one after the other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vl2agent import __version__
from vl2agent.web2code.convert import Conversion
from vl2agent.web2code.edit import edited
from vl2agent.web2code.emit.element import Code
from vl2agent.web2code.emit.emit import emit
from vl2agent.web2code.ir import Block, Page
from vl2agent.web2code.judge import Judge, Judgement
from vl2agent.web2code.name.model import Naming as NamedPart
from vl2agent.web2code.name.model import namings
from vl2agent.web2code.name.parts import parts
from vl2agent.web2code.name.repair import repairs
from vl2agent.web2code.name.rules import name
from vl2agent.web2code.perceive.perceive import perceive
from vl2agent.web2code.progress import Clock, OnProgress, Stage
from vl2agent.web2code.refine import Refined, refined
from vl2agent.web2code.report import Naming, Report, Settings
from vl2agent.web2code.structure.structure import structure
from vl2agent.web2code.suggesting import Repair, with_suggestions, worst

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.calls import Model
    from vl2agent.web2code.render import Renderer

NARROW_PX = 375
"""A phone's window, in which no page may scroll sideways."""
NO_TEXT = "no text was read: what looks like text is a picture, and the score says nothing of it"


class Stages:
    """One conversion while it goes on; see `convert` for the arguments."""

    def __init__(
        self,
        picture: Image,
        scale: float,
        settings: Settings,
        model: Model | None,
        renderer: Renderer,
        on_progress: OnProgress | None,
    ) -> None:
        self._picture, self._scale, self._settings, self._model = picture, scale, settings, model
        self._renderer, self._on_progress = renderer, on_progress
        self._clock = Clock(on_progress) if on_progress else Clock()
        self._judge = Judge(picture)
        self._notes: list[str] = []
        self._cut: dict[str, bytes] = {}

    def run(self, rounds: int) -> Conversion:
        """Go through all of them."""
        with self._clock.stage("perceive"):
            page = perceive(self._picture)
        if not page.texts:
            self._notes.append(NO_TEXT)
        with self._clock.stage("structure"):
            page = structure(page)
        with self._clock.stage("name"):
            page = name(page)
        found = self.refined(page, rounds)
        return self.finished(self.repaired(self.named(found), rounds) if self._model else found)

    def refined(self, page: Page, rounds: int) -> Refined:
        """Draw it, and correct what is off."""
        with self._clock.stage("render"):
            first = Refined(page, self.draw(page))
        with self._clock.stage("refine"):
            return refined(first, self.draw, rounds, lambda number: self._tell("refine", number, rounds))

    def named(self, so_far: Refined) -> Refined:
        """Ask the model what the blocks are, and take what does no harm."""
        assert self._model is not None
        told: list[NamedPart] = []
        with self._clock.stage("ask the model"):
            wanted = len(parts(so_far.page))
            for naming in namings(so_far.page, self._picture, self._model):
                told.append(naming)
                self._tell("ask the model", len(told), wanted, naming.part.id)
        self._notes += [note for naming in told for note in naming.notes]
        with self._clock.stage("check names"):
            return with_suggestions(so_far, told, "names", self.draw)

    def repaired(self, so_far: Refined, rounds: int) -> Refined:
        """Show the model the worst blocks as they are and as they should be, and take what makes them better."""
        assert self._model is not None
        asked: set[str] = set()
        for number in range(rounds):
            self._tell("refine with the model", number, rounds)
            poor = worst(so_far, asked)
            asked |= {block.id for block in poor}
            with self._clock.stage("refine with the model"):
                found = [self._repair(so_far, block, self._model) for block in poor]
                if not any(repair.changes for repair in found):
                    break
                so_far = with_suggestions(so_far, found, "look", self.draw, rising=True)
        return so_far

    def _repair(self, so_far: Refined, block: Block, model: Model) -> Repair:
        rendered, drawn = so_far.judgement.rendered.image, so_far.judgement.drawn.get(block.id)
        changes = repairs(so_far.page, block.id, self._picture, rendered, model, drawn=drawn.ink if drawn else None)
        return Repair(block, changes)

    def edited(self, page: Page, instruction: str, block: str | None) -> Conversion:
        """Change a page as a person says."""
        assert self._model is not None
        with self._clock.stage("edit"):
            found = edited(page, instruction, model=self._model, image=self._picture, block=block)
        self._notes += found.refused
        with self._clock.stage("render"):
            return self.finished(Refined(found.page, self.draw(found.page)))

    def finished(self, refined: Refined) -> Conversion:
        """Write the code as it was asked for, and look at it once more."""
        page, judgement = refined.page, refined.judgement
        with self._clock.stage("emit"):
            code = self._code(page)
        with self._clock.stage("check"):
            rendered = judgement.rendered if self._is_plain else self._renderer.render(code, width=page.width)
            narrow = self._renderer.lay_out(code, width=NARROW_PX)
        report = Report(
            made_with=f"vl2agent {__version__}",
            width=page.width,
            height=page.height,
            scale=self._scale,
            settings=self._settings,
            naming=self._naming(page),
            score=judgement.score,
            blocks=tuple(judgement.blocks.values()),
            rounds=refined.rounds,
            sideways_at_375=narrow.width > NARROW_PX,
            refused_requests=len(rendered.refused),
            seconds=dict(self._clock.seconds),
        )
        return Conversion(
            page=page,
            code=code,
            report=report,
            original=self._picture,
            rendered=_cut(rendered.image, page),
            model=self._model,
        )

    def draw(self, page: Page) -> Judgement:
        """Render a page, and score it against the picture."""
        return self._judge.judge(page, self._renderer.render(self._code(page, instrumented=True), width=page.width))

    @property
    def _is_plain(self) -> bool:
        """Whether the code that is asked for is the code that is judged."""
        return self._settings.style == "css" and self._settings.framework == "html"

    def _tell(self, stage: str, done: int, total: int, block: str = "") -> None:
        self._clock.on_progress(Stage(stage, done, total, block))

    def _code(self, page: Page, *, instrumented: bool = False) -> Code:
        asked = self._settings
        code = emit(
            page,
            self._picture,
            layout=asked.layout,
            style="css" if instrumented else asked.style,
            pictures=asked.pictures,
            framework="html" if instrumented else asked.framework,
            instrumented=instrumented,
            cut=self._cut,
        )
        self._cut |= {name: data for name, data in code.shown.items() if name.startswith("assets/")}
        return code

    def _naming(self, page: Page) -> Naming:
        by = Counter(block.named_by for block in page.root.walk())
        slot = self._model.backend.model if self._model else "rules"
        return Naming(slot=slot, rules=by["rules"], model=by["model"], edit=by["edit"], notes=tuple(self._notes))


def _cut(rendered: Image, page: Page) -> Image:
    """Leave out what a window shows below a page that is less high than it."""
    from vl2agent.web2code.render import VIEWPORT_HEIGHT

    is_window = rendered.height == VIEWPORT_HEIGHT > page.height
    return rendered.crop((0, 0, rendered.width, page.height)) if is_window else rendered
