"""The event file of a recording that is being written: made or taken over whole, locked, and only ever appended to."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import vl2agent
from vl2agent.errors import DiskFull, RecordingBusy, RecordingError
from vl2agent.recording.lines import to_line
from vl2agent.recording.lock import lock
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import EVENTS, FRAMES, MANIFEST, PACKED_SUFFIX, VERSION, Event, Manifest

RESERVE, RESERVE_BYTES = "reserve", 64 * 1024
"""Held back while writing and given up when the disk is full, so that the end of the run still fits."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}
_flush = getattr(os, "fdatasync", os.fsync)  # what a reader needs, and half the time where it exists


class EventLog:
    """Numbers, stamps and appends events, from any thread. Made by `create` or `resume`.

    `failure` is what stops all further writing, once something could not be written.
    """

    def __init__(self, path: Path, file: int, *, seq: int = 0, good_bytes: int = 0) -> None:
        self.path = path
        self.failure: RecordingError | None = None
        self._file: int | None = file
        self._seq, self._good_bytes = seq, good_bytes
        self._busy = threading.Lock()

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new recording.

        Raises:
            RecordingError: the folder cannot be made, or holds something already.
            DiskFull: there is no space even for an empty recording.
        """
        draft = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
        try:
            (draft / FRAMES).mkdir(parents=True)
            (draft / MANIFEST).write_text(_manifest().model_dump_json(indent=2) + "\n", encoding="utf-8")
            (draft / RESERVE).write_bytes(bytes(RESERVE_BYTES))
            (draft / EVENTS).touch()
            draft.rename(path)  # into place whole: who comes second finds it taken
            file = _locked(path)
        except (OSError, RecordingError) as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise as_recording_error(path, error) from error
        return cls(path, file)

    @classmethod
    def resume(cls, path: Path) -> tuple[Self, Recording]:
        """Take over a recording whose writer is gone; cut a torn line off its end.

        Returns:
            The log, and the recording as it was before, torn line and all.

        Raises:
            RecordingBusy: its writer is not gone.
            RecordingError: it is not a recording that can be gone on with, or cannot be written to.
            DiskFull: there is no space left.
        """
        if path.name.endswith(PACKED_SUFFIX):
            raise RecordingError(path, "is packed; unpack it first")
        if not (path / MANIFEST).is_file():
            raise RecordingError(path, f"expected a folder with {MANIFEST} in it; is this a recording?")
        file = None
        try:
            file = _locked(path)
            recording = Recording(path)
            if recording.manifest.version != VERSION:
                found = recording.manifest.version
                raise RecordingError(path, f"is of version {found} of the format; only {VERSION} is written here")
            good_bytes = os.fstat(file).st_size - recording.torn_bytes
            (path / RESERVE).write_bytes(bytes(RESERVE_BYTES))
            os.ftruncate(file, good_bytes)
            for partial in (path / FRAMES).glob("*.part"):
                partial.unlink()
        except (OSError, RecordingError) as error:
            if file is not None:
                os.close(file)
            raise as_recording_error(path, error) from error
        return cls(path, file, seq=len(recording.events), good_bytes=good_bytes), recording

    def append(self, event: Event, *, sync: bool) -> None:
        """Write an event at the end; return when it is on the disk, if so asked.

        Raises:
            RecordingError: it could not be written; nothing of it is there then.
        """
        with self._busy:
            if self._file is None:  # its number may be another file's by now
                raise RecordingError(self.path, "is closed; make a new Recorder for each run")
            stamp = {"seq": self._seq, "wall_s": time.time(), "mono_s": time.monotonic()}
            try:
                line = to_line(event.model_copy(update=stamp))
            except ValueError as error:  # half a surrogate pair, as from a terminal that is not in UTF-8
                raise RecordingError(self.path, f"a {type(event).__name__} cannot be written: {error}") from error
            try:
                _write_whole(self._file, line)
                if sync:
                    _flush(self._file)
            except OSError as error:
                self._fail(error, self._file)
                raise as_recording_error(self.path, error) from error
            self._seq += 1
            self._good_bytes += len(line)

    def fail(self, error: Exception) -> None:
        """Remember why nothing more will be written."""
        self.failure = self.failure or as_recording_error(self.path, error)

    def release_reserve(self) -> None:
        """Give the space back that was held for the end."""
        with contextlib.suppress(OSError):
            (self.path / RESERVE).unlink(missing_ok=True)

    def close(self) -> None:
        """Give up the lock."""
        self.release_reserve()
        with self._busy:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _fail(self, error: OSError, file: int) -> None:
        """Cut off the part of a line that did fit."""
        with contextlib.suppress(OSError):
            os.ftruncate(file, self._good_bytes)
        self.fail(error)


def as_recording_error(path: Path, error: Exception) -> RecordingError:
    """Say what stopped the writing, and what to try."""
    if isinstance(error, RecordingError):
        return error
    if not isinstance(error, OSError):
        return RecordingError(path, f"{type(error).__name__}: {error}")
    if error.errno in _FULL:
        return DiskFull(path, "no space is left; free some or record elsewhere with --record DIR")
    if error.errno in _TAKEN:
        return RecordingError(path, "is there already; choose another name")
    return RecordingError(path, f"{error.strerror or error}; record elsewhere with --record DIR")


def _locked(path: Path) -> int:
    """Open the event file for appending, as its only writer."""
    file = os.open(path / EVENTS, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
    if not lock(file):
        os.close(file)
        raise RecordingBusy(path, "is being written by another process; wait until that ends, or stop it")
    return file


def _manifest() -> Manifest:
    return Manifest(
        written_by=f"vl2agent {vl2agent.__version__}",
        platform=f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _write_whole(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
