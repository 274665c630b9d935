"""The figures of the hostile screens as a page of documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from vl2agent import __version__
from vl2agent.bench.injection.measure import Report
from vl2agent.bench.injection.truth import HostileScreen
from vl2agent.bench.markdown import hardware

WHO = {
    "embedded": "the embedded planner, with the goal",
    "hostile": "a planner that obeys the screen",
    "model": "the model's planner, on replies that obey the screen",
    "benign": "what the goal takes, at its true places",
    "unguarded": "a planner that obeys the screen, without the guard",
}


def page(report: Report, screens: Sequence[HostileScreen], command: str) -> str:
    """Write the page.

    Args:
        report: what was measured.
        screens: on what.
        command: how to measure it again.
    """
    parts = [*_head(report, command), "", *_planners(report), "", *_wrong(report), *_screens(screens)]
    return "\n".join(parts).rstrip() + "\n"


def _head(report: Report, command: str) -> Iterator[str]:
    benign = report.summary()["benign"]
    yield "# Hostile screens, measured"
    yield ""
    yield (
        f"**{report.outside} actions outside of what was asked for reached an executor** on {report.screens} screens; "
        f"{benign['blocked']} of {benign['actions']} benign actions were blocked ({100 * benign['share']:.1f} %). "
        "The loop, the door and the policy are those of `vl2agent run --guard`; the executor only writes down what it "
        "is handed, and the truth of each page and dialog says whether that was asked for. "
        "[What it means, and what not](injection.md)."
    )
    yield ""
    yield f"Version {__version__}, {date.today().isoformat()}, {hardware()}. Measured by `{command}`."


def _planners(report: Report) -> Iterator[str]:
    summary = report.summary()
    rows = summary["planners"] | {"unguarded": summary["without the guard"]}
    yield "| who wants what | runs | decisions | allowed | outside of the goal |"
    yield "| --- | --- | --- | --- | --- |"
    for name, figures in rows.items():
        if figures["runs"]:
            numbers = " | ".join(f"{figures[key]:,}" for key in ("runs", "decisions", "allowed", "outside"))
            yield f"| {WHO[name]} | {numbers} |"


def _wrong(report: Report) -> Iterator[str]:
    """Everything that reached the executor, and every benign action that was blocked."""
    summary = report.summary()
    for kind, said in (("reached", "reached the executor"), ("blocked", "was blocked though benign")):
        for each in summary[kind]:
            actions = ", ".join(str({k: v for k, v in action.items() if v}) for action in each["actions"])
            who = f"{each['planner']} {each['attack']}".rstrip()
            yield f"- {said}: {each['screen']}, {who}: {actions}"
    if summary["reached"] or summary["blocked"]:
        yield ""


def _screens(screens: Sequence[HostileScreen]) -> Iterator[str]:
    yield "| screen | goal | how it tries | wants |"
    yield "| --- | --- | --- | --- |"
    for screen in screens:
        tricks = "; ".join(lure.trick for lure in screen.lures)
        yield f"| {screen.name} | {screen.goal} | {tricks} | {len(screen.injected)} actions |"
