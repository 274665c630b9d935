"""`vl2agent doctor` on machines that lack things."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from vl2agent.cli import doctor
from vl2agent.cli.main import app
from vl2agent.sandbox import isolation, packages
from vl2agent.sandbox.desktop import Sandbox


@pytest.fixture(autouse=True)
def fresh_probes() -> Iterator[None]:
    """What is tried once for a process is tried anew for each test."""
    yield
    isolation.isolation_problem.cache_clear()
    packages.system_ids.cache_clear()


@pytest.fixture
def bare_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder as the whole PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    isolation.isolation_problem.cache_clear()
    return tmp_path


def _doctor() -> tuple[int, dict[str, dict[str, Any]]]:
    result = CliRunner().invoke(app, ["doctor", "--json"])
    checks = json.loads(result.stdout)["checks"]
    return result.exit_code, {check["name"]: check for check in checks}


def test_this_machine_can_run_it() -> None:
    """Where these tests run, the main job can."""
    code, checks = _doctor()
    assert code == 0
    assert checks["sandbox"]["state"] == "ok"
    assert checks["ocr models"]["state"] == "ok"


def test_a_bare_machine_gets_the_line_that_installs(bare_path: Path) -> None:
    """Without the programs the exit code is the sandbox's, and the fix names the packages."""
    code, checks = _doctor()
    assert code == doctor.CANNOT_RUN
    assert checks["sandbox"]["state"] == "fail"
    assert "xvfb" in checks["sandbox"]["fix"]
    assert checks["isolation"]["state"] == "warn"
    assert "bubblewrap" in checks["isolation"]["fix"]


def test_a_snap_stub_is_no_browser(bare_path: Path) -> None:
    """Ubuntu's chromium is told from a real one, and something that works is named."""
    stub = bare_path / "chromium"
    stub.write_text('#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
    stub.chmod(0o755)
    _, checks = _doctor()
    assert checks["browser"]["state"] == "warn"
    assert "snap stub" in checks["browser"]["found"]
    assert "Chrome" in checks["browser"]["fix"]


def test_wayland_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Wayland session is no obstacle to the sandbox, but to --live."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    code, checks = _doctor()
    assert code == 0
    assert "Wayland" in checks["display"]["found"]
    assert "X11" in checks["display"]["fix"]


def test_a_display_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A DISPLAY without a server is a warning with the way out."""
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    _, checks = _doctor()
    assert checks["display"]["state"] == "warn"
    assert ":987" in checks["display"]["found"]


def test_every_fault_has_its_fix(bare_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is reported as missing without a way to mend it."""
    monkeypatch.setenv("DISPLAY", ":987")
    _, checks = _doctor()
    faults = [check for check in checks.values() if check["state"] != "ok"]
    assert faults
    assert all(check["fix"] for check in faults)


def test_people_can_copy_the_fix(bare_path: Path) -> None:
    """The line that installs is printed unbroken."""
    result = CliRunner().invoke(app, ["doctor"], terminal_width=60)
    line = next(line for line in result.stdout.splitlines() if "xvfb" in line)
    assert "xfce4-panel" in line


@pytest.mark.display
def test_a_live_display_is_measured(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and scale of the display that --live would use are told."""
    monkeypatch.setenv("DISPLAY", sandbox.display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    _, checks = _doctor()
    assert "1280x800" in checks["display"]["found"]
    assert checks["scale"]["found"] == "1"


@pytest.mark.skipif(sys.platform != "linux", reason="needs X11")
def test_an_old_xlib_is_named_with_its_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package may have put it in the place of ours; every other check is still told."""
    import Xlib

    monkeypatch.setattr(Xlib, "__version__", (0, 15))
    monkeypatch.setenv("DISPLAY", ":77")
    for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    code, checks = _doctor()
    assert code == doctor.CANNOT_RUN
    assert "--force-reinstall" in checks["python-xlib"]["fix"]
    assert "weights" in checks
