"""`vl2agent trace`: the table in the terminal, the page or the film on disk, the browser that opens it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from eventful_run import HOSTILE, record
from typer.testing import CliRunner

from vl2agent.actions import Click
from vl2agent.cli.main import app
from vl2agent.errors import InputError, RecordingError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.recording.packing import pack
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


def test_all_of_it_can_be_told_in_the_terminal(tmp_path: Path) -> None:
    """Steps, targets, looks, ledger bars, asks, decisions, deliveries; no file is written."""
    path = record(tmp_path / "run.v2a")
    result = CliRunner().invoke(app, ["trace", str(path), "--text"])
    assert result.exit_code == 0
    for said in (
        "1 double-click",
        "[asked]",
        "“Save” button at (54, 44), 0.91 by test",
        "small: [20, 30, 90, 60] in [0, 0, 160, 120], 0.91",
        "████▒▒·",
        "433 + 256 of 4096 tokens",
        "picture 421, goal 12",
        "ask by “risky”",
        "→ yes",
        "sent (xtest) in 10 ms",
        "type “•••”",
        "[masked]",
        "drag “Save”",
        "unchanged",
        "done: saved",
    ):
        assert said in result.output, said
    assert HOSTILE.partition("\u2028")[0] in result.output
    assert not (path / "report.html").exists()


def test_nothing_that_a_screen_said_steers_the_terminal(tmp_path: Path) -> None:
    """Control characters are shown as signs."""
    recorder = Recorder(tmp_path / "run.v2a")
    recorder.write(RunStarted(goal="\x1b]0;owned\x07 \x9b31m"))
    recorder.write(Planned(step=1, frame=0, plan=Plan(intent=ClickIntent(target="\x1b[2J"), note="\x1b[2J")))
    recorder.write(Judged(step=1, frame=0, verdict=Verdict(outcome="failed", note="\x1b[2J"), seconds=0.25))
    recorder.finish(Ended(ok=False, message="\x1b[2J"))
    for options in (["--text"], ["-o", str(tmp_path / "page.html")]):
        output = CliRunner().invoke(app, ["trace", str(tmp_path / "run.v2a"), *options]).output
        assert "␛" in output
        assert not {"\x1b", "\x07", "\x9b"} & set(output)


def test_text_and_a_file_exclude_each_other(recording: Path, tmp_path: Path) -> None:
    """What contradicts itself is refused before anything is written."""
    result = CliRunner().invoke(app, ["trace", str(recording), "--text", "-o", str(tmp_path / "page.html")])
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "page.html").exists()


def test_a_film_takes_the_place_of_the_page(tmp_path: Path) -> None:
    """`--gif` writes it and says where; no page comes of it."""
    path = record(tmp_path / "run.v2a")
    result = CliRunner().invoke(app, ["trace", str(path), "--gif", str(tmp_path / "run.gif")], env={"COLUMNS": "120"})
    assert "gif: " in result.output
    assert (tmp_path / "run.gif").read_bytes().startswith(b"GIF89a")
    assert not (path / "report.html").exists()


def test_a_packed_recording_has_its_page_beside_it(tmp_path: Path) -> None:
    """NAME.v2a.zip gives NAME.html."""
    packed = pack(record(tmp_path / "run.v2a"))
    assert CliRunner().invoke(app, ["trace", str(packed)]).exit_code == 0
    assert (tmp_path / "run.html").exists()


@pytest.mark.parametrize(
    ("made", "said"),
    [("nothing", "no such recording"), ("folder", "is this a recording"), ("file", "not a zip file")],
)
def test_what_is_no_recording_is_named(tmp_path: Path, made: str, said: str) -> None:
    """A missing path, a folder of something else, a plain file: each with what was expected."""
    path = tmp_path / "thing"
    if made == "folder":
        path.mkdir()
    elif made == "file":
        path.write_text("hello")
    result = CliRunner().invoke(app, ["trace", str(path)])
    assert isinstance(result.exception, RecordingError)
    assert said in str(result.exception)
    assert str(path) in str(result.exception)


@pytest.mark.parametrize(
    ("options", "terminal", "display", "opens"),
    [
        ([], True, True, True),
        ([], True, False, False),
        ([], False, True, False),
        (["--no-open"], True, True, False),
        (["--open"], False, False, True),
    ],
)
def test_it_opens_where_a_person_looks_on(
    recording: Path, tmp_path: Path, options: list[str], terminal: bool, display: bool, opens: bool
) -> None:
    """By default at a terminal with a display; the options force it and forbid it."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env |= {"BROWSER": str(browser)} | ({"DISPLAY": ":99"} if display else {})
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "vl2agent", "trace", str(recording), *options]
    subprocess.run(command, stdout=child if terminal else subprocess.DEVNULL, env=env, check=True, timeout=60)
    os.close(parent)
    os.close(child)
    assert (tmp_path / "opened").exists() == opens
