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

ORACLE = (
    "Planned and seen by the oracle: it answers plan and ground prompts in VL2's own text, from what the programs say of "
    "themselves (their accessibility tree, and the list of windows), and reads the screen for what they do not say: icons "
    "on the desktop, in folders and in the settings' window, open lists, ticks in boxes. So these figures tell whether "
    "the way around a model is sound (prompts, ledger, grammar, parsing, looking closer, verdicts), and nothing of how "
    "well a model sees, or how long it takes."
)


def page(report: Report, command: str, model: str = "") -> str:
    """Write the page.

    Args:
        report: what was measured.
        command: how to measure it again.
        model: what planned and saw; empty for the embedded default.
    """
    table = _asked(report) if model == "oracle" else _timed(report)
    parts = [_head(report, command, model), table, _screens(report), _calls(report), _failures(report), _said(report)]
    return "\n\n".join(text for part in parts if (text := "\n".join(part).rstrip())) + "\n"


def _head(report: Report, command: str, model: str) -> Iterator[str]:
    summary = report.summary()
    overall, small = summary["overall"], summary["at_1280x800"]
    yield "# Goals on a real desktop" + (f", with {'the oracle' if model == 'oracle' else model}" if model else "")
    yield ""
    yield (
        f"**{overall['reached']} of {overall['runs']} runs reached their goal ({100 * overall['rate']:.1f} %).** "
        "Each run starts a new Xfce desktop, and is checked afterwards by state: settings, files, what a server was "
        "sent, the clipboard. Seed 0 is Greybird, at 1280x800 unless a size is given; the others vary theme, screen "
        "size, and where windows stand."
    )
    if small["runs"] and model != "oracle":
        yield ""
        at_1280, over_all = (figures["seconds_per_step"] or 0 for figures in (small, overall))
        yield f"Median step: {at_1280:.2f} s at 1280x800, {over_all:.2f} s over all."
    yield ""
    if model == "oracle":
        yield ORACLE
        yield ""
    yield f"Version {__version__}, {date.today().isoformat()}, {hardware()}. Measured by `{command}`."


def _timed(report: Report) -> Iterator[str]:
    yield "| goal | reached | steps | seconds a step (median) | seconds a run (median) |"
    yield "| --- | --- | --- | --- | --- |"
    for name, figures in report.summary()["goals"].items():
        yield (
            f"| {name} | {figures['reached']}/{figures['runs']} | {figures['steps']:g} "
            f"| {figures['seconds_per_step'] or 0:.2f} | {figures['seconds'] or 0:.1f} |"
        )


def _asked(report: Report) -> Iterator[str]:
    """Tell calls instead of seconds."""
    purposes = ("plan", "repair", "ground", "zoom")
    yield f"| goal | reached | steps | {' | '.join(purposes)} | largest prompt |"
    yield "| --- " * (len(purposes) + 4) + "|"
    for name, figures in report.summary()["goals"].items():
        calls = " | ".join(str(figures["calls"].get(purpose, 0)) for purpose in purposes)
        reached = f"{figures['reached']}/{figures['runs']}"
        yield f"| {name} | {reached} | {figures['steps']:g} | {calls} | {figures['most_tokens']} |"


def _screens(report: Report) -> Iterator[str]:
    if len(report.screens) > 1:
        yield "| screen | reached |"
        yield "| --- | --- |"
        for name, figures in report.summary()["screens"].items():
            yield f"| {name} | {figures['reached']}/{figures['runs']} |"


def _calls(report: Report) -> Iterator[str]:
    overall = report.summary()["overall"]
    if overall["calls"]:
        asked = ", ".join(f"{number} {purpose}" for purpose, number in sorted(overall["calls"].items()))
        yield (
            f"Calls to the model: {asked}; {overall['failed_calls']} of them failed. The largest prompt took "
            f"{overall['most_tokens']} tokens, with what is kept free for the reply."
        )


def _failures(report: Report) -> Iterator[str]:
    failed = report.summary()["failed"]
    if failed:
        yield "What went wrong:"
        yield ""
    for one in failed:
        scale = f" at scale {one['scale']}" if one["scale"] > 1 else ""
        where = f"seed {one['seed']}, {one['theme']}, {one['size'][0]}x{one['size'][1]}{scale}"
        yield f"- {one['goal']} ({where}): {one['why']}"


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
