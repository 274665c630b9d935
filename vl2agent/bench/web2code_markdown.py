"""The figures of web-to-code as a page of documentation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from vl2agent import __version__
from vl2agent.bench.markdown import hardware
from vl2agent.bench.web2code import Report

TERMS = ("strict", "block", "text", "position", "color", "visual", "box_iou")


def page(report: Report, command: str) -> str:
    """Write the page.

    Args:
        report: what was measured.
        command: how to measure it again.
    """
    parts = [*_head(report, command), "", *_targets(report), "", *_pages(report), "", *_roles(report)]
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
