"""The figures of web-to-code as a page of documentation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from vl2agent import __version__
from vl2agent.bench.markdown import hardware
from vl2agent.bench.web2code import Report

TERMS = ("strict", "block", "text", "position", "color", "visual", "box_iou")

HOW_SCORED = """\
## How it is scored

The converter sees the picture only. The page it writes and the page that the picture was taken of are both rendered
here: Chromium, 1280 pixels wide, scripts off, offline. A block is a text node (or what a field shows) whose pixels
change when all text is made transparent; its box is that ink. Neighbours merge while the likeness to their best partner
rises by more than 0.05; blocks are assigned by likeness, with a tenth for the pairs before and after and a tenth for
nearness; pairs less than half alike drop.

    block    = area of the matched blocks / area of all blocks
    text     = mean likeness;  position = mean 1 - max(|dx|, |dy|);  color = mean 1 - dE2000 / 100
    visual   = mean of SSIM, tone and edges, all text transparent
    strict   = 0.8 * block * mean(text, position, color) + 0.2 * visual

A page that fails counts 0. Suspect are pages with more than a quarter of their area in pictures beyond the source's, or
with any request to elsewhere. Roles are F1 of h1-h6 (one role), a, button, input, table, li, nav and img against the
source's tags, by overlap of at least a half. "Placed" is the share of visible elements that are absolutely positioned
or fixed.

Block, text, position and color are Design2Code's, with these differences: colors are medians of the strongest ink
instead of means over boxes; difflib runs without its junk heuristic; fields count as text; nearness decides between
equal texts. There is no CLIP: `visual`, and all that holds it, compares in order, not in value. What ::before and
::after draw, as icon fonts do, is picture and no text. Texts of 32 letters and more are compared where they share at
least 15 % of their runs of five letters, and merging tries the three partners that share most."""


def page(report: Report, command: str) -> str:
    """Write the page.

    Args:
        report: what was measured.
        command: how to measure it again.
    """
    figures = [*_targets(report), "", *_pages(report), "", *_roles(report)]
    parts = [*_head(report, command), "", *figures, "", HOW_SCORED]
    return "\n".join(parts).rstrip() + "\n"


def _head(report: Report, command: str) -> Iterator[str]:
    yield f"# Screenshots made into pages, {report.layout} layout"
    yield ""
    yield f"**strict {report.mean('strict'):.3f}, box IoU {report.mean('box_iou'):.3f}** over {len(report.results)} pages."
    yield ""
    yield f"Version {__version__}, {date.today().isoformat()}, {hardware()}. Measured by `{command}`."


def _targets(report: Report) -> Iterator[str]:
    yield "| figure | value | wanted | |"
    yield "| --- | --- | --- | --- |"
    for target in report.targets():
        yield f"| {target.name} | {target.value:.3f} | {target.wanted} | {'met' if target.met else 'missed'} |"


def _pages(report: Report) -> Iterator[str]:
    headings = (*(term.replace("_", " ") for term in TERMS), "roles", "placed", "wide at 375", "seconds")
    yield f"| page | {' | '.join(headings)} |"
    yield "| --- " * (len(headings) + 1) + "|"
    for result in report.results:
        score = result.score
        if score is None:
            yield f"| {result.truth.name} | 0 " + "| " * (len(headings) - 1) + f"| {result.problem[:80]} |"
            continue
        figures = " | ".join(f"{getattr(score, term):.3f}" for term in TERMS)
        wide = "yes" if score.overflow_375 else ""
        beside = f"{score.roles.f1 if score.roles else 0:.2f} | {score.abs_share:.2f} | {wide} | {result.seconds:.1f}"
        yield f"| {result.truth.name} | {figures} | {beside} |"
    yield f"| mean | {' | '.join(f'{report.mean(term):.3f}' for term in TERMS)} |" + " |" * 4


def _roles(report: Report) -> Iterator[str]:
    roles = report.roles()
    yield f"| {' | '.join(roles)} |"
    yield "| --- " * len(roles) + "|"
    yield f"| {' | '.join(f'{f1:.2f}' for f1 in roles.values())} |"
