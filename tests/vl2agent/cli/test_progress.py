"""What a person at a terminal sees of a run."""

from __future__ import annotations

import io

from rich.console import Console

from vl2agent.actions import Key
from vl2agent.cli.progress import LiveTable, PlainLines, progress
from vl2agent.steps import Clause, Plan, Step, Verdict


def step(number: int) -> Step:
    """A finished step, named by its number."""
    plan = Plan(intent=Key(keys=f"number-{number}"), checklist=(Clause(text="a", done=True), Clause(text="b")))
    return Step(number=number, plan=plan, verdict=Verdict(outcome="unchanged"), seconds=0.1)


def terminal(height: int) -> Console:
    """A terminal whose screen is kept as text."""
    return Console(file=io.StringIO(), force_terminal=True, width=100, height=height)


def test_a_long_run_shows_its_latest_steps() -> None:
    """While it goes on those that fit the screen; at the end all of them."""
    console = terminal(20)
    showing = progress(console, "a, then b", quiet=False)
    assert isinstance(showing, LiveTable)
    with showing:
        for number in range(1, 41):
            showing.finished(step(number))
        with console.capture() as running:
            console.print(showing._picture())
        assert "number-40" in running.get()
        assert "number-5 " not in running.get()
        assert len(running.get().splitlines()) <= 20
    with console.capture() as ended:
        console.print(showing._picture())
    assert "number-1 " in ended.get()
    assert "number-40" in ended.get()


def test_a_pipe_gets_a_line_for_each_step() -> None:
    """Number, what was meant, verdict, seconds."""
    file = io.StringIO()
    showing = progress(Console(file=file, width=100), "a", quiet=False)
    assert isinstance(showing, PlainLines)
    with showing:
        showing.finished(step(7))
    assert file.getvalue().splitlines() == ["goal: a", "  7. press number-7  unchanged  0.10 s"]
