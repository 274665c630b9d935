"""Steps with all that belongs to them, whatever happened to the run and to the clocks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from eventful_run import Run, save_button

from vl2agent.actions import Click
from vl2agent.geometry import ScreenPoint
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Ended, Noted, Planned
from vl2agent.recording.writer import Recorder
from vl2agent.steps import ClickIntent, Plan, Verdict
from vl2agent.trace.clock import Clock
from vl2agent.trace.entries import entries
from vl2agent.trace.phases import phases

CLICK = Click(point=ScreenPoint(5, 5))


def test_a_step_has_what_was_asked_in_it(eventful: Path) -> None:
    """Readings and calls come before the plan that they led to, and belong to its step."""
    first, second, *_ = entries(Recording(eventful))
    assert (len(first.readings), len(first.calls), len(first.asked), len(first.decisions)) == (1, 1, 1, 2)
    assert (len(second.readings), len(second.calls)) == (0, 0)


def test_phases_fill_a_step(eventful: Path) -> None:
    """They follow each other without a hole, in the order of the loop."""
    for entry in entries(Recording(eventful)):
        found = phases(entry)
        assert all(one.end_s == other.start_s for one, other in pairwise(found))
    assert [phase.name for phase in phases(entries(Recording(eventful))[0])] == [
        "plan",
        "ground",
        "decide",
        "act",
        "settle",
        "judge",
    ]


def test_a_step_that_was_begun_again_is_there_twice(tmp_path: Path) -> None:
    """After a run was resumed; each has a name of its own, and the first one stays uncertain."""
    run = Run(tmp_path / "run.v2a")
    run.plan(ClickIntent(target="it"), CLICK, save_button())
    run.recorder.close()
    recorder = Recorder.resume(tmp_path / "run.v2a")
    recorder.write(Planned(step=1, frame=0, plan=Plan(intent=ClickIntent(target="that"))))
    recorder.finish(Ended(ok=False, message=""))
    first, second = entries(Recording(tmp_path / "run.v2a"))
    assert (first.name, second.name) == ("step-1", "step-1-2")
    assert second.planned
    assert second.planned.plan.intent == ClickIntent(target="that")


def test_an_unfinished_step_goes_on_to_the_last_frame(tmp_path: Path) -> None:
    """What was seen after its action is its after, though nobody judged it."""
    from eventful_run import screen

    run = Run(tmp_path / "run.v2a")
    run.plan(ClickIntent(target="it"), CLICK, save_button())
    run.recorder.see(screen(3))
    run.recorder.close()
    (entry,) = entries(Recording(tmp_path / "run.v2a"))
    assert (entry.before, entry.after) == (0, 1)


def test_time_never_goes_back() -> None:
    """A machine that was started anew begins to count anew; the wall clock says how much passed, or nothing does."""
    clock = Clock()
    times = [(100.0, 5000.0), (101.5, 5001.5), (3.0, 5061.5), (4.0, 5062.5), (1.0, 4000.0)]
    told = [clock.at(Noted(text="", wall_s=wall_s, mono_s=mono_s)) for mono_s, wall_s in times]
    assert told == pytest.approx([0, 1.5, 61.5, 62.5, 62.5])


def test_an_effect_without_its_receipt_is_uncertain(tmp_path: Path) -> None:
    """And one with it is not."""
    run = Run(tmp_path / "run.v2a")
    run.plan(ClickIntent(target="it"), CLICK, save_button())
    run.act(CLICK, Verdict(outcome="unchanged"))
    run.end()
    assert not entries(Recording(tmp_path / "run.v2a"))[0].uncertain
