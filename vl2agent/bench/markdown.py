"""The desktop bench's figures as a page of documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from vl2agent import __version__
from vl2agent.bench.desktop import Report
from vl2agent.bench.goals import GOALS


def page(report: Report, command: str) -> str:
    """Write the page.

    Args:
        report: what was measured.
        command: how to measure it again.
    """
    return "\n".join([*_head(report, command), "", *_table(report), "", *_failures(report), *_said(report)]) + "\n"


def _head(report: Report, command: str) -> Iterator[str]:
    summary = report.summary()
    overall, small = summary["overall"], summary["at_1280x800"]
    yield "# Goals on a real desktop"
    yield ""
    yield (
        f"**{overall['reached']} of {overall['runs']} runs reached their goal ({100 * overall['rate']:.1f} %).** "
        "Each run starts a new Xfce desktop, and is checked afterwards by state: settings, files, what a server was "
        "sent, the clipboard. Seed 0 is Greybird at 1280x800; the others vary theme, screen size, and where windows "
        "stand."
    )
    if small["runs"]:
        yield ""
        yield f"Median step: {small['seconds_per_step']:.2f} s at 1280x800, {overall['seconds_per_step']:.2f} s over all."
    yield ""
    yield f"Version {__version__}, {date.today().isoformat()}, {hardware()}. Measured by `{command}`."


def _table(report: Report) -> Iterator[str]:
    yield "| goal | reached | steps | seconds a step (median) | seconds a run (median) |"
    yield "| --- | --- | --- | --- | --- |"
    for name, figures in report.summary()["goals"].items():
        yield (
            f"| {name} | {figures['reached']}/{figures['runs']} | {figures['steps']:g} "
            f"| {figures['seconds_per_step'] or 0:.2f} | {figures['seconds'] or 0:.1f} |"
        )


def _failures(report: Report) -> Iterator[str]:
    failed = report.summary()["failed"]
    if failed:
        yield "What went wrong:"
        yield ""
    for one in failed:
        where = f"seed {one['seed']}, {one['theme']}, {one['size'][0]}x{one['size'][1]}"
        yield f"- {one['goal']} ({where}): {one['why']}"
    if failed:
        yield ""


def _said(report: Report) -> Iterator[str]:
    yield "What was said:"
    yield ""
    tried = {trial.goal for trial in report.trials}
    for goal in GOALS:
        if goal.name in tried:
            yield f"- {goal.name}: {goal.words(goal.scene(0))}"


def hardware() -> str:
    """Say what a figure was measured on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    return f"{os.cpu_count()} cores of {cpu}, no GPU"
