"""Bare X servers, with a window manager where it is needed, and programs in them."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vl2agent.executor.x11 import X11Executor
from vl2agent.xdisplay import connect, disconnect

if sys.platform != "linux" or shutil.which("Xvfb") is None:
    collect_ignore_glob = ["test_x11*", "test_typing*", "test_contract*", "test_clipboard*", "test_keymap*"]

START_S = 10.0


class Server:
    """An Xvfb of 800x600, and the programs started in it; all end with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bus = "unix:path=/nonexistent"
        self.programs: list[subprocess.Popen[bytes]] = []
        reader, writer = os.pipe()
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"]
        self.process = subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader, "rb", buffering=0) as pipe:
            ready, _, _ = select.select([pipe], [], [], START_S)
            assert ready, "Xvfb did not start"
            self.display = f":{int(pipe.readline())}"

    def start(self, *command: str, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start a program in a private home, on this server and its own bus, if it has one."""
        variables = {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home), "DISPLAY": self.display}
        hidden = {"DBUS_SESSION_BUS_ADDRESS": self.bus, "NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory"}
        environment = os.environ | variables | hidden
        program = subprocess.Popen(command, env=environment, cwd=self.home, stdout=stdout, stderr=subprocess.DEVNULL)
        self.programs.append(program)
        return program

    def start_window_manager(self) -> None:
        """Start xfwm4, and the bus over which it reads its settings."""
        bus = self.start("dbus-daemon", "--session", "--nofork", "--print-address", stdout=subprocess.PIPE)
        assert bus.stdout is not None
        with bus.stdout:
            self.bus = bus.stdout.readline().decode().strip()
        self.start("xfwm4", "--compositor=off")
        assert self.wait_for(_is_managed), "xfwm4 did not start"

    def use_layout(self, *layout: str) -> None:
        """Switch the keyboard: 'de', or 'us', '-variant', 'dvorak'."""
        subprocess.run(["setxkbmap", "-display", self.display, "-option", "", *layout], check=True, timeout=10)

    def wait_for(self, condition: Callable[[Any], Any], timeout_s: float = START_S) -> Any:
        """Wait until a function of a display gives something, and return that."""
        x = connect(self.display)
        try:
            return self.until(lambda: condition(x), timeout_s)
        finally:
            disconnect(x)

    @staticmethod
    def until(condition: Callable[[], Any], timeout_s: float = START_S) -> Any:
        """Ask again until the answer is true, and return it; the last answer when time runs out."""
        deadline_s = time.monotonic() + timeout_s
        while not (answer := condition()) and time.monotonic() < deadline_s:
            time.sleep(0.02)
        return answer

    def wait_for_focus(self, app: str) -> None:
        """Wait until a window of this application has the keyboard."""
        from vl2agent.executor.focus import focused

        assert self.wait_for(lambda x: app in focused(x).app), f"{app} did not get the keyboard"

    def end(self, program: subprocess.Popen[bytes]) -> None:
        """Kill a program."""
        program.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(5)

    def stop(self) -> None:
        """Kill everything."""
        for process in (*reversed(self.programs), self.process):
            self.end(process)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for a whole file of tests."""
    new = Server(tmp_path_factory.mktemp("home"))
    try:
        yield new
    finally:
        new.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that the test may break."""
    new = Server(tmp_path)
    try:
        yield new
    finally:
        new.stop()


@pytest.fixture(scope="module")
def managed_server(server: Server) -> Server:
    """The file's server, with a window manager."""
    if shutil.which("xfwm4") is None:
        pytest.skip("no xfwm4; try: apt-get install xfwm4")
    server.start_window_manager()
    return server


@pytest.fixture
def executor(server: Server) -> Iterator[X11Executor]:
    """An executor on the file's server."""
    with X11Executor(server.display) as new:
        yield new


def _is_managed(x: Any) -> bool:
    from Xlib import X

    check = x.screen().root.get_full_property(x.intern_atom("_NET_SUPPORTING_WM_CHECK"), X.AnyPropertyType)
    return check is not None
