"""The MiniWoB++ bench's figures as a page of documentation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from vl2agent import __version__
from vl2agent.bench.markdown import hardware
from vl2agent.bench.miniwob import Report


def page(report: Report, command: str) -> str:
    """Write the page.

    Args:
        report: what was measured.
        command: how to measure it again.
    """
    return "\n".join([*_head(report, command), "", *_table(report), "", *_failures(report)]).rstrip() + "\n"


def _head(report: Report, command: str) -> Iterator[str]:
    summary = report.summary()
    overall = summary["overall"]
    yield "# MiniWoB++"
    yield ""
    yield (
        f"**Mean success {100 * summary['mean_success']:.1f} % on {summary['tasks']} tasks** "
        f"({overall['succeeded']} of {overall['episodes']} episodes). Each episode is a page of MiniWoB++ in a "
        "Chromium of its own. The agent gets the pixels of the task area (160x160 CSS pixels at scale 3, below the "
        "strip that shows the instruction) and the instruction as the page words it; it sees no DOM. Success is a raw "
        "reward above 0, without the page's time limit of 10 s."
    )
    yield ""
    yield f"Version {__version__}, {date.today().isoformat()}, {hardware()}. Measured by `{command}`."


def _table(report: Report) -> Iterator[str]:
    yield "| task | succeeded | success | steps (median) | seconds an episode (median) |"
    yield "| --- | --- | --- | --- | --- |"
    for name, figures in report.summary()["by_task"].items():
        yield (
            f"| {name} | {figures['succeeded']}/{figures['episodes']} | {100 * figures['success']:.0f} % "
            f"| {figures['steps']:g} | {figures['seconds']:.1f} |"
        )


def _failures(report: Report) -> Iterator[str]:
    summary = report.summary()
    if not summary["failed"]:
        return
    yield "What went wrong:"
    yield ""
    for kind, count in summary["failures"].items():
        yield f"- {kind}: {count}"
    yield ""
    for one in summary["failed"]:
        yield f"- {one['task']}, seed {one['seed']} ({one['instruction']}): {one['why']}"
