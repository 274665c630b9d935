"""`vl2agent record`: what it refuses, and a real one that is stopped by a signal."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vl2agent.actions import Done, Key, TypeText
from vl2agent.cli.main import app
from vl2agent.errors import CaptureError, InputError, SandboxGone, WaylandUnsupported
from vl2agent.recording.reader import Recording
from vl2agent.sandbox.desktop import Sandbox


def record(*options: str) -> BaseException | None:
    """Run the command; give what it raises."""
    return CliRunner().invoke(app, ["record", "--goal", "write", *options]).exception


@pytest.mark.parametrize("options", [(), ("--live", "--sandbox", "desk")])
def test_one_desktop_must_be_named(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Neither one's own by accident, nor two."""
    error = record("-o", str(tmp_path / "x.v2a"), *options)
    assert isinstance(error, InputError)
    assert "--live" in str(error)


def test_a_sandbox_that_does_not_run_is_named(tmp_path: Path) -> None:
    """With those that do."""
    assert isinstance(record("-o", str(tmp_path / "x.v2a"), "--sandbox", "nobody"), SandboxGone)


def test_wayland_is_refused_with_what_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its input is nobody's business."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    error = record("-o", str(tmp_path / "x.v2a"), "--live")
    assert isinstance(error, WaylandUnsupported)
    assert "sandbox" in str(error)


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_are_refused_with_what_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    """A sandbox on Linux does."""
    monkeypatch.setattr(sys, "platform", platform)
    error = record("-o", str(tmp_path / "x.v2a"), "--live")
    assert isinstance(error, CaptureError)
    assert "sandbox" in str(error)


@pytest.mark.display
def test_ctrl_c_ends_a_demonstration_properly(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 0, all steps told and written; a secret by its name alone."""
    monkeypatch.setenv("SHOP_PASSWORD", "correct horse")
    path = tmp_path / "shown.v2a"
    command = [sys.executable, "-m", "vl2agent", "record", "--sandbox", sandbox.entry.name, "--no-read"]
    command += ["--goal", "log in", "--secret", "SHOP_PASSWORD", "-o", str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Recording" in process.stderr.readline()
        for action in (Key(keys="f9"), TypeText(text="correct horse", submit=True)):
            sandbox.perform(action)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, "(3 steps)" in out) == (0, True), err
    assert "horse" not in err
    typed = TypeText(text="{SHOP_PASSWORD}", submit=True)
    assert [step.action for step in Recording(path).steps] == [Key(keys="f9"), typed, Done(message="log in")]
