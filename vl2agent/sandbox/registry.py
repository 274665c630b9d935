"""The running sandboxes of this user, as one folder each; what has ended is not listed and is cleared away."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vl2agent.errors import InputError, SandboxError, SandboxGone

STARTING_S = 30.0
"""A folder younger than this may belong to a sandbox that is about to run."""


@dataclass(frozen=True, slots=True)
class Running:
    """One running sandbox, as it is written down.

    Args:
        name: unique for this user.
        display: such as ':5'.
        width_px, height_px, scale: of its screen.
        started_at: seconds since 1970.
        home: its HOME, as this side sees it.
        detached: it stays when the process that started it ends.
    """

    name: str
    display: str
    width_px: int
    height_px: int
    scale: int
    pid: int
    started_at: float
    home: str
    isolated: bool
    network: bool

    @property
    def folder(self) -> Path:
        return base() / self.name

    @property
    def alive(self) -> bool:
        with contextlib.suppress(OSError), connect(self.folder):
            return True
        return False


_FILE: TypeAdapter[Running] = TypeAdapter(Running)


def base() -> Path:
    """Return this user's folder of sandboxes, made when there is none.

    Raises:
        SandboxError: somebody else made a folder of that name, or it cannot be made.
    """
    path = Path(tempfile.gettempdir(), f"vl2agent-{os.getuid()}")
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise SandboxError(
            f"expected {path} to be a folder that can be made, got: {error}; try another TMPDIR"
        ) from error
    if not path.is_dir() or path.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise SandboxError(f"expected {path} to be a folder of yours that others cannot open; move it away")
    return path


def claim(name: str | None) -> Path:
    """Make the folder of a new sandbox.

    Raises:
        InputError: the name has letters other than a-z, A-Z, 0-9, '.', '_', '-', or is taken.
    """
    if name is None:
        return Path(tempfile.mkdtemp(prefix="desktop-", dir=base()))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", name):
        raise InputError(f"expected a name of letters, digits, '.', '_' and '-', 40 at most, got {name!r}")
    running()  # clears away what has ended
    try:
        (base() / name).mkdir(mode=0o700)
    except FileExistsError as error:
        raise InputError(f"a sandbox named {name!r} runs already; stop it, or choose another name") from error
    return base() / name


def record(entry: Running) -> None:
    """Write a sandbox down, at once and whole."""
    path = entry.folder / "sandbox.json"
    new = path.with_suffix(".new")
    new.write_bytes(_FILE.dump_json(entry))
    new.replace(path)


def running() -> list[Running]:
    """List the sandboxes that run, oldest first."""
    found = [entry for folder in base().iterdir() if (entry := _read(folder))]
    return sorted(found, key=lambda entry: entry.started_at)


def find(name: str) -> Running:
    """Return the running sandbox of this name.

    Raises:
        SandboxGone: there is none.
    """
    entries = {entry.name: entry for entry in running()}
    if name not in entries:
        raise SandboxGone(name, list(entries))
    return entries[name]


def connect(folder: Path) -> socket.socket:
    """Open a connection to a sandbox's guard.

    Raises:
        OSError: it does not run.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(2.0)
        connection.connect(str(folder / "control"))
    except OSError:
        connection.close()
        raise
    return connection


def stop(name: str, timeout_s: float = 5.0) -> None:
    """End a sandbox and return when it is gone.

    Raises:
        SandboxGone: there is none of this name.
        SandboxError: it did not end in time.
    """
    entry = find(name)
    with contextlib.suppress(OSError), connect(entry.folder) as connection:
        connection.sendall(b"stop\n")
        connection.settimeout(timeout_s)
        connection.recv(1)  # ends when the guard does
    if entry.alive:
        raise SandboxError(f"sandbox {name!r} did not end within {timeout_s:g} s; kill process {entry.pid}")


def as_json(entry: Running) -> dict[str, object]:
    """Return the entry for machines to read."""
    return {**asdict(entry), "seconds": round(time.time() - entry.started_at, 1)}


def _read(folder: Path) -> Running | None:
    """Read one entry; clear it away when its sandbox has ended."""
    try:
        entry = _FILE.validate_json((folder / "sandbox.json").read_bytes())
    except (OSError, ValidationError):
        entry = None
    if entry and entry.alive:
        return entry
    with contextlib.suppress(OSError):
        if time.time() - folder.stat().st_mtime > STARTING_S or entry:
            shutil.rmtree(folder, ignore_errors=True)
    return None
