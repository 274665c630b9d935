"""`vl2agent run` as a real process on real desktops: what it refuses, how it is stopped, what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from vl2agent.recording.reader import Recording

START_S = 60


def command(*arguments: str) -> list[str]:
    """The command line of a run."""
    return [sys.executable, "-m", "vl2agent", "run", *arguments]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run to the end, without a terminal."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=120, check=False, cwd=cwd, stdin=subprocess.DEVNULL
    )


@contextmanager
def waiting_run(cwd: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start a run that waits for a minute, and give it when it has begun to."""
    path = cwd / "run.v2a"
    process = subprocess.Popen(
        command("wait 50 seconds", "--record", str(path), *arguments),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline_s = time.monotonic() + START_S
        while not _has_begun(path) and process.poll() is None and time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert process.poll() is None, process.communicate()
        yield process, path
    finally:
        process.kill()
        process.communicate(timeout=30)


def _has_begun(path: Path) -> bool:
    log = path / "events.jsonl"
    return log.exists() and b'"type":"ground"' in log.read_bytes()


# --- refused before anything starts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "goal", ["", "   ", "make me a sandwich", "open settings, then juggle", "x" * 10_000, "type \udcff"]
)
def test_a_goal_that_is_not_understood_starts_nothing(tmp_path: Path, goal: str) -> None:
    """Exit code 2, one message, no desktop, no recording."""
    done = run(goal, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "GoalError" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 1000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--size", "huge"], 2, "1280x800"),
        (["--policy", "none.toml"], 2, "none.toml"),
        (["--sandbox", "no-such-one"], 8, "no-such-one"),
        (["--sandbox", "x", "--size", "800x600"], 2, "--size"),
        (["--sandbox", "x", "--live"], 2, "choose one"),
        (["--model", "no-such-folder"], 9, "there is no such folder"),
        (["--window", "4096"], 2, "name one with --model"),
    ],
)
def test_options_that_cannot_be_are_refused(tmp_path: Path, options: list[str], code: int, said: str) -> None:
    """Each with its exit code, and JSON when that was asked for; nothing is left behind."""
    done = run("press escape", "--json", *options, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert said in json.loads(done.stdout)["error"]["message"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("options", "code"), [(["--approve", "risky"], 9), (["--approve", "each"], 8)])
def test_a_rule_about_text_needs_somebody_who_reads(
    tmp_path: Path, nano_checkpoint: Path, options: list[str], code: int
) -> None:
    """A model alone reads nothing under the pointer: the button that deletes would pass. Other rules need no reading."""
    lacking = "import sys; sys.modules.update(rapidocr=None, onnxruntime=None, rapidfuzz=None, cv2=None)"
    arguments = ["run", "press escape", "--model", str(nano_checkpoint), "--sandbox", "no-such-one", *options]
    program = f"{lacking}; sys.argv[1:] = {arguments!r}; from vl2agent.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert done.returncode == code, done.stderr
    assert ("'a button that commits'" in done.stderr) == (code == 9)


@pytest.mark.skipif(sys.platform != "linux", reason="needs X11")
def test_live_without_a_display_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to look at: exit code 6, and nothing is left behind."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    done = run("press escape", "--live", cwd=tmp_path)
    assert done.returncode == 6, done.stderr
    assert "NoDisplay" in done.stderr
    assert list(tmp_path.iterdir()) == []


# --- on a desktop ----------------------------------------------------------------------------------------------------


@pytest.mark.display
def test_a_run_is_done_recorded_and_reported(tmp_path: Path) -> None:
    """Exit code 0, one JSON object on stdout, and the recording with its report where the object says."""
    done = run("press escape", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert told["steps"][0]["action"] == {"kind": "key", "keys": "escape"}
    recording = Recording(told["recording"])
    assert recording.certainty() == ()
    assert recording.path.parent == tmp_path / "recordings"
    assert "press escape" in Path(told["report"]).read_text(encoding="utf-8")


@pytest.mark.display
def test_policy_holds_in_a_dry_run(tmp_path: Path) -> None:
    """Refused actions are refused whether they would be sent or not; the exit code and the recording say so."""
    done = run("press ctrl+alt+delete", "--dry-run", "--record", "run.v2a", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert "the screen's own keys" in done.stderr
    assert "run.v2a/report.html" in done.stdout
    recording = Recording(tmp_path / "run.v2a")
    assert recording.end is not None
    assert recording.end.error == "ActionRefused"
    assert [step.verdict.outcome for step in recording.steps] == ["refused"]


@pytest.mark.display
def test_a_dry_run_draws_what_it_would_do(tmp_path: Path) -> None:
    """The picture lies in the recording, and the receipt says where."""
    done = run("press escape", "--dry-run", "--record", "run.v2a", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    receipts = [step.receipt for step in Recording(tmp_path / "run.v2a").steps if step.receipt]
    assert [receipt.delivery for receipt in receipts] == ["dry"]
    with Image.open(receipts[0].detail) as picture:
        assert picture.size == (1280, 800)
    assert Path(receipts[0].detail).parent == tmp_path / "run.v2a" / "dry-run"


@pytest.mark.display
def test_a_sandbox_that_is_not_isolated_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bubblewrap it goes on, and says so without source lines of Python."""
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).glob("*"):
            if program.name != "bwrap" and not (tmp_path / "bin" / program.name).is_symlink():
                (tmp_path / "bin").mkdir(exist_ok=True)
                (tmp_path / "bin" / program.name).symlink_to(program)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = run("press escape", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Warning: the sandbox is not isolated" in done.stderr
    assert ".py:" not in done.stderr


@pytest.mark.display
def test_what_needs_a_person_is_refused_without_one(tmp_path: Path) -> None:
    """`--approve each` with nobody at a terminal does nothing."""
    done = run("press escape", "--approve", "each", "--record", "run.v2a", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert "nobody is there" in done.stderr


@pytest.mark.display
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """Exit code 130; the recording has its end, the report is there."""
    with waiting_run(tmp_path) as (process, path):
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Stopping" in err
    recording = Recording(path)
    assert recording.end is not None
    assert recording.end.error == "Interrupted"
    assert (path / "report.html").exists()
    assert "report" in out
    assert "Traceback" not in err


@pytest.mark.display
def test_two_signals_stop_at_once(tmp_path: Path) -> None:
    """The second one does not wait for the step; the recording has its end all the same."""
    with waiting_run(tmp_path) as (process, path):
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    recording = Recording(path)
    assert recording.end is not None
    assert "Traceback" not in err


@pytest.mark.display
def test_a_recording_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A place where no folder can be made gives the recorder's exit code, and no step is taken."""
    done = run("press escape", "--json", "--record", "/proc/recordings", cwd=tmp_path)
    assert done.returncode == 10, done.stderr
    told = json.loads(done.stdout)
    assert told["error"]["type"] == "RecordingError"
    assert told["steps"] == []
