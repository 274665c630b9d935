"""Watch this process: reading broken input starts nothing, reaches nobody, and writes nowhere but in one folder."""

from __future__ import annotations

import collections
import dataclasses
import os
import sys
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

STARTS: tuple[str, ...] = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
)
WRITES: tuple[str, ...] = (
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
)
WRITES += ("shutil.rmtree", "shutil.move", "shutil.copyfile", "shutil.copytree", "tempfile.mkstemp", "tempfile.mkdtemp")
LOADS = ("pickle.find_class",)
HERE = ("127.0.0.1", "::1")


class Guard:
    """Notes every effect, once it is armed; audit hooks cannot be taken off, so one serves for all.

    Args:
        folder: where writing is allowed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.resolve())
        self._armed = False
        self.effects: list[str] = []
        sys.addaudithook(self._hear)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note effects meanwhile."""
        self._armed = True
        try:
            yield
        finally:
            self._armed = False

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self._armed and (said := self._effect(event, args)):
            self.effects.append(said)

    def _effect(self, event: str, args: tuple[Any, ...]) -> str:
        if event in STARTS or event in LOADS:
            return f"{event} {args[:1]!r:.200}"
        if event == "open" and self._is_writing(args) and not self._is_inside(args[0]):
            return f"open {args[0]!r} for writing"
        if event in WRITES and not self._is_inside(_place(args)):
            return f"{event} {args[0]!r}"
        if event == "socket.connect" and not (isinstance(args[1], tuple) and args[1][0] in HERE):
            return f"connect to {args[1]!r}"
        if event == "compile" and args[0] is not None and args[1] == "<string>" and not _is_typing():
            return f"compile {args[0]!r:.60}"
        return ""

    def _is_writing(self, args: tuple[Any, ...]) -> bool:
        _, mode, flags = args
        return bool(set(mode or "") & set("wax+")) or bool(mode is None and flags & (os.O_WRONLY | os.O_RDWR))

    def _is_inside(self, path: Any) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return True  # a descriptor that is open already
        return str(Path(os.fsdecode(path)).absolute()).startswith(self._folder) or os.fsdecode(path) == os.devnull


def _is_typing() -> bool:
    """Tell whether it is Python's own making of classes that compiles something."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename in (
        typing.__file__,
        dataclasses.__file__,
        collections.__file__,
    )


def _place(args: tuple[Any, ...]) -> Any:
    """Give the path that an event tells of; some are relative to a folder that is open, which comes last."""
    path, folder = args[0], args[-1]
    if len(args) > 1 and isinstance(folder, int) and folder >= 0 and isinstance(path, str | bytes):
        return Path(f"/proc/self/fd/{folder}").readlink() / os.fsdecode(path)
    return path
