"""Where a recording's files are read from: a folder, or one packed file."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from vl2agent.errors import RecordingError
from vl2agent.recording.packing import Archive


class Storage(Protocol):
    """Files by name, such as 'events.jsonl' or 'frames/DIGEST.png'."""

    def read(self, name: str) -> bytes:
        """Give what is in a file.

        Raises:
            FileNotFoundError: there is none.
            OSError, RecordingError: it cannot be read.
        """
        ...


class Folder:
    """A recording as it was written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes:
        return (self._path / name).read_bytes()


def storage(path: Path) -> Storage:
    """Choose by what is there.

    Raises:
        RecordingError: nothing is there.
        UnsafeArchive: it is a file that packing did not write.
    """
    if path.is_dir():
        return Folder(path)
    if path.is_file():
        return Archive(path)
    raise RecordingError(path, "there is no such recording; 'vl2agent run' says where it keeps one")
