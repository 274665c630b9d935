"""`vl2agent run --resume` as a real process: what it goes on with, and what it refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest

from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.desktop import Sandbox


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run to the end, without a terminal."""
    command = [sys.executable, "-m", "vl2agent", "run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)


def started(path: Path, **said: object) -> Path:
    """A recording that was cut off right after its goal."""
    recorder = Recorder(path)
    recorder.write(RunStarted.model_validate({"goal": "press escape", "parts": {"planner": "CommandPlanner"}, **said}))
    recorder.close()
    return path


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("sandbox long-gone", 10, "run the goal anew"),
        ("live :77", 2, "DISPLAY=:77"),
        ("", 2, "--sandbox NAME"),
    ],
)
def test_a_place_that_is_gone_or_unknown_is_told(tmp_path: Path, place: str, code: int, said: str) -> None:
    """With what to do instead, and nothing written."""
    path = started(tmp_path / "a.v2a", place=place)
    before = (path / "events.jsonl").read_bytes()
    done = run("--resume", str(path))
    assert done.returncode == code, done.stderr
    assert said in " ".join(done.stderr.split())
    assert (path / "events.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["press enter"], "leave the goal out"),
        (["--record", "x"], "leave --record out"),
        (["--size", "800x600"], "--size"),
    ],
)
def test_what_the_recording_says_is_not_said_again(tmp_path: Path, options: list[str], said: str) -> None:
    """Exit code 2."""
    done = run("--resume", str(started(tmp_path / "a.v2a", place="live")), *options)
    assert done.returncode == 2, done.stderr
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize("options", [["--live"], ["--sandbox", "another"]])
def test_another_place_knows_nothing_of_what_was_done(tmp_path: Path, options: list[str]) -> None:
    """A run goes on where it was, or not at all."""
    done = run("--resume", str(started(tmp_path / "a.v2a", place="sandbox desk")), *options)
    assert done.returncode == 2, done.stderr
    assert "only there" in " ".join(done.stderr.split())


@pytest.mark.display
def test_a_new_desktop_of_the_same_name_is_another_one(sandbox: Sandbox, tmp_path: Path) -> None:
    """What was done is not there."""
    path = tmp_path / "a.v2a"
    with patch("time.time", lambda: sandbox.entry.started_at - 1):
        started(path, place=f"sandbox {sandbox.entry.name}")
    done = run("--resume", str(path))
    assert done.returncode == 10, done.stderr
    assert "run the goal anew" in " ".join(done.stderr.split())


def test_what_was_masked_by_a_file_is_not_gone_on_with_without_it(tmp_path: Path) -> None:
    """Only the file knows what it is."""
    parts = {"planner": "CommandPlanner", "redaction": "Redaction"}
    done = run("--resume", str(started(tmp_path / "a.v2a", place="live", parts=parts)))
    assert done.returncode == 2, done.stderr
    assert "--redact FILE" in " ".join(done.stderr.split())


@pytest.mark.parametrize("options", [[], ["press escape", "--assume", "happened"]])
def test_a_goal_or_a_run_to_go_on_with_is_needed(options: list[str]) -> None:
    """Neither, or an assumption about nothing: exit code 2."""
    done = run(*options)
    assert done.returncode == 2
    assert "--resume" in done.stderr


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    """Exit code 10."""
    assert run("--resume", str(tmp_path)).returncode == 10


@pytest.mark.display
@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(sandbox: Sandbox, tmp_path: Path) -> None:
    """In its sandbox, with its goal, in its recording; afterwards there is nothing to go on with."""
    sandbox.launch("mousepad")
    path, note = tmp_path / "note.v2a", sandbox.home / "resumed.txt"
    goal = f"wait 1 second, type 'once and once only', press enter, type 'the end', save as '{note.name}'"
    command = [sys.executable, "-m", "vl2agent", "run", goal, "--sandbox", sandbox.entry.name, "--record", str(path)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline_s = time.monotonic() + 60
    while not _has(path, b'"type":"intent"') and time.monotonic() < deadline_s:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    done = run("--resume", str(path), "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["recording"] == str(path)
    assert note.read_text().splitlines() == ["once and once only", "the end"]
    assert [step.number for step in Recording(path).steps] == list(range(1, len(Recording(path).steps) + 1))
    again = run("--resume", str(path))
    assert again.returncode == 10
    assert "goal was reached" in " ".join(again.stderr.split())


def _has(path: Path, what: bytes) -> bool:
    log = path / "events.jsonl"
    return log.exists() and what in log.read_bytes()
