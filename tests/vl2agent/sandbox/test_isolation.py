"""What programs in a sandbox can see and use."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vl2agent.errors import SandboxError
from vl2agent.sandbox import isolation
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.sandbox.isolation import Limits
from vl2agent.xdisplay import connect, disconnect

pytestmark = pytest.mark.display

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("path", ["/root", str(PROJECT), str(Path.home()), "/etc/shadow", "/etc/ssl/private", "/srv"])
def test_files_of_this_machine_are_not_there(sandbox: Sandbox, path: str) -> None:
    """Homes, the project and secrets do not exist inside."""
    assert sandbox.run(["ls", "-d", path]).returncode != 0


def test_only_its_own_home_is_there(sandbox: Sandbox) -> None:
    """One home, and it is an ordinary user's."""
    assert sandbox.run(["ls", "/home"]).stdout == "user\n"
    assert sandbox.run(["id", "-un"]).stdout == "user\n"


def test_the_system_cannot_be_written(sandbox: Sandbox) -> None:
    """Not even by a sandbox that root started."""
    assert sandbox.run(["touch", "/usr/bin/new"]).returncode != 0
    assert sandbox.run(["touch", isolation.JOBS + "/new"]).returncode != 0


def test_other_processes_are_not_there(sandbox: Sandbox) -> None:
    """Process 1 is the sandbox's own."""
    assert "bwrap" in sandbox.run(["cat", "/proc/1/comm"]).stdout


def test_other_displays_are_not_there(sandbox: Sandbox) -> None:
    """Only the own X server's socket is visible."""
    assert sandbox.run(["ls", "/tmp/.X11-unix"]).stdout.split() == [f"X{sandbox.display[1:]}"]


def test_other_users_cannot_use_the_display(sandbox: Sandbox) -> None:
    """The X server lets nobody in but the user who started it."""
    display = connect(sandbox.display)
    allowed = display.list_hosts()
    disconnect(display)
    assert allowed.mode == 1
    assert [bytes(host.name) for host in allowed.hosts] == [b"localuser\0#" + str(os.getuid()).encode()]


@contextlib.contextmanager
def _listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _reaches(desktop: Sandbox, port: int) -> bool:
    return desktop.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"]).returncode == 0


def test_there_is_no_network(sandbox: Sandbox) -> None:
    """A server on this machine cannot be reached from inside."""
    with _listening() as port:
        assert not _reaches(sandbox, port)


def test_network_is_there_when_asked_for(new_sandbox: Callable[..., Sandbox]) -> None:
    """`network=True` reaches this machine's servers."""
    with _listening() as port:
        assert _reaches(new_sandbox(network=True), port)


def test_without_bubblewrap_it_warns_and_works(
    new_sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No permission for namespaces: a warning that names the reason, a desktop all the same, and a clean end."""
    monkeypatch.setattr(isolation, "isolation_problem", lambda: "no permission")
    with pytest.warns(UserWarning, match="no permission"):
        desktop = new_sandbox()
    assert not desktop.entry.isolated
    assert desktop.run(["echo", "hello"]).stdout == "hello\n"
    home = desktop.home
    desktop.run(["sh", "-c", "setsid sleep 54321 &"])
    desktop.close()
    assert not home.exists()
    assert _running("54321") == 0


def _running(word: str) -> int:
    """Count this machine's processes that have the word as an argument."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            count += f"\0{word}\0" in path.read_text(errors="replace")
    return count


def test_the_probe_says_why_it_cannot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A bwrap that is refused gives its own words as the reason."""
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert "No permissions" in isolation.isolation_problem.__wrapped__()


def test_a_program_that_takes_too_much_memory_is_ended(new_sandbox: Callable[..., Sandbox]) -> None:
    """The greedy program goes, the desktop stays."""
    desktop = new_sandbox(limits=Limits(memory_mb=400))
    greedy = desktop.run(["sh", "-c", "head -c 900M /dev/zero | tail -n 1 | wc -c"], timeout_s=30)
    assert greedy.stdout.strip() != str(900 * 2**20)
    assert desktop.alive


def test_too_many_processes_end_the_sandbox(new_sandbox: Callable[..., Sandbox]) -> None:
    """What multiplies without end takes its desktop down, and only that."""
    desktop = new_sandbox(limits=Limits(processes=120))
    with contextlib.suppress(SandboxError):
        desktop.run(["sh", "-c", "for i in $(seq 300); do sleep 98765 & done; wait"], timeout_s=5)
    deadline = time.monotonic() + 3
    while _running("98765") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _running("98765") <= 120
