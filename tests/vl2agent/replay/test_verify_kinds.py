"""Verify what is not one plain run of an agent: scripts, foreign planners, runs that were resumed, masked ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from played_agent import OK, agent
from recorded_runs import GOAL, Form, FormReader, boxed, commanded, planned

from vl2agent.actions import Key, TypeText
from vl2agent.agent import Agent
from vl2agent.errors import ActionRefused, ReplayMismatch
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rule
from vl2agent.recording.lines import to_line
from vl2agent.recording.reader import Recording
from vl2agent.recording.redaction import Redaction
from vl2agent.recording.schema import Event, FrameSeen, Intended, Judged, Received
from vl2agent.recording.writer import Recorder
from vl2agent.replay.verify import verify
from vl2agent.scripting.sync_screen import Screen

FORM = Form()


def cut_after(recording: Recording, kind: type[Event], nth: int) -> Recording:
    """Keep what stands up to the nth event of a kind, as a kill would."""
    last = [event.seq for event in recording.of(kind)][nth]
    lines = [to_line(event) for event in recording.events if event.seq <= last]
    (recording.path / "events.jsonl").write_bytes(b"".join(lines))
    return Recording(recording.path)


def resumed(recording: Recording, form: Form) -> Recording:
    """Go on with it on a screen."""
    Agent(form, perception=FormReader(form)).resume(recording.path, assume="happened")
    return Recording(recording.path)


def scripted(path: Path) -> Recording:
    """Record a script; its last action is refused."""
    form = Form()
    rules = RulePolicy([Rule(name="no escape", verdict="deny", keys=("escape",))])
    with Screen(form, perception=FormReader(form), policy=rules, recorder=Recorder(path)) as screen:
        screen.locate("Name").click()
        screen.type("Ann")
        with pytest.raises(ActionRefused):
            screen.press("escape")
    return Recording(path)


def test_a_script_is_checked_step_by_step(tmp_path: Path) -> None:
    """There is no planner to ask again; what was done is held against policy and pictures."""
    recording = scripted(tmp_path / "script.v2a")
    found = verify(recording)
    assert (found.replayed, found.steps) == (False, len(recording.steps))
    assert "a script or a person did it" in found.notes[-1]


def test_a_script_under_other_rules_is_a_mismatch(tmp_path: Path) -> None:
    """What is recorded as allowed must be allowed by the recorded rules."""
    recording = scripted(tmp_path / "script.v2a")
    run = recording.run
    assert run is not None
    rule = {"name": "no typing", "verdict": "deny", "actions": ["type"]}
    events = [run.model_copy(update={"policy": {"builtin": False, "rule": [rule]}}), *recording.events[1:]]
    (recording.path / "events.jsonl").write_bytes(b"".join(map(to_line, events)))
    with pytest.raises(ReplayMismatch, match=r"step 2, decision: .* got deny \(no typing\)"):
        verify(recording.path)


def test_a_verdict_that_the_pictures_do_not_show_is_a_mismatch(tmp_path: Path) -> None:
    """A script's verdicts are held against its frames."""
    recording = scripted(tmp_path / "script.v2a")
    first = next(recording.of(Judged))
    told = first.model_copy(
        update={"verdict": first.verdict.model_copy(update={"outcome": "unchanged", "changed": ()})}
    )
    lines = [to_line(told if event is first else event) for event in recording.events]
    (recording.path / "events.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(ReplayMismatch, match="step 1, verdict: recorded unchanged, got changed"):
        verify(recording.path)


def test_a_foreign_planner_can_be_brought_along(tmp_path: Path) -> None:
    """Without it each step is checked by itself; with it the whole loop runs again."""
    from played_agent import Eyes, Script

    intents = (OK, Key(keys="enter"), TypeText(text="x"))
    made, _ = agent(*intents, recorder=Recorder(tmp_path / "run.v2a"))
    made.run("press a few buttons")
    assert not verify(tmp_path / "run.v2a").replayed
    del Eyes
    with pytest.raises(ReplayMismatch):
        verify(tmp_path / "run.v2a", planner=Script(Key(keys="enter")))


@pytest.mark.parametrize(("kind", "nth"), [(Judged, 0), (Judged, 1), (Intended, 1), (Received, 1), (Judged, 3)])
def test_a_resumed_run_replays_in_its_parts(kind: type[Event], nth: int, tmp_path: Path) -> None:
    """Whatever it was cut off at: what each process did comes out again."""
    form = Form()
    recording = resumed(cut_after(commanded(tmp_path / "run.v2a", form=form), kind, nth), form)
    assert recording.end is not None
    found = verify(recording)
    assert found.replayed
    in_doubt = 1 if kind is not Judged else 0  # it is taken as it is written
    assert recording.gaps or found.steps == len(recording.steps) - in_doubt


def test_a_difference_in_a_resumed_part_is_found(tmp_path: Path) -> None:
    """The second process is verified like the first."""
    form = Form()
    recording = resumed(cut_after(commanded(tmp_path / "run.v2a", form=form), Judged, 1), form)
    last = list(recording.of(Intended))[-1]
    lied = last.model_copy(update={"action": TypeText(text="Rome")})
    (recording.path / "events.jsonl").write_bytes(
        b"".join(to_line(lied if event is last else event) for event in recording.events)
    )
    with pytest.raises(ReplayMismatch, match="about to type “Rome”, got about to type “Oslo”"):
        verify(recording.path)


@pytest.mark.parametrize("planner", ["commands", "model"])
def test_a_masked_run_replays_on_what_is_left_of_it(planner: str, tmp_path: Path) -> None:
    """Names stand for secrets, pictures are painted over: what follows from the rest is verified."""
    path, secret = tmp_path / "run.v2a", "hunter2hunter2"
    recorder = Recorder(path, redaction=Redaction({"PASSWORD": secret}))
    if planner == "commands":
        recording = commanded(path, f"click Name, type '{secret}', click City, type 'Oslo'", recorder=recorder)
    else:
        recording = planned(
            path,
            {"clause": 1, "kind": "click", "target": "Name"},
            boxed("Name", FORM.box("Name")),
            {"clause": 1, "kind": "type", "text": secret},
            {"clause": 1, "kind": "done", "message": f"typed {secret}"},
            goal=f"type {secret} into Name",
            recorder=recorder,
        )
    assert secret.encode() not in (path / "events.jsonl").read_bytes()
    assert any(seen.masked for seen in recording.of(FrameSeen))
    assert verify(recording).steps == len(recording.steps)


def test_what_was_typed_as_a_secret_is_no_mismatch(tmp_path: Path) -> None:
    """That it was one is all that the recording keeps."""
    form = Form()
    with Screen(form, perception=FormReader(form), recorder=Recorder(tmp_path / "run.v2a")) as screen:
        screen.locate("Name").type("hunter2hunter2", secret=True)
    assert verify(tmp_path / "run.v2a").steps == len(Recording(tmp_path / "run.v2a").steps)


def test_the_goal_is_what_is_replayed(tmp_path: Path) -> None:
    """A recording that says another goal than the one that was worked on is a mismatch."""
    recording = commanded(tmp_path / "run.v2a", GOAL)
    run = recording.run
    assert run is not None
    events = [run.model_copy(update={"goal": GOAL.replace("Oslo", "Rome")}), *recording.events[1:]]
    (recording.path / "events.jsonl").write_bytes(b"".join(map(to_line, events)))
    with pytest.raises(ReplayMismatch, match="plan"):
        verify(recording.path)
