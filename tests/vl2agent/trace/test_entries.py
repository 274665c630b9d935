"""Steps with all that belongs to them, whatever happened to the run and to the clocks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from eventful_run import SIZE, Run, save_button, screen
from recorded_runs import Form, FormReader

from vl2agent.actions import Click
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.readings import Reading
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Ended, Intended, Judged, Noted, Planned, Read, Received
from vl2agent.recording.writer import Recorder
from vl2agent.scripting.sync_expecting import expect
from vl2agent.scripting.sync_screen import Screen
from vl2agent.steps import ClickIntent, Plan, Receipt, Verdict
from vl2agent.trace.clock import Clock
from vl2agent.trace.entries import entries
from vl2agent.trace.phases import phases
from vl2agent.trace.telling import outcome_of, title_of, tone_of

CLICK = Click(point=ScreenPoint(5, 5))


def test_a_step_has_what_was_asked_in_it(eventful: Path) -> None:
    """Readings and calls come before the plan that they led to, and belong to its step."""
    first, second, *_ = entries(Recording(eventful))
    assert (len(first.readings), len(first.calls), len(first.asked), len(first.decisions)) == (1, 1, 1, 2)
    assert (len(second.readings), len(second.calls)) == (0, 0)


def test_a_script_that_ends_with_a_look_has_finished(tmp_path: Path) -> None:
    """What it expected after the last action is no step that broke off."""
    form = Form()
    with Screen(form, perception=FormReader(form), recorder=Recorder(tmp_path / "script.v2a")) as screen_:
        screen_.locate("Name").type("Ann")
        expect(screen_).to_show("Ann")
    last = entries(Recording(tmp_path / "script.v2a"))[-1]
    assert (title_of(last), outcome_of(last), tone_of(last)) == ("look at the screen", "looked", "soft")


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


def cut_off_and_resumed(path: Path) -> Recorder:
    """A run that was cut off between an intent and its receipt, and another process that reads the screen."""
    run = Run(path)
    run.plan(ClickIntent(target="it"), CLICK, save_button())
    run.recorder.write(Intended(step=1, action=CLICK))
    run.recorder.close()
    recorder = Recorder.resume(path)
    recorder.see(screen(0))
    region = ScreenBox(0, 0, *SIZE)
    recorder.write(Read(step=1, reading=Reading(ask="elements", frame=screen(0).frame.digest, region=region)))
    return recorder


def test_a_step_that_was_begun_again_is_there_twice(tmp_path: Path) -> None:
    """Its action had not happened; what was read to plan it anew belongs to the second one."""
    recorder = cut_off_and_resumed(tmp_path / "run.v2a")
    recorder.write(Planned(step=1, frame=1, plan=Plan(intent=ClickIntent(target="that"))))
    recorder.finish(Ended(ok=False, message=""))
    first, second = entries(Recording(tmp_path / "run.v2a"))
    assert (first.name, first.uncertain, first.superseded, len(first.readings)) == ("step-1", False, True, 0)
    assert (second.name, second.before, len(second.readings)) == ("step-1-2", 1, 1)


def test_a_step_that_was_finished_later_is_there_once(tmp_path: Path) -> None:
    """Whoever resumed the run looked, and found that it had happened."""
    recorder = cut_off_and_resumed(tmp_path / "run.v2a")
    recorder.write(Received(step=1, receipt=Receipt(delivery="uncertain", duration_s=0)))
    recorder.write(Judged(step=1, frame=1, verdict=Verdict(outcome="changed"), seconds=0.1))
    recorder.finish(Ended(ok=False, message=""))
    (entry,) = entries(Recording(tmp_path / "run.v2a"))
    assert (entry.resumed, entry.uncertain, len(entry.readings)) == (True, False, 1)


def test_an_unfinished_step_goes_on_to_the_last_frame(tmp_path: Path) -> None:
    """What was seen after its action is its after, though nobody judged it."""
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
