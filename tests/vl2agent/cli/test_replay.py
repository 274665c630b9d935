"""`vl2agent replay`: a recorded run, verified, planned again, or done again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded_runs import commanded
from typer.testing import CliRunner

from vl2agent.actions import TypeText
from vl2agent.cli.main import app
from vl2agent.errors import InputError, RecordingError
from vl2agent.recording.lines import to_line
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Intended


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """A run that fills in two fields."""
    return commanded(tmp_path / "run.v2a")


@pytest.fixture
def lying(recording: Recording) -> Recording:
    """One that says that something else was typed."""
    second = list(recording.of(Intended))[1]
    lie = second.model_copy(update={"action": TypeText(text="Eve")})
    lines = [to_line(lie if event is second else event) for event in recording.events]
    (recording.path / "events.jsonl").write_bytes(b"".join(lines))
    return Recording(recording.path)


def run(*words: object) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    result = CliRunner().invoke(app, ["replay", *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_a_recording_that_replays_is_verified(recording: Recording) -> None:
    """Exit code 0, and a sentence."""
    code, said = run(recording.path)
    assert code == 0
    assert "verified: 5 steps, the same actions, decisions and end" in said


def test_a_recording_of_nothing_is_not_verified(recording: Recording) -> None:
    """An empty file is no test that passed."""
    (recording.path / "events.jsonl").write_bytes(b"")
    with pytest.raises(RecordingError, match="nothing to verify"):
        run(recording.path)


def test_both_sides_of_the_first_difference_are_shown(lying: Recording) -> None:
    """Exit code 13, what was recorded, what is done now, and where the picture is."""
    code, said = run(lying.path)
    assert code == 13
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[:3] == ["step 2, intent:", "recorded about to type “Eve”", "now about to type “Ann”"]
    assert Path(lines[3].removeprefix("picture ")).is_file()


def test_machines_get_both_sides_as_data(lying: Recording) -> None:
    """The same as JSON."""
    code, said = run(lying.path, "--json")
    error = json.loads(said)["error"]
    assert (code, error["exit_code"], error["step"], error["what"]) == (13, 13, 2, "intent")
    assert (error["recorded"]["action"]["text"], error["now"]["action"]["text"]) == ("Eve", "Ann")


def test_other_rules_are_asked_what_they_would_have_said(recording: Recording, tmp_path: Path) -> None:
    """Each action that they decide differently, and exit code 13."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\nname = "no typing"\nverdict = "deny"\nactions = ["type"]\n')
    code, said = run(recording.path, "--policy", policy, "--json")
    changes = json.loads(said)["policy"]
    assert (code, [change["step"] for change in changes]) == (13, [2, 4])
    assert {change["now"]["rule"] for change in changes} == {"no typing"}


def test_rules_that_decide_the_same_change_nothing(recording: Recording, tmp_path: Path) -> None:
    """Exit code 0."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\nname = "no escape"\nverdict = "deny"\nkeys = ["escape"]\n')
    code, said = run(recording.path, "--policy", policy)
    assert (code, "decides the same" in said) == (0, True)


def test_a_run_is_planned_again(recording: Recording) -> None:
    """Row by row, and the share that agrees."""
    code, said = run(recording.path, "--mode", "replan", "--json")
    found = json.loads(said)
    assert (code, found["agreement"], len(found["steps"])) == (0, 1.0, 5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--heal"], "--heal: expected with --mode rerun"),
        (["--model", "somewhere"], "--model: expected with --mode replan"),
        (["--mode", "rerun", "--around", "5"], "--around: expected with --mode replan"),
        (["--mode", "replan", "--policy", "rules.toml"], "--policy decides about actions"),
        (["--mode", "rerun", "--mask", "1,2,3"], "expected --mask such as"),
        (["--mode", "rerun", "--mask", "9,9,3,3"], "left < right"),
    ],
)
def test_options_that_mean_nothing_are_refused(recording: Recording, words: list[str], said: str) -> None:
    """Nothing is silently ignored."""
    with pytest.raises(InputError, match=said):
        run(recording.path, *words)
