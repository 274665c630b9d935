"""The MiniWoB++ bench's figures as a page of documentation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from vl2agent import __version__
from vl2agent.bench.markdown import hardware
from vl2agent.bench.miniwob import Report

EMBEDDED = (
    "No model is used: the screen is read, and the instruction goes to the same command grammar as the goals of "
    "`vl2agent run` ([what it understands](goals.md)). Nothing knows a task or its page. "
    "[The 15 text-directed tasks](bench-miniwob.md) were named before anything was tuned; their mean was 65.3 % then "
    "(seeds 100 to 104). The grammar learned more ordinary English, and to use lists that open out of sight and "
    "submenus, on seeds from 100 on; the seeds below were not looked at. "
    "[All tasks that clicks and keys can do](bench-miniwob-all.md) show where it ends: most of them ask for "
    "arithmetic, colors, shapes, comparisons or a search, and are refused or not found rather than guessed at."
)
"""What is to be known of the figures of the embedded default."""
DETAILS = 30
"""Up to so many failures are told one by one."""


def page(report: Report, command: str, *, embedded: bool = True) -> str:
    """Write the page.

    Args:
        report: what was measured.
        command: how to measure it again.
        embedded: the embedded default was measured, not a model.
    """
    parts = [*_head(report, command), "", *([EMBEDDED, ""] if embedded else []), *_table(report), ""]
    return "\n".join([*parts, *_failures(report)]).rstrip() + "\n"


def _head(report: Report, command: str) -> Iterator[str]:
    summary = report.summary()
    overall = summary["overall"]
    yield "# MiniWoB++"
    yield ""
    yield (
        f"**Mean success {100 * summary['mean_success']:.1f} % on {summary['tasks']} tasks** "
        f"({overall['succeeded']} of {overall['episodes']} episodes). Each episode is a page of MiniWoB++ in a "
        "Chromium of its own. The agent gets the pixels of the task area (160x160 CSS pixels at scale 3, below the "
        "strip that shows the instruction) and the instruction as the page words it; it sees no DOM, and is asked no "
        "more once the page says that the episode is over. Success is a raw reward above 0, without the page's time "
        "limit of 10 s."
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
        tasks = dict.fromkeys(one["task"] for one in summary["failed"] if one["kind"] == kind)
        yield f"- {kind}: {count} ({', '.join(tasks)})"
    if len(summary["failed"]) <= DETAILS:
        yield ""
        for one in summary["failed"]:
            yield f"- {one['task']}, seed {one['seed']} ({one['instruction']}): {one['why']}"
