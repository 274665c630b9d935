"""However a sandbox ends, nothing of it stays: no process, no socket, no folder, no key held down."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vl2agent.actions import Key
from vl2agent.errors import DisplayLost, SandboxError
from vl2agent.sandbox.desktop import Sandbox

pytestmark = pytest.mark.display

HOLD = """
import sys, time
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest
from vl2agent.sandbox.desktop import Sandbox

sandbox = Sandbox.attach(sys.argv[1]) if len(sys.argv) > 1 else Sandbox()
with sandbox as desktop:
    display = Display(desktop.display)
    xtest.fake_input(display, X.KeyPress, 50)
    xtest.fake_input(display, X.ButtonPress, 1)
    display.sync()
    desktop.launch("mousepad")
    print(desktop.entry.pid, desktop.display, desktop.entry.folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder() -> Callable[..., tuple[subprocess.Popen[str], list[str]]]:
    """Start a process that uses a sandbox and holds a key and a button down; it says which sandbox."""

    def start(*arguments: str) -> tuple[subprocess.Popen[str], list[str]]:
        process = subprocess.Popen([sys.executable, "-c", HOLD, *arguments], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return process, process.stdout.readline().split()

    return start


def test_killing_the_owner_ends_everything(
    holder: Callable[..., tuple[subprocess.Popen[str], list[str]]],
) -> None:
    """SIGKILL leaves no process, no socket and no folder behind two seconds later."""
    process, (guard, display, folder) = holder()
    family = _family(int(guard))
    assert len(family) > 8
    _kill(process)
    _wait(2.0, lambda: not _alive(family))
    assert _alive(family) == []
    assert not Path(folder).exists()
    assert not _x_files(display)


def test_killing_a_user_releases_what_it_held(
    sandbox: Sandbox, holder: Callable[..., tuple[subprocess.Popen[str], list[str]]]
) -> None:
    """A process that only attached leaves the desktop running, with no key and no button down."""
    process, _ = holder(sandbox.entry.name)
    assert _held(sandbox.display) == ([50], True)
    _kill(process)
    _wait(2.0, lambda: _held(sandbox.display) == ([], False))
    assert _held(sandbox.display) == ([], False)
    assert sandbox.alive


def test_asking_whether_it_runs_releases_nothing(
    sandbox: Sandbox, holder: Callable[..., tuple[subprocess.Popen[str], list[str]]]
) -> None:
    """Another process that lists sandboxes does not disturb a drag."""
    process, _ = holder(sandbox.entry.name)
    assert sandbox.alive
    time.sleep(0.3)
    assert _held(sandbox.display) == ([50], True)
    _kill(process)


def test_leaving_ends_everything(new_sandbox: Callable[..., Sandbox]) -> None:
    """So does the ordinary way out."""
    desktop = new_sandbox(apps=["thunar", "mousepad"])
    display, family, folder = desktop.display, _family(desktop.entry.pid), desktop.entry.folder
    desktop.close()
    assert _alive(family) == []
    assert not folder.exists()
    assert not _x_files(display)
    desktop.close()


def test_a_dead_x_server_ends_the_sandbox(new_sandbox: Callable[..., Sandbox]) -> None:
    """Grabs, actions and commands fail with the package's own errors, and the rest is cleared away."""
    desktop = new_sandbox()
    desktop.grab()
    desktop.perform(Key(keys="escape"))
    family, folder = _family(desktop.entry.pid), desktop.entry.folder
    os.kill(next(pid for pid in family if _name(pid) == "Xvfb"), signal.SIGKILL)
    with pytest.raises(DisplayLost):
        desktop.grab()
    with pytest.raises(DisplayLost):
        desktop.perform(Key(keys="escape"))
    _wait(2.0, lambda: not desktop.alive)
    with pytest.raises(SandboxError, match="X server ended"):
        desktop.run("true")
    assert _alive(family[1:]) == []
    desktop.close()
    assert not folder.exists()


def test_killing_the_guard_ends_everything(new_sandbox: Callable[..., Sandbox]) -> None:
    """Even without its guard nothing of a sandbox survives."""
    desktop = new_sandbox()
    display, family, folder = desktop.display, _family(desktop.entry.pid), desktop.entry.folder
    os.kill(desktop.entry.pid, signal.SIGKILL)
    _wait(2.0, lambda: not _alive(family[1:]))
    assert _alive(family[1:]) == []
    desktop.close()
    assert not folder.exists()
    assert not _x_files(display)


def test_a_detached_sandbox_outlives_its_starter(holder: object) -> None:
    """`detach` keeps it; whoever knows its name ends it."""
    code = (
        "from vl2agent.sandbox.desktop import Sandbox\n"
        "with Sandbox() as desktop:\n    desktop.detach()\n    print(desktop.entry.name)\n"
    )
    name = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with Sandbox.attach(name) as desktop:
        assert desktop.run(["echo", "here"]).stdout == "here\n"
        family = _family(desktop.entry.pid)
    from vl2agent.sandbox import registry

    registry.stop(name)
    _wait(2.0, lambda: not _alive(family))
    assert _alive(family) == []


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _wait(seconds: float, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)


def _family(root: int) -> list[int]:
    """List a process and all that descend from it, the root first."""
    found = [root]
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in children.read_text().split()]
    return found


def _alive(pids: list[int]) -> list[int]:
    """List those that still run; what is dead and not yet waited for does not."""
    return [pid for pid in pids if _state(pid) not in ("", "Z", "X")]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _x_files(display: str) -> list[Path]:
    files = [Path(f"/tmp/.X11-unix/X{display[1:]}"), Path(f"/tmp/.X{display[1:]}-lock")]
    return [path for path in files if path.exists()]


def _held(display_name: str) -> tuple[list[int], bool]:
    """Return the keycodes that are down, and whether a button is."""
    from Xlib import X
    from Xlib.display import Display

    with contextlib.closing(Display(display_name)) as display:
        keys = display.query_keymap()
        down = [8 * byte + bit for byte in range(32) for bit in range(8) if keys[byte] >> bit & 1]
        return down, bool(display.screen().root.query_pointer().mask & X.Button1Mask)
