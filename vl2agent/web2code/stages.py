"""The stages of a conversion, one after the other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vl2agent import __version__
from vl2agent.web2code.convert import Conversion
from vl2agent.web2code.emit.element import Code
from vl2agent.web2code.emit.emit import emit
from vl2agent.web2code.ir import Page
from vl2agent.web2code.judge import Judge, Judgement
from vl2agent.web2code.name.rules import name
from vl2agent.web2code.perceive.perceive import perceive
from vl2agent.web2code.progress import Clock, OnProgress, Stage
from vl2agent.web2code.refine import Refined, refined
from vl2agent.web2code.report import Naming, Report, Settings
from vl2agent.web2code.structure.structure import structure

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.calls import Model
    from vl2agent.web2code.render import Renderer

NARROW_PX = 375
"""A phone's window, in which no page may scroll sideways."""


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

    def run(self, rounds: int) -> Conversion:
        """Go through all of them."""
        with self._clock.stage("perceive"):
            page = perceive(self._picture)
        with self._clock.stage("structure"):
            page = structure(page)
        with self._clock.stage("name"):
            page = name(page)
        return self.finished(self.refined(page, rounds))

    def refined(self, page: Page, rounds: int) -> Refined:
        """Draw it, and correct what is off."""
        with self._clock.stage("render"):
            judge = Judge(self._picture)
            first = Refined(page, self._drawn(page, judge))
        with self._clock.stage("refine"):
            return refined(
                first,
                lambda page: self._drawn(page, judge),
                rounds,
                lambda number: self._clock.on_progress(Stage("refine", number, rounds)),
            )

    def finished(self, refined: Refined) -> Conversion:
        """Write the code as it was asked for, and look at it once more."""
        page = refined.page
        with self._clock.stage("emit"):
            code = self._code(page)
        with self._clock.stage("check"):
            rendered = self._renderer.render(code, width=page.width)
            narrow = self._renderer.lay_out(code, width=NARROW_PX)
        judgement = refined.judgement
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
            page=page, code=code, report=report, original=self._picture, rendered=rendered.image, model=self._model
        )

    def _drawn(self, page: Page, judge: Judge) -> Judgement:
        code = self._code(page, instrumented=True)
        return judge.judge(page, self._renderer.render(code, width=page.width))

    def _code(self, page: Page, *, instrumented: bool = False) -> Code:
        asked = self._settings
        return emit(
            page,
            self._picture,
            layout=asked.layout,
            style="css" if instrumented else asked.style,
            pictures=asked.pictures,
            framework="html" if instrumented else asked.framework,
            instrumented=instrumented,
        )

    def _naming(self, page: Page) -> Naming:
        by = Counter(block.named_by for block in page.root.walk())
        return Naming(slot="rules", rules=by["rules"], model=by["model"], edit=by["edit"])
