"""`Sandbox`: a whole desktop that nobody else uses, to look at and to act on.

    with Sandbox(apps=["mousepad"]) as desktop:
        desktop.perform(TypeText(text="naïve café"))
        desktop.grab().image.save("desktop.png")

Who runs what: this process starts a guard (guard.py), the guard an X server and, isolated, a shell (inside.sh) that
starts the window manager, the panel and every command. Whatever happens to this process, the guard ends the rest.
"""

from __future__ import annotations

import contextlib
import io
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from vl2agent.actions import Action
from vl2agent.errors import SandboxError, VL2AgentError
from vl2agent.geometry import Display, Size
from vl2agent.pace import Stop
from vl2agent.sandbox import jobs, registry
from vl2agent.sandbox.isolation import Limits
from vl2agent.sandbox.registry import Running
from vl2agent.sandbox.settings import Look
from vl2agent.sandbox.start import Options, Started, start
from vl2agent.steps import Frame, Reached, Receipt, Settled, Window

if TYPE_CHECKING:
    from vl2agent.capture.desktop import DesktopScreen
    from vl2agent.capture.stream import FrameStream
    from vl2agent.executor.x11 import X11Executor

LAUNCH_S = 5.0
WINDOW_S = 10.0
"""How long an application may take to show its window; keys that come before that go nowhere."""


