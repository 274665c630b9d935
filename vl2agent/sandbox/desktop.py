"""`Sandbox`: a whole desktop that nobody else uses, to look at and to act on.

    with Sandbox(apps=["mousepad"]) as desktop:
        desktop.perform(TypeText(text="naïve café"))
        desktop.grab().image.save("desktop.png")

Who runs what: this process starts a guard (guard.py), the guard an X server and, isolated, a shell (inside.sh) that
starts the window manager, the panel and every command. Whatever happens to this process, the guard ends the rest.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import shlex
import shutil
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from vl2agent.actions import Action
from vl2agent.errors import InputError, SandboxError
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.sandbox import isolation, jobs, packages, ready, registry, settings
from vl2agent.sandbox.isolation import Folders, Limits
from vl2agent.steps import Frame, Receipt, Settled, Window

if TYPE_CHECKING:
    from vl2agent.capture.desktop import DesktopScreen
    from vl2agent.executor.x11 import X11Executor

logger = logging.getLogger(__name__)

START_S = 15.0
END_S = 5.0


class Sandbox:
    """A desktop of its own: X server, window manager, panel, applications; a Screen and an Executor.

    Args:
        size: width and height in physical pixels.
        theme: GTK theme, such as 'Greybird', 'Greybird-dark', 'Adwaita', 'Adwaita-dark'.
        apps: commands to launch once it is up.
        network: whether programs inside reach the network, this machine's own servers included.
        home: a folder to be HOME inside, kept afterwards; by default an empty one, removed at the end.
        scale: physical pixels per logical one, 1 or 2.
        layout: keyboard layout for setxkbmap, such as 'us', 'de', 'fr', 'us dvorak'.
        name: how `vl2agent sandbox list` and `Sandbox.attach` call it.
        limits: memory and processes.

    Raises on entering:
        MissingPackages: programs are not installed; the message has the line that installs them.
        SandboxError: it did not start, or this is not Linux.
        InputError: a size, home, layout or name that cannot be.
    """

    def __init__(
        self,
        size: tuple[int, int] | Size = (1280, 800),
        theme: str = "Greybird",
        apps: Sequence[str] = (),
        *,
        network: bool = False,
        home: str | Path | None = None,
        scale: int = 1,
        layout: str = "us",
        name: str | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self._size = size if isinstance(size, Size) else Size(*size)
        if not (320 <= self._size.width_px <= 7680 and 240 <= self._size.height_px <= 4320):
            raise InputError(f"expected a size of 320x240 to 7680x4320, got {self._size}")
        if scale not in (1, 2):
            raise InputError(f"expected scale 1 or 2, got {scale}")
        if home is not None and not Path(home).is_dir():
            raise InputError(f"expected an existing folder as home, got {str(home)!r}")
        self.theme, self.apps, self.network, self.layout = theme, tuple(apps), network, layout
        self.scale, self.name, self.limits = scale, name or "", limits
        self.home = Path(home).resolve() if home is not None else Path()
        self._keep_home = home is not None
        self._folder: Path | None = None
        self._entry: registry.Running | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._owner: socket.socket | None = None
        self._use: socket.socket | None = None
        self._screen: DesktopScreen | None = None
        self._executor: X11Executor | None = None

    @classmethod
    def attach(cls, name: str) -> Sandbox:
        """Use a sandbox that runs already; entering and leaving do not start or stop it.

        Raises:
            SandboxGone: none of this name runs.
        """
        entry = registry.find(name)
        sandbox = cls((entry.width_px, entry.height_px), scale=entry.scale, network=entry.network, name=name)
        sandbox.home, sandbox._keep_home, sandbox._entry = Path(entry.home), True, entry
        return sandbox

    def __enter__(self) -> Self:
        try:
            if self._entry is None:
                self._start()
            self._use = registry.connect(self.entry.folder)
            self._use.sendall(b"use\n")
        except OSError as error:
            self.close()
            raise SandboxError(f"the sandbox ended while it started: {error}") from error
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release what is held; end the desktop, unless it was attached to or detached. Safe to call twice."""
        if self._executor is not None:
            with contextlib.suppress(Exception):  # a display that is gone holds nothing down
                self._executor.release_all()
        for connection in (self._use, self._owner):
            if connection is not None:
                connection.close()
        self._use = self._owner = self._screen = self._executor = None
        if self._guard is not None:
            self._wait_for_guard(self._guard)
            self._guard = self._entry = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)  # the guard did, if there was one
            self._folder = None

    def detach(self) -> None:
        """Let the desktop go on after this process; `vl2agent sandbox stop` ends it."""
        if self._owner is None:
            return
        self._owner.sendall(b"detach\n")
        self._owner.close()
        self._owner = None
        if self._guard is not None:
            self._guard.returncode = 0  # nobody's child to wait for from now on
            self._guard = self._folder = None

    def _start(self) -> None:
        packages.require()
        problem = isolation.isolation_problem()
        if problem:
            warnings.warn(f"the sandbox is not isolated from your files and network: {problem}", stacklevel=3)
        folder = self._folder = registry.claim(self.name or None)
        self.name = folder.name
        folders = self._make_folders(folder)
        self._owner, guards_end = socket.socketpair()
        with guards_end, (folder / "log").open("ab") as log:
            self._guard = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).with_name("guard.py")), self._spec(folder, folders, problem)],
                stdin=guards_end,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        display = self._hear("display")
        self._entry = registry.Running(
            name=self.name,
            display=display,
            width_px=self._size.width_px,
            height_px=self._size.height_px,
            scale=self.scale,
            pid=self._guard.pid,
            started_at=time.time(),
            home=str(self.home),
            isolated=not problem,
            network=self.network or bool(problem),
        )
        registry.record(self._entry)
        self._wait_for_panel()
        for app in self.apps:
            self.launch(app)

    def _make_folders(self, folder: Path) -> Folders:
        if not self._keep_home:
            self.home = folder / "home"
            self.home.mkdir()
        folders = Folders(self.home, folder / "run", folder / "settings", folder / "jobs")
        folders.runtime.mkdir(mode=0o700)
        look = settings.Look(self.theme, self.scale)
        uid, gid = isolation.user_ids()
        settings.write_settings(folders.settings, look, uid=uid, gid=gid)
        jobs.prepare(folders.jobs)
        return folders

    def _spec(self, folder: Path, folders: Folders, problem: str) -> str:
        size = f"{self._size.width_px}x{self._size.height_px}x24"
        shell = ["sh", "-c", Path(__file__).with_name("inside.sh").read_text(encoding="utf-8"), "desktop"]
        limited = ["prlimit", f"--nproc={self.limits.processes}", f"--data={self.limits.memory_mb << 20}", *shell]
        isolated = isolation.wrap(folders, limited, network=self.network, x_socket="/tmp/.X11-unix/X{number}")
        return json.dumps(
            {
                "folder": str(folder),
                "owner_pid": os.getpid(),
                "x_server": [
                    "Xvfb",
                    "-screen",
                    "0",
                    size,
                    "-nolisten",
                    "tcp",
                    "-noreset",
                    "-dpi",
                    str(96 * self.scale),
                ],
                "desktop": limited if problem else isolated,
                "env": self._environment(folders, isolated=not problem),
                "keep_home": self._keep_home,
                "memory_mb": self.limits.memory_mb,
                "processes": self.limits.processes,
            }
        )

    def _environment(self, folders: Folders, *, isolated: bool) -> dict[str, str]:
        uid, _ = isolation.user_ids()
        home = isolation.HOME if isolated else str(folders.home)
        runtime = f"/run/user/{uid}" if isolated else str(folders.runtime)
        own = isolation.SETTINGS if isolated else str(folders.settings)
        return {
            "DISPLAY": "{display}",
            "HOME": home,
            "USER": "user",
            "LOGNAME": "user",
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "PATH": f"{own}/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games:/usr/sbin:/sbin",
            "XDG_RUNTIME_DIR": runtime,
            "XDG_CONFIG_DIRS": f"{own}/config:/etc/xdg",
            "XDG_DATA_DIRS": f"{own}/data:/usr/local/share:/usr/share",
            "XDG_CURRENT_DESKTOP": "XFCE",
            "XDG_MENU_PREFIX": "xfce-",
            "XDG_SESSION_TYPE": "x11",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
            "GTK_MODULES": "gail:atk-bridge",
            "QT_ACCESSIBILITY": "1",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "VL2_JOBS": isolation.JOBS if isolated else str(folders.jobs),
            "VL2_LAYOUT": self.layout,
        }

    def _hear(self, field: str) -> str:
        """Wait for the guard's first line and return a field of it."""
        assert self._owner is not None
        ready, _, _ = select.select([self._owner], [], [], START_S)
        heard = self._owner.recv(65536) if ready else b""
        answer = json.loads(heard.splitlines()[0]) if heard else {}
        if field not in answer:
            raise SandboxError(f"the sandbox did not start: {answer.get('error', 'its guard ended or hung')}")
        return str(answer[field])

    def _wait_for_panel(self) -> None:
        ready.wait_for_panel(self.display, START_S)

    @staticmethod
    def _wait_for_guard(guard: subprocess.Popen[bytes]) -> None:
        try:
            guard.wait(END_S)
        except subprocess.TimeoutExpired:
            logger.warning("guard %d of the sandbox did not end in %.0f s; killing it", guard.pid, END_S)
            guard.kill()
            guard.wait()

    @property
    def entry(self) -> registry.Running:
        """What is written down of this sandbox.

        Raises:
            SandboxError: it does not run; use it as a context manager.
        """
        if self._entry is None:
            raise SandboxError("expected a running sandbox; enter it first: with Sandbox() as desktop: ...")
        return self._entry

    @property
    def display(self) -> str:
        """The X display's name, such as ':5'."""
        return self.entry.display

    @property
    def alive(self) -> bool:
        """Whether the desktop still runs."""
        return self._entry is not None and self._entry.alive

    def run(
        self, command: str | Sequence[str], timeout_s: float = 10.0, *, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, with the desktop's display, buses and HOME, and wait for its end.

        Raises:
            InputError: there is no command.
            SandboxError: it ran longer than `timeout_s` (and was killed), or the sandbox ended.
        """
        words = jobs.shell_words(command)
        out, err = bytearray(), bytearray()
        job = jobs.Job(self.entry.folder / "jobs", f"exec {shlex.join(words)} 9>&-\n", stdin.encode())
        code = job.follow(out.extend, err.extend, timeout_s=timeout_s, alive=lambda: self.alive)
        return subprocess.CompletedProcess(words, code, out.decode(errors="replace"), err.decode(errors="replace"))

    def launch(self, command: str | Sequence[str]) -> None:
        """Start a program inside and let it run.

        Raises:
            SandboxError: no program of that name is visible inside, or the sandbox ended.
        """
        words = jobs.shell_words(command)
        job = jobs.Job(self.entry.folder / "jobs", jobs.launch_script(words))
        code = job.follow(_drop, _drop, timeout_s=5.0, alive=lambda: self.alive)
        if code != 0:
            raise SandboxError(f"expected a program that is installed in the system, got {words[0]!r}")

    @property
    def screen(self) -> DesktopScreen:
        """The screen that this sandbox looks at itself with."""
        if self._screen is None:
            from vl2agent.capture.desktop import DesktopScreen

            self._screen = DesktopScreen(self.display)
        return self._screen

    @property
    def executor(self) -> X11Executor:
        """The executor that this sandbox acts with."""
        if self._executor is None:
            from vl2agent.executor.x11 import X11Executor

            self._executor = X11Executor(self.display)
        return self._executor

    @property
    def size(self) -> Size:
        return self._size

    @property
    def displays(self) -> tuple[Display, ...]:
        return (Display(self.display, ScreenBox(0, 0, self._size.width_px, self._size.height_px), float(self.scale)),)

    def grab(self) -> Frame:
        return self.screen.grab()

    def settled(self, timeout_s: float = 3.0) -> Settled:
        return self.screen.settled(timeout_s)

    def windows(self) -> tuple[Window, ...]:
        """List the visible windows, topmost first."""
        return self.settled(0.0).frame.windows

    def perform(self, action: Action) -> Receipt:
        return self.executor.perform(action)

    def release_all(self) -> None:
        self.executor.release_all()


def _drop(_: bytes) -> None:
    pass
