"""Write a recording so that a kill at any moment leaves one that opens.

Events are appended by whoever writes, one `write` call each, and flushed to the disk where the caller says so (an
intent before its effect, the receipt after it). Pictures are encoded by one worker thread, off the loop's way, in
the order they were seen; a frame's `picture` event follows when its file is complete.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import platform
import queue
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import vl2agent
from vl2agent.errors import DiskFull, RecordingError
from vl2agent.recording.schema import EVENTS, FRAMES, MANIFEST, Event, FrameSeen, Manifest, PictureKept, to_line
from vl2agent.steps import Frame, Settled

logger = logging.getLogger(__name__)

RESERVE, RESERVE_BYTES = "reserve", 64 * 1024
"""Held back while writing and given up when the disk is full, so that the end of the run still fits."""

MAX_WAITING = 16
"""Frames that may wait for the encoder before the loop waits for it: 133 MB at 1920x1080."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_flush = getattr(os, "fdatasync", os.fsync)  # what a reader needs, and half the time where it exists
_TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}


class Recorder:
    """Write one run into a new folder.

    Args:
        path: the folder to make, by custom NAME.v2a; it must not exist yet, or be empty.

    Raises:
        RecordingError: the folder cannot be made, or holds something already (another writer's recording, too).
        DiskFull: there is no space even for an empty recording.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()
        self._events_lock = threading.Lock()
        self._seq, self._good_bytes, self._frames_seen = 0, 0, 0
        self._failure: RecordingError | None = None
        self._closed = False
        self._log: int | None = self._open()
        self._waiting: queue.Queue[tuple[int, Frame] | None] = queue.Queue(MAX_WAITING)
        self._encoder = threading.Thread(target=self._encode_all, name="vl2agent-recorder", daemon=True)
        self._encoder.start()

    def write(self, event: Event, *, sync: bool = False) -> None:
        """Append an event; number and clocks are filled in.

        Args:
            event: what happened.
            sync: return only when it is on the disk.

        Raises:
            RecordingError: it could not be written, or a picture before it could not.
        """
        if self._failure is not None:
            raise self._failure
        self._append(event, sync=sync)

    def see(self, settled: Settled) -> int:
        """Append a frame and let its picture be encoded; return the frame's number, counting from 0.

        Raises:
            RecordingError: it could not be written, or a picture before it could not.
        """
        frame, number = settled.frame, self._frames_seen
        self.write(
            FrameSeen(
                frame=number,
                region=frame.region,
                scale=frame.scale,
                windows=frame.windows,
                settled=settled.verdict,
                waited_s=settled.waited_s,
            )
        )
        self._frames_seen += 1
        self._waiting.put((number, frame))
        return number

    def finish(self, event: Event) -> None:
        """Append the last event, even after a failure, and close; never raises, the failure is known already."""
        self._release_reserve()
        try:
            self._append(event, sync=True)
        except RecordingError as error:
            logger.warning("the end of the recording is missing: %s", error)
        self.close()

    def close(self) -> None:
        """Wait for the pictures that are still being encoded, then close; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._waiting.put(None)
        self._encoder.join()
        self._release_reserve()
        with self._events_lock:
            assert self._log is not None
            os.close(self._log)
            self._log = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # --- files -------------------------------------------------------------------------------------------------

    def _open(self) -> int:
        """Prepare the folder under another name and move it into place whole: who comes second finds it taken."""
        draft = self.path.with_name(f".{self.path.name}-{os.getpid()}-{threading.get_ident()}")
        try:
            (draft / FRAMES).mkdir(parents=True)
            (draft / MANIFEST).write_text(_manifest().model_dump_json(indent=2) + "\n", encoding="utf-8")
            (draft / EVENTS).touch()
            (draft / RESERVE).write_bytes(bytes(RESERVE_BYTES))
            draft.rename(self.path)
            return os.open(self.path / EVENTS, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise _failed(self.path, error) from error

    def _release_reserve(self) -> None:
        with contextlib.suppress(OSError):
            (self.path / RESERVE).unlink(missing_ok=True)

    def _append(self, event: Event, *, sync: bool) -> None:
        with self._events_lock:
            if self._log is None:  # its number may be another file's by now
                raise RecordingError(self.path, "is closed; make a new Recorder for each run")
            stamp = {"seq": self._seq, "wall_s": time.time(), "mono_s": time.monotonic()}
            try:
                line = to_line(event.model_copy(update=stamp))
            except ValueError as error:  # half a surrogate pair, as from a terminal that is not in UTF-8
                raise RecordingError(self.path, f"a {type(event).__name__} cannot be written: {error}") from error
            try:
                _write_whole(self._log, line)
                if sync:
                    _flush(self._log)
            except OSError as error:
                self._fail(error, self._log)
                raise _failed(self.path, error) from error
            self._seq += 1
            self._good_bytes += len(line)

    def _fail(self, error: OSError, log: int) -> None:
        """Cut off the part of a line that did fit, and remember why nothing more will be written."""
        with contextlib.suppress(OSError):
            os.ftruncate(log, self._good_bytes)
        self._failure = self._failure or _failed(self.path, error)

    # --- pictures, in the worker thread ------------------------------------------------------------------------

    def _encode_all(self) -> None:
        while (item := self._waiting.get()) is not None:
            number, frame = item
            if self._failure is not None:
                continue
            try:
                self._keep(frame)
                self._append(PictureKept(frame=number, digest=frame.digest), sync=False)
            except OSError as error:
                self._failure = self._failure or _failed(self.path, error)
            except Exception as error:  # noqa: BLE001  the loop must hear of it, not wait for a dead thread
                self._failure = self._failure or RecordingError(self.path, f"frame {number}: {error}")

    def _keep(self, frame: Frame) -> None:
        final = self.path / FRAMES / f"{frame.digest}.png"
        if final.exists():
            return
        partial = final.with_suffix(".part")
        try:
            frame.image.save(partial, "PNG", compress_level=1)  # 46 ms at 1080p; level 6 takes 59 to save 4 %
            partial.replace(final)
        except OSError:
            partial.unlink(missing_ok=True)
            raise


def _manifest() -> Manifest:
    return Manifest(
        written_by=f"vl2agent {vl2agent.__version__}",
        platform=f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _write_whole(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _failed(path: Path, error: OSError) -> RecordingError:
    if error.errno in _FULL:
        return DiskFull(path, "no space is left; free some or record elsewhere with --record DIR")
    if error.errno in _TAKEN:
        return RecordingError(path, "is there already; choose another name")
    return RecordingError(path, f"{error.strerror or error}; record elsewhere with --record DIR")