class Sandbox:
    """A desktop of its own: X server, window manager, panel, applications; a Screen and an Executor.

    Args:
        size: width and height in physical pixels.
        theme: GTK theme, such as 'Greybird', 'Greybird-dark', 'Adwaita', 'Adwaita-dark'.
        apps: commands to launch once it is up, each of which opens a window; the last is in front.
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
        self._options = Options(
            size=size if isinstance(size, Size) else Size(*size),
            look=Look(theme, scale),
            network=network,
            home=Path(home).resolve() if home is not None else None,
            layout=layout,
            name=name,
            limits=limits,
        )
        self._apps = tuple(apps)
        self._entry: Running | None = None
        self._started: Started | None = None
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
        sandbox._entry = entry
        return sandbox

    def __enter__(self) -> Self:
        try:
            if self._entry is None:
                self._started = start(self._options)
                self._entry = self._started.entry
            self._use = registry.connect(self.entry.folder)
            self._use.sendall(b"use\n")
            self._launch_apps()
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
        try:
            self._let_go()
        finally:  # whatever keeps it from letting go, such as a person's second Ctrl-C
            if self._started is not None:
                self._started.end()
                self._started = self._entry = None

    def _let_go(self) -> None:
        executor, screen, use = self._executor, self._screen, self._use
        self._use = self._screen = self._executor = None
        with contextlib.ExitStack() as leaving:
            if use is not None:
                leaving.callback(use.close)
            if screen is not None:
                leaving.callback(screen.close)
            if executor is not None:
                with contextlib.suppress(VL2AgentError):  # a display that is gone holds nothing down
                    executor.close()

    def detach(self) -> None:
        """Let the desktop go on after this process; `vl2agent sandbox stop` ends it."""
        if self._started is not None:
            self._started.detach()
            self._started = None

    @property
    def entry(self) -> Running:
        """What is written down of this sandbox.

        Raises:
            SandboxError: it does not run; use it as a context manager.
        """
        if self._entry is None:
            raise SandboxError("expected a running sandbox, as inside of: with Sandbox() as desktop: ...")
        return self._entry

    @property
    def display(self) -> str:
        """The X display's name, such as ':5'."""
        return self.entry.display

    @property
    def place(self) -> str:
        """How to come back to it, as a recording says it."""
        return f"sandbox {self.entry.name}"

    @property
    def theme(self) -> str:
        """The GTK theme that it was started with; empty where that was somebody else's doing."""
        return self._options.look.theme if self._started is not None else ""

    @property
    def home(self) -> Path:
        """HOME of the programs inside, as a folder on this side."""
        return Path(self.entry.home)

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
        out, err = io.BytesIO(), io.BytesIO()
        code = self.follow(command, out, err, timeout_s=timeout_s, stdin=stdin.encode())
        texts = [stream.getvalue().decode(errors="replace") for stream in (out, err)]
        return subprocess.CompletedProcess(jobs.shell_words(command), code, *texts)

    def follow(
        self,
        command: str | Sequence[str],
        out: BinaryIO,
        err: BinaryIO,
        *,
        timeout_s: float = 600.0,
        stdin: bytes = b"",
    ) -> int:
        """Run a command inside as `run` does, write its output on as it comes, and return its exit code."""
        script = f"exec {shlex.join(jobs.shell_words(command))} 9>&-\n"
        return self._follow(script, _writer(out), _writer(err), timeout_s=timeout_s, stdin=stdin)

    def launch(self, command: str | Sequence[str]) -> None:
        """Start a program inside and let it run.

        Raises:
            SandboxError: no program of that name is visible inside, or the sandbox ended.
        """
        words = jobs.shell_words(command)
        nowhere = _writer(io.BytesIO())
        if self._follow(jobs.launch_script(words), nowhere, nowhere, timeout_s=LAUNCH_S) != 0:
            raise SandboxError(f"expected a program that is installed in the system, got {words[0]!r}")

    def _launch_apps(self) -> None:
        """Launch them, each in front of those before it; what shows no window in time is gone on without."""
        for app in self._apps:
            before = len(self.windows())
            self.launch(app)
            until_s = time.monotonic() + WINDOW_S
            while len(self.windows()) <= before and self.alive and time.monotonic() < until_s:
                time.sleep(0.03)

    def _follow(self, script: str, out: jobs.Sink, err: jobs.Sink, *, timeout_s: float, stdin: bytes = b"") -> int:
        try:
            job = jobs.Job(self.entry.folder / "jobs", script, stdin)
            return job.follow(out, err, timeout_s=timeout_s, alive=lambda: self.alive)
        except SandboxError as error:
            reason = self._started.end_reason() if self._started is not None else ""
            if not reason:
                raise
            raise SandboxError(f"{error}: {reason}") from error

    @property
    def screen(self) -> DesktopScreen:
        """The screen that this sandbox looks at itself with."""
        if self._screen is None:
            from vl2agent.capture.desktop import DesktopScreen

            self._screen = DesktopScreen(self.display, scale=float(self.entry.scale))
        return self._screen

    @property
    def executor(self) -> X11Executor:
        """The executor that this sandbox acts with."""
        if self._executor is None:
            from vl2agent.executor.x11 import X11Executor

            self._executor = X11Executor(self.display, guarded=True)
        return self._executor

    @property
    def size(self) -> Size:
        return self._options.size

    @property
    def displays(self) -> tuple[Display, ...]:
        return self.screen.displays

    def grab(self) -> Frame:
        return self.screen.grab()

    def settled(self, timeout_s: float = 3.0) -> Settled:
        return self.screen.settled(timeout_s)

    def stream(self, fps: float = 10.0) -> FrameStream:
        """Grab in a thread of its own, dropping the oldest frames when they are not taken."""
        return self.screen.stream(fps)

    def windows(self) -> tuple[Window, ...]:
        """List the visible windows, topmost first."""
        return self.screen.windows()

    @contextlib.contextmanager
    def stopping_on(self, stop: Stop) -> Iterator[None]:
        """Break off looking and acting as soon as `stop` is set, while entered."""
        with self.screen.stopping_on(stop), self.executor.stopping_on(stop):
            yield

    def perform(self, action: Action) -> Receipt:
        return self.executor.perform(action)

    def next_mark(self) -> str:
        return self.executor.next_mark()

    def how_far(self, mark: str) -> Reached | None:
        return self.executor.how_far(mark)

    def release_all(self) -> None:
        if self._executor is not None:
            self._executor.release_all()


def _writer(stream: BinaryIO) -> jobs.Sink:
    def write(data: bytes) -> None:
        stream.write(data)
        stream.flush()

    return write
