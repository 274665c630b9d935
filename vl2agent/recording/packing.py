"""The same recording in one file: a zip archive of its events and pictures, NAME.v2a.zip.

An archive may come from anywhere, so it is looked at before anything is read of it: it holds what `pack` writes, each
once, under these very names, of sizes that fit, or it is refused.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

from vl2agent.errors import RecordingError, UnsafeArchive
from vl2agent.recording.schema import EVENTS, FRAMES, MANIFEST, PACKED_SUFFIX, SUFFIX

MAX_ENTRIES = 200_000
MAX_MANIFEST_BYTES, MAX_EVENTS_BYTES, MAX_PICTURE_BYTES = 1 << 16, 1 << 30, 1 << 28
MAX_BYTES = 4 << 30
"""Of all files together, unpacked."""
MAX_RATIO = 200
"""Unpacked to packed; events come to 10 or 20, what is made to burst to a thousand."""
FREE_BYTES = 1 << 20
"""A file of no more than this may shrink as it likes."""

_PICTURE = re.compile(rf"{FRAMES}/[0-9a-f]{{64}}\.png")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, RuntimeError)


class Archive:
    """A packed recording, looked at and open.

    Raises:
        UnsafeArchive: it holds what packing never writes; `.entry` names it.
        RecordingError: it is no archive, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, *_BROKEN) as error:
            raise RecordingError(path, f"expected a folder, or a zip file of one: {error}") from error
        with contextlib.ExitStack() as undo:
            undo.callback(self._zip.close)
            self.names = _checked(path, self._zip.infolist())
            undo.pop_all()

    def read(self, name: str) -> bytes:
        if name not in self.names:
            raise FileNotFoundError(name)
        try:
            return self._zip.read(name)
        except _BROKEN as error:
            raise UnsafeArchive(self._path, name, f"it cannot be unpacked ({error})") from error

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


def pack(folder: str | Path, target: str | Path | None = None) -> Path:
    """Write a recording's folder into one file, NAME.v2a.zip beside it unless a target is named; return where.

    What is not of the format (a report, a dry run's drawings) stays behind. Equal folders give equal files.

    Raises:
        RecordingError: it is no recording, the target is there already, or cannot be written.
    """
    source = Path(folder)
    target = Path(target) if target else source.with_name(source.name.removesuffix(SUFFIX) + PACKED_SUFFIX)
    if not (source / MANIFEST).is_file():
        raise RecordingError(source, f"expected a folder with {MANIFEST} in it; is this a recording?")
    draft = _draft(target)
    try:
        with zipfile.ZipFile(draft, "x") as archive:
            _add(archive, source, MANIFEST, zipfile.ZIP_DEFLATED)
            _add(archive, source, EVENTS, zipfile.ZIP_DEFLATED)
            for name in sorted(f"{FRAMES}/{file.name}" for file in (source / FRAMES).iterdir()):
                if _PICTURE.fullmatch(name):
                    _add(archive, source, name, zipfile.ZIP_STORED)
        _into_place(draft, target)
    except OSError as error:
        raise RecordingError(target, f"cannot be packed: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def unpack(file: str | Path, target: str | Path | None = None) -> Path:
    """Write a packed recording as a folder again, NAME.v2a beside it unless a target is named; return where.

    Raises:
        UnsafeArchive: it holds what packing never writes; nothing was written.
        RecordingError: it is no archive, the target is there already, or cannot be written.
    """
    source = Path(file)
    target = Path(target) if target else source.with_name(source.name.removesuffix(PACKED_SUFFIX) + SUFFIX)
    archive, draft = Archive(source), _draft(target)
    try:
        (draft / FRAMES).mkdir(parents=True)
        for name in archive.names:
            (draft / name).write_bytes(archive.read(name))
        _into_place(draft, target)
    except OSError as error:
        raise RecordingError(target, f"cannot be unpacked: {error.strerror or error}") from error
    finally:
        archive.close()
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _add(archive: zipfile.ZipFile, source: Path, name: str, method: int) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    archive.writestr(info, (source / name).read_bytes(), method)


def _draft(target: Path) -> Path:
    if target.exists():
        raise RecordingError(target, "is there already; choose another name")
    return target.with_name(f".{target.name}-{os.getpid()}")


def _into_place(draft: Path, target: Path) -> None:
    if target.exists():
        raise RecordingError(target, "is there already; choose another name")
    draft.rename(target)


def _checked(path: Path, entries: list[zipfile.ZipInfo]) -> tuple[str, ...]:
    """List the files of an archive that holds nothing but a recording.

    Raises:
        UnsafeArchive: it holds something else.
    """
    if len(entries) > MAX_ENTRIES:
        raise UnsafeArchive(path, entries[MAX_ENTRIES].filename, f"it is one of more than {MAX_ENTRIES:,}")
    names: dict[str, None] = {}
    total = 0
    for entry in entries:
        reason = "it is there twice" if entry.filename in names else _wrong(entry)
        total += entry.file_size
        if total > MAX_BYTES:
            reason = f"all files together would be larger than {MAX_BYTES >> 30} GiB"
        if reason:
            raise UnsafeArchive(path, entry.filename, reason)
        names[entry.filename] = None
    for name in (MANIFEST, EVENTS):
        if name not in names:
            raise UnsafeArchive(path, name, "it is missing")
    return tuple(names)


def _wrong(entry: zipfile.ZipInfo) -> str:
    """Say why an entry is refused; empty when it is not."""
    most = _most_bytes(entry.orig_filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if not most:
        return "expected the names of a recording's files alone"
    if kind not in (0, stat.S_IFREG):
        return "it is a link or a special file"
    if entry.flag_bits & 0x1:
        return "it is encrypted"
    if entry.compress_type not in _METHODS:
        return f"compressed in a way that is not known (method {entry.compress_type})"
    if entry.file_size > most:
        return f"it would be {entry.file_size:,} bytes, more than {most:,}"
    if entry.file_size > FREE_BYTES and entry.file_size > MAX_RATIO * entry.compress_size:
        return f"it would grow to more than {MAX_RATIO} times its size"
    return ""


def _most_bytes(name: str) -> int:
    """Say how large a file of this name may be; 0 where a recording has none of that name."""
    if _PICTURE.fullmatch(name):
        return MAX_PICTURE_BYTES
    return {MANIFEST: MAX_MANIFEST_BYTES, EVENTS: MAX_EVENTS_BYTES}.get(name, 0)
