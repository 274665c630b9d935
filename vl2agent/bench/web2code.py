"""How well screenshots become pages: each is converted, rendered, and scored against the page it was taken of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from time import monotonic
from typing import TYPE_CHECKING, Any

from PIL import Image

from vl2agent.errors import InputError

if TYPE_CHECKING:
    from vl2agent.web2code.convert import Conversion
    from vl2agent.web2code.render import Renderer
    from vl2agent.web2code.score.roles import RoleCount
    from vl2agent.web2code.score.score import Score

logger = logging.getLogger(__name__)

SHARES = ("strict", "d2c5", "block", "text", "position", "color", "visual", "ssim_full", "box_iou")
"""Terms of a page that failed count 0."""
HTML_PER_TEXT, HTML_BESIDES = 3, 6 * 1024
"""Bytes of HTML that a page may have for each byte of text, and besides."""


@dataclass(frozen=True)
class Truth:
    """A page to be matched: its source, and the picture of it, which is all that a converter sees."""

    name: str
    html: Path
    picture: Path


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one page.

    Args:
        truth: which one.
        seconds: of the conversion; scoring is not counted.
        score: None where it failed.
        problem: why it failed.
        shown: the two renders, for a picture of all.
    """

    truth: Truth
    seconds: float
    score: Score | None = None
    problem: str = ""
    shown: tuple[Image.Image, Image.Image] | None = None

    def summary(self) -> dict[str, Any]:
        """Return the page's figures as JSON has them, without the blocks."""
        said: dict[str, Any] = {"page": self.truth.name, "seconds": round(self.seconds, 2)}
        if self.score is None:
            return said | {"strict": 0.0, "problem": self.problem}
        figures = self.score.model_dump(mode="json", exclude={"blocks"})
        return said | {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}


