"""`vl2agent sandbox` as typed in a shell."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vl2agent.sandbox import registry
from vl2agent.sandbox.desktop import Sandbox

pytestmark = pytest.mark.display


def _vl2agent(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vl2agent", "sandbox", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def started() -> Iterator[str]:
    """A sandbox that was started from the shell, and its name."""
    name = f"shell-{os.getpid()}"
    result = _vl2agent("start", "--name", name, "--size", "900x600", "--app", "galculator", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["name"] == name
    yield name
    if name in [entry.name for entry in registry.running()]:
        registry.stop(name)


def test_it_stays_and_is_listed(started: str) -> None:
    """The command has ended, the desktop has not."""
    entry = next(entry for entry in json.loads(_vl2agent("list", "--json").stdout) if entry["name"] == started)
    assert (entry["width_px"], entry["height_px"]) == (900, 600)
    assert started in _vl2agent("list").stdout


def test_exec_hands_on_output_input_and_exit_code(started: str) -> None:
    """It is like running the command here."""
    result = _vl2agent("exec", "--stdin", started, "--", "sh", "-c", "cat; echo oops >&2; exit 5", stdin="naïve")
    assert (result.stdout, result.stderr, result.returncode) == ("naïve", "oops\n", 5)


def test_options_after_the_name_belong_to_the_command(started: str) -> None:
    """No `--` is needed."""
    assert _vl2agent("exec", started, "ls", "-d", "/home").stdout == "/home\n"


def test_view_serves_vnc_until_it_is_interrupted(started: str) -> None:
    """A VNC server answers on the loopback; Ctrl-C ends it, not the desktop."""
    view = subprocess.Popen(
        [sys.executable, "-m", "vl2agent", "sandbox", "view", started],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert view.stdout is not None
    port = int(view.stdout.readline().rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as viewer:
        assert viewer.recv(4) == b"RFB "
    view.send_signal(signal.SIGINT)
    view.communicate(timeout=10)
    assert view.returncode == 0
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass
    assert registry.find(started).alive


def test_a_second_start_of_the_same_name_is_refused(started: str) -> None:
    """Exit code 2 and the way out."""
    result = _vl2agent("start", "--name", started)
    assert result.returncode == 2
    assert "runs already" in result.stderr


def test_python_attaches_to_it(started: str) -> None:
    """What the shell started, the SDK can use."""
    with Sandbox.attach(started) as desktop:
        assert desktop.grab().region.width == 900


def test_a_home_of_ones_own_is_kept(tmp_path: Path) -> None:
    """`--home` is what programs inside write to, and stays."""
    name = json.loads(_vl2agent("start", "--home", str(tmp_path), "--json").stdout)["name"]
    try:
        assert _vl2agent("exec", name, "--", "touch", "made").returncode == 0
    finally:
        _vl2agent("stop", name)
    assert (tmp_path / "made").exists()


def test_stop_ends_it(started: str) -> None:
    """Afterwards it is neither listed nor found."""
    assert _vl2agent("stop", started).returncode == 0
    assert started not in _vl2agent("list", "--json").stdout
    gone = _vl2agent("stop", started)
    assert gone.returncode == 8
    assert "SandboxGone" in gone.stderr


@pytest.mark.parametrize(
    "words", [("stop",), ("stop", "x", "--all"), ("start", "--size", "wide"), ("start", "--name", "../up")]
)
def test_wrong_words_are_refused(words: tuple[str, ...]) -> None:
    """Exit code 2, and nothing is started."""
    before = {entry.name for entry in registry.running()}
    assert _vl2agent(*words).returncode == 2
    assert {entry.name for entry in registry.running()} <= before
