"""The files of a trajectory: JSON, JSON lines, and pictures in them or beside them.

Pictures are taken from the trajectory's own folder only: a file that somebody sent must not read any other.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from vl2agent.capture.files import load_frame, read_frame
from vl2agent.errors import TrajectoryError
from vl2agent.interchange.trajectory import Seen, Unreadable
from vl2agent.steps import Frame

OMITTED = "[omitted]"
"""Stands in some logs where a picture was left out."""


class Source:
    """A trajectory on disk.

    Args:
        path: its file, or its folder.

    Raises:
        TrajectoryError: there is nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path if path.is_dir() else path.parent
        if not path.exists():
            raise TrajectoryError(path, "the file", "expected one that exists, there is none")

    def json(self, path: Path | None = None) -> Any:
        """Read a JSON file.

        Raises:
            TrajectoryError: it cannot be read.
        """
        path = path or self.path
        return self._parsed(self._text(path), path, "the file")

    def records(self) -> Iterator[tuple[str, Any]]:
        """Give the entries of JSON lines, or the one document of a JSON file, each with its place.

        Raises:
            TrajectoryError: one cannot be read.
        """
        if self.path.suffix != ".jsonl":
            yield "the file", self.json()
            return
        for number, line in enumerate(self._text(self.path).splitlines(), start=1):
            if line.strip():
                place = f"line {number}"
                yield place, self._parsed(line, self.path, place)

    def seen(self, place: str, picture: object) -> Seen:
        """Make a picture of a data URL, of Base64, or of a file's name."""
        return Seen(place, partial(self._frame, place, picture))

    def seen_file(self, path: Path) -> Seen:
        """Make a picture of a file of the trajectory."""
        return Seen(self.name(path), partial(load_frame, path))

    def name(self, path: Path) -> str:
        """Call a file by its path in the folder."""
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else path.name

    def _frame(self, place: str, picture: object) -> Frame:
        if not isinstance(picture, str) or not picture or picture == OMITTED:
            raise Unreadable(f"expected a picture, got {str(picture)[:40]!r}; was the log made without pictures?")
        if picture.startswith("data:"):
            head, _, data = picture.partition(",")
            if not head.endswith(";base64"):
                raise Unreadable(f"expected a picture in Base64, got {head[:40]!r}")
            return read_frame(_decoded(data), place)
        if picture.startswith(("http:", "https:")):
            raise Unreadable(f"expected a picture in the file or beside it, got the address {picture[:60]!r}")
        if (file := self._inside(picture)) is not None:
            return load_frame(file)
        return read_frame(_decoded(picture), place)

    def _inside(self, name: str) -> Path | None:
        """Find a file of the folder; None where the text is no file's name."""
        if len(name) > 1000 or "\0" in name:
            return None
        path = (self.folder / name).resolve()
        if path.is_relative_to(self.folder.resolve()) and path.is_file():
            return path
        if Path(name).suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"):
            raise Unreadable(f"expected the picture {name[:80]!r} in the trajectory's own folder, it is not there")
        return None

    def _text(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TrajectoryError(path, "the file", f"expected text in UTF-8: {error}") from error

    def _parsed(self, content: str, path: Path, place: str) -> Any:
        try:
            value = json.loads(content, parse_constant=_no_constant)
            json.dumps(value, ensure_ascii=False).encode()  # halves of a surrogate pair cannot be written down again
            return value
        except json.JSONDecodeError as error:
            where = place if place != "the file" else f"line {error.lineno}"
            raise TrajectoryError(path, where, f"expected JSON: {error.msg} at column {error.colno}") from error
        except (ValueError, RecursionError) as error:
            raise TrajectoryError(path, place, f"expected JSON within bounds: {error}") from error


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"expected a picture in Base64, got {data[:40]!r}") from None


def _no_constant(name: str) -> float:
    raise ValueError(f"no {name}")
