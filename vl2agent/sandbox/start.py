"""Starting a desktop: its folder, its command lines, its guard, until the panel is on the screen."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import shutil
import socket
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from vl2agent.errors import InputError, SandboxError
from vl2agent.geometry import Size
from vl2agent.sandbox import choices, isolation, jobs, packages, registry, settings
from vl2agent.sandbox.isolation import Folders, Limits
from vl2agent.sandbox.ready import wait_for_desktop

logger = logging.getLogger(__name__)

START_S = 15.0
END_S = 5.0
HOME_FOLDERS = ("Desktop", "Documents", "Downloads", "Music", "Pictures", "Videos")


@dataclass(frozen=True, slots=True)
class Options:
    """What a desktop is to be like; the meaning of each is told at `Sandbox`.

    Raises:
        InputError: one of them cannot be.
    """

    size: Size
    look: settings.Look = field(default_factory=settings.Look)
    network: bool = False
    home: Path | None = None
    layout: str = "us"
    name: str | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not (320 <= self.size.width_px <= 7680 and 240 <= self.size.height_px <= 4320):
            raise InputError(f"expected a size of 320x240 to 7680x4320, got {self.size}")
        if self.home is not None and not self.home.is_dir():
            raise InputError(f"expected an existing folder as home, got {str(self.home)!r}")
        if not all(word.replace("_", "").isalnum() for word in self.layout.split()) or not self.layout.strip():
            raise InputError(f"expected a keyboard layout such as 'us', 'de' or 'us dvorak', got {self.layout!r}")


@dataclass(frozen=True, slots=True)
class Started:
    """A desktop that runs, and this process's hold on it."""

    entry: registry.Running
    guard: subprocess.Popen[bytes]
    owner: socket.socket

    def detach(self) -> None:
        """Let it go on after this process."""
        self.owner.sendall(b"detach\n")
        self.owner.close()
        self.guard.returncode = 0  # from now on no child to wait for

    def end_reason(self) -> str:
        """Return why the guard ended the desktop, or '' while it did not."""
        self.owner.settimeout(0.0)
        try:
            heard = self.owner.recv(65536, socket.MSG_PEEK)
        except OSError:
            return ""
        return "".join(str(json.loads(line).get("ended", "")) for line in heard.splitlines())

    def end(self) -> None:
        """End it, and return when nothing of it is left."""
        _end_guard(self.guard, self.owner)
        shutil.rmtree(self.entry.folder, ignore_errors=True)  # the guard did, unless it was killed


def start(options: Options) -> Started:
    """Start a desktop and wait for its panel.

    Raises:
        MissingPackages: programs are not installed.
        SandboxError: it did not start.
        InputError: the name is taken or cannot be one; the theme or the layout is not installed.
    """
    packages.require()
    choices.require_theme(options.look.theme, options.home)
    choices.require_layout(options.layout)
    problem = isolation.isolation_problem()
    if problem:
        warnings.warn(f"the sandbox is not isolated from your files and network: {problem}", stacklevel=4)
    folder = registry.claim(options.name)
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        folders = _make_folders(folder, options)
        guard, owner = _start_guard(folder, _spec(folder, folders, options, isolated=not problem))
        undo.callback(_end_guard, guard, owner)
        entry = registry.Running(
            name=folder.name,
            display=_hear_display(owner),
            width_px=options.size.width_px,
            height_px=options.size.height_px,
            scale=options.look.scale,
            pid=guard.pid,
            started_at=time.time(),
            home=str(folders.home),
            isolated=not problem,
            network=options.network or bool(problem),
        )
        registry.record(entry)
        wait_for_desktop(entry.display, START_S)
        undo.pop_all()
    return Started(entry, guard, owner)


def _make_folders(folder: Path, options: Options) -> Folders:
    folders = Folders(options.home or folder / "home", folder / "run", folder / "settings", folder / "jobs")
    if options.home is None:
        for name in HOME_FOLDERS:
            (folders.home / name).mkdir(parents=True)
    folders.runtime.mkdir(mode=0o700)
    uid, gid = isolation.user_ids()
    settings.write_settings(folders.settings, options.look, uid=uid, gid=gid)
    jobs.prepare(folders.jobs)
    return folders


def _start_guard(folder: Path, spec: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the guard; return it, and this process's end of the socket that keeps it going."""
    owner, guards_end = socket.socketpair()
    command = [sys.executable, "-P", str(Path(__file__).with_name("guard.py")), spec]
    with guards_end, (folder / "log").open("ab") as log:
        guard = subprocess.Popen(
            command, stdin=guards_end.fileno(), stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
        )
    return guard, owner


def _end_guard(guard: subprocess.Popen[bytes], owner: socket.socket) -> None:
    with contextlib.suppress(OSError), owner:
        owner.sendall(b"stop\n")  # closing it is not enough where a child of this process still has it
    try:
        guard.wait(END_S)
    except subprocess.TimeoutExpired:
        logger.warning("guard %d of the sandbox did not end in %.0f s; killing it", guard.pid, END_S)
        guard.kill()
        guard.wait()


def _hear_display(owner: socket.socket) -> str:
    """Wait for the guard's first line, which names the display."""
    ready, _, _ = select.select([owner], [], [], START_S)
    heard = owner.recv(65536) if ready else b""
    answer = json.loads(heard.splitlines()[0]) if heard else {}
    if "display" not in answer:
        raise SandboxError(f"the sandbox did not start: {answer.get('error', 'its guard ended or hung')}")
    return str(answer["display"])


def _spec(folder: Path, folders: Folders, options: Options, *, isolated: bool) -> str:
    """Tell the guard what to start; see its `Guard`."""
    limits, dpi = options.limits, 96 * options.look.scale
    shell = ["sh", "-c", Path(__file__).with_name("inside.sh").read_text(encoding="utf-8"), "desktop"]
    limited = ["prlimit", f"--nproc={limits.processes}", f"--data={limits.memory_mb << 20}", *shell]
    wrapped = isolation.wrap(folders, limited, network=options.network, x_socket="/tmp/.X11-unix/X{number}")
    return json.dumps(
        {
            "folder": str(folder),
            "owner_pid": os.getpid(),
            "x_server": f"Xvfb -screen 0 {options.size}x24 -nolisten tcp -noreset -dpi {dpi}".split(),
            "desktop": wrapped if isolated else limited,
            "env": _environment(folders, options, isolated=isolated),
            "keep_home": options.home is not None,
            "memory_mb": limits.memory_mb,
            "processes": limits.processes,
        }
    )


def _environment(folders: Folders, options: Options, *, isolated: bool) -> dict[str, str]:
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
        "GSETTINGS_BACKEND": "keyfile",  # a file in HOME that anyone can read, and no service
        "XDG_SESSION_TYPE": "x11",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        "GTK_MODULES": "gail:atk-bridge",
        "QT_ACCESSIBILITY": "1",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "VL2_JOBS": isolation.JOBS if isolated else str(folders.jobs),
        "VL2_LAYOUT": options.layout,
    }
