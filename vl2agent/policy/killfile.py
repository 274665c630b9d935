"""A file that stops what runs as soon as it is touched."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from vl2agent.errors import InputError


def kill_file() -> Path:
    """Return the file that every run of this user watches unless told otherwise."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir(), f"vl2agent-{user}-runs", "stop")


def touch(path: Path) -> None:
    """Stop what watches the file.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write("stop\n")  # its size changes too, where the clock of the file system is coarse
    except OSError as error:
        raise InputError(f"expected a file that can be touched, got {str(path)!r}: {error.strerror}") from error


class KillFile:
    """Notices when a file is touched or made; one that was there before does nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._look()

    def pulled(self) -> str:
        now, before = self._look(), self._seen
        self._seen = now
        return f"the file {self._path}" if now is not None and now != before else ""

    def close(self) -> None:
        """Nothing is open."""

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
