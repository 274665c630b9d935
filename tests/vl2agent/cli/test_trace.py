"""`vl2agent trace`: the table in the terminal, the report on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vl2agent.actions import Click
from vl2agent.cli.main import app
from vl2agent.errors import RecordingError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.recording.schema import Ended, Grounded, Intended, Judged, Planned, Received, RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import ClickIntent, Plan, Receipt, Target, Verdict


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A run of one step."""
    click = Click(point=ScreenPoint(3, 4))
    recorder = Recorder(tmp_path / "run.v2a")
    recorder.write(RunStarted(goal="press [it]"))
    recorder.write(Planned(step=1, frame=0, plan=Plan(intent=ClickIntent(target="[bold]it"))))
    recorder.write(Grounded(step=1, action=click))
    recorder.write(Intended(step=1, action=click), sync=True)
    recorder.write(Received(step=1, receipt=Receipt(delivery="sent", duration_s=0.01)))
    recorder.write(Judged(step=1, frame=0, verdict=Verdict(outcome="unchanged"), seconds=0.25))
    recorder.finish(Ended(ok=False, message="no luck", error="LimitReached", seconds=0.5))
    return tmp_path / "run.v2a"


def test_it_prints_the_steps_and_writes_the_report(recording: Path) -> None:
    """Goal, step, verdict, how it ended, and where the report is; brackets in names are text."""
    result = CliRunner().invoke(app, ["trace", str(recording)], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    for said in ("press [it]", "click “[bold]it”", "unchanged", "0.25 s", "LimitReached: no luck", "report.html"):
        assert said in result.output
    assert (recording / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_narrow_terminal_still_shows_words_and_times(tmp_path: Path) -> None:
    """Where a long name was found takes no room from the step and its time."""
    found = Target(
        words="Applications",
        box=ScreenBox(0, 0, 600, 20),
        point=ScreenPoint(300, 10),
        confidence=0.9,
        text="Find and Replace Everything in All Documents",
    )
    recorder = Recorder(tmp_path / "long.v2a")
    recorder.write(RunStarted(goal="click Applications"))
    recorder.write(Planned(step=1, frame=0, plan=Plan(intent=ClickIntent(target="Applications"), found=(found,))))
    recorder.write(Grounded(step=1, action=Click(point=found.point), target=found))
    recorder.write(Judged(step=1, frame=0, verdict=Verdict(outcome="unchanged", note="a note"), seconds=0.25))
    recorder.finish(Ended(ok=True, message="done", error="", seconds=0.5))
    result = CliRunner().invoke(app, ["trace", str(tmp_path / "long.v2a")], env={"COLUMNS": "80"})
    table = result.output.splitlines()[1:]
    assert any("“Applications”" in line for line in table)
    assert any("0.25 s" in line for line in table)


def test_the_report_goes_where_it_is_sent(recording: Path, tmp_path: Path) -> None:
    """`-o` names the file."""
    result = CliRunner().invoke(app, ["trace", str(recording), "-o", str(tmp_path / "mine.html")])
    assert result.exit_code == 0
    assert (tmp_path / "mine.html").exists()
    assert not (recording / "report.html").exists()


def test_steps_are_told_where_no_report_can_be(recording: Path, tmp_path: Path) -> None:
    """The recording is shown; the report's error gives the exit code."""
    result = CliRunner().invoke(app, ["trace", str(recording), "-o", str(tmp_path / "no/such/folder.html")])
    assert "LimitReached: no luck" in result.output
    assert isinstance(result.exception, RecordingError)


def test_it_says_what_is_uncertain(recording: Path) -> None:
    """A recording cut after its intent is told as such."""
    log = recording / "events.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:4]))
    result = CliRunner().invoke(app, ["trace", str(recording)], env={"COLUMNS": "200"})
    assert "step 1: click was about to be performed; whether it was is not known" in result.output
    assert "the end is missing" in result.output


def test_json_for_machines(recording: Path) -> None:
    """The same as one JSON object."""
    result = CliRunner().invoke(app, ["trace", str(recording), "--json"])
    told = json.loads(result.output)
    assert told["goal"] == "press [it]"
    assert told["ok"] is False
    assert told["steps"][0]["verdict"]["outcome"] == "unchanged"
    assert Path(told["report"]).exists()