@dataclass(frozen=True)
class Target:
    """A figure that is to be reached."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        above = self.least is None or self.value >= self.least
        return above and (self.most is None or self.value <= self.most)

    @property
    def wanted(self) -> str:
        return f">= {self.least:g}" if self.least is not None else f"<= {self.most:g}"


@dataclass(frozen=True)
class Report:
    """The figures of all pages."""

    layout: str
    results: tuple[Result, ...]

    @property
    def scores(self) -> list[Score]:
        return [result.score for result in self.results if result.score]

    def mean(self, term: str) -> float:
        """Return the mean of a term over all pages; those that failed count 0."""
        return float(sum(getattr(score, term) for score in self.scores) / len(self.results))

    def targets(self) -> list[Target]:
        """Return what a layout is to reach."""
        worst = min((score.strict for score in self.scores), default=0.0)
        worst = worst if len(self.scores) == len(self.results) else 0.0
        scores = self.scores
        narrow = sum(not score.overflow_375 for score in scores) / len(self.results)
        absolute = [
            Target("strict, mean", self.mean("strict"), least=0.93),
            Target("box IoU, mean", self.mean("box_iou"), least=0.90),
        ]
        flow = [
            Target("strict, mean", self.mean("strict"), least=0.88),
            Target("strict, worst page", worst, least=0.70),
            Target("share of placed elements", _mean(score.abs_share for score in scores), most=0.15),
            Target("pages that fit 375 px", narrow, least=0.8),
            Target("depth beyond the source", _median(s.depth - (s.reference_depth or 0) for s in scores), most=4),
            Target("HTML bytes beyond 3 x text + 6 KB", _median(map(_beyond, scores)), most=0),
        ]
        both = [
            Target("suspect pages", sum(score.suspect for score in scores), most=0),
            Target("seconds, median", _median(result.seconds for result in self.results), most=15),
        ]
        return [*(absolute if self.layout == "absolute" else flow), *both]

    def roles(self) -> dict[str, float]:
        """Return the F1 of each role over all pages, and of all roles as the mean over pages."""
        pooled: dict[str, list[RoleCount]] = {}
        for score in self.scores:
            for role, count in (score.roles.counts if score.roles else {}).items():
                pooled.setdefault(role, []).append(count)
        each = {role: _f1(counts) for role, counts in sorted(pooled.items())}
        return {"all": sum(score.roles.f1 for score in self.scores if score.roles) / len(self.results), **each}

    def summary(self) -> dict[str, Any]:
        """Return the figures as JSON has them."""
        return {
            "layout": self.layout,
            "pages": len(self.results),
            "failed": [result.truth.name for result in self.results if result.score is None],
            "suspect": [result.truth.name for result in self.results if result.score and result.score.suspect],
            "overflow_375": [r.truth.name for r in self.results if r.score and r.score.overflow_375],
            "mean": {term: round(self.mean(term), 4) for term in SHARES},
            "median": {term: round(_median(getattr(s, term) for s in self.scores), 4) for term in SHARES},
            "roles": {role: round(f1, 4) for role, f1 in self.roles().items()},
            "targets": [
                {"name": t.name, "value": round(t.value, 4), "wanted": t.wanted, "met": t.met} for t in self.targets()
            ],
            "each": [result.summary() for result in self.results],
        }


def truths(folder: Path, names: Sequence[str] = ()) -> list[Truth]:
    """Find the pages of a folder, NAME.html with NAME.png beside it, in the order of their names.

    Raises:
        InputError: there are none, or not those that are asked for.
    """
    found = {
        page.stem: Truth(page.stem, page, picture)
        for page in sorted(folder.glob("*.html"))
        if (picture := page.with_suffix(".png")).is_file()
    }
    if not found:
        raise InputError(f"expected pages NAME.html with NAME.png beside them in {str(folder)!r}, found none")
    if unknown := [name for name in names if name not in found]:
        raise InputError(f"expected pages of {str(folder)!r} ({', '.join(found)}), got {unknown[0]!r}")
    return [found[name] for name in names or found]


def measure(
    pages: Sequence[Truth],
    convert: Callable[[Image.Image, Renderer], Conversion],
    *,
    layout: str = "flow",
    progress: Callable[[Truth], None] = lambda truth: None,
    done: Callable[[Result, Conversion | None], None] = lambda result, conversion: None,
) -> Report:
    """Convert and score pages.

    Args:
        pages: which.
        convert: makes a page of a picture; is lent the browser.
        layout: whose targets are told.
        progress: is told of each page before it begins.
        done: is told of each page, with what was made of it.

    Raises:
        MissingExtra, MissingPackages, SandboxError: no browser can be started.
    """
    from vl2agent.web2code.render import Renderer

    results = []
    with Renderer() as renderer:
        renderer.lay_out("<p>")  # a browser that does not start is no failure of a page
        for truth in pages:
            progress(truth)
            result, conversion = _measured(truth, convert, renderer)
            done(result, conversion)
            results.append(result)
    return Report(layout, tuple(results))


def _measured(
    truth: Truth, convert: Callable[[Image.Image, Renderer], Conversion], renderer: Renderer
) -> tuple[Result, Conversion | None]:
    from vl2agent.web2code.score.score import score

    with Image.open(truth.picture) as file:
        picture = file.convert("RGB")
    started = monotonic()
    try:
        conversion = convert(picture, renderer)
        seconds = monotonic() - started
        pair = renderer.render(truth.html), renderer.render(conversion)
        found = score(*pair, renderer=renderer)
    except Exception as error:  # whatever goes wrong, the page counts 0 and the others are still measured
        logger.debug("%s failed", truth.name, exc_info=True)
        problem = f"{type(error).__name__}: {error}"
        return Result(truth=truth, seconds=monotonic() - started, problem=problem), None
    shown = pair[0].image, pair[1].image
    return Result(truth=truth, seconds=seconds, score=found, shown=shown), conversion


def _beyond(score: Score) -> float:
    return score.html_bytes - HTML_PER_TEXT * score.text_bytes - HTML_BESIDES


def _f1(counts: Sequence[RoleCount]) -> float:
    return 2 * sum(count.both for count in counts) / sum(count.reference + count.generated for count in counts)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0


def _median(values: Iterable[float]) -> float:
    found = list(values)
    return float(median(found)) if found else 0.0
