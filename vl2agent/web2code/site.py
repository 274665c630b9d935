"""What a page may ask for: the files of a `Code`, of a folder, or one HTML text, and nothing else."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable
from urllib.parse import unquote, urlsplit

from vl2agent.errors import InputError, LimitReached
from vl2agent.web2code.emit.element import Code

ORIGIN = "http://page.invalid"
"""Where pages are served; the name is reserved, no machine can have it."""
MAX_BYTES = 32 * 2**20
PAGE = "index.html"


@runtime_checkable
class HasCode(Protocol):
    """What a conversion returns."""

    @property
    def code(self) -> Code: ...


Source: TypeAlias = "Code | HasCode | str | Path"
"""A page: code, a conversion, HTML as text, or the path of an HTML file or of a folder with an index.html."""


@dataclass(frozen=True)
class Site:
    """Files by name, read when asked for.

    Args:
        html: the page itself.
        read: returns the file of a name, or None where there is none.
    """

    html: bytes
    read: Callable[[str], bytes | None]

    def file(self, url: str) -> tuple[bytes, str] | None:
        """Return the content and the type of what a URL names, or None where that is not of this site."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != ORIGIN:
            return None
        name = unquote(parts.path).lstrip("/")
        if name in ("", PAGE):
            return self.html, "text/html; charset=utf-8"
        content = self.read(name)
        return None if content is None else (content, mimetypes.guess_type(name)[0] or "application/octet-stream")


def site_of(source: Source) -> Site:
    """Make a page ready to be served.

    Raises:
        InputError: not a page.
        LimitReached: it is larger than 32 MB.
    """
    if isinstance(source, Code):
        return _of_code(source)
    if isinstance(source, HasCode):
        return _of_code(source.code)
    if isinstance(source, str) and "<" in source:
        return Site(_small(source.encode("utf-8", "replace")), lambda name: None)
    if isinstance(source, str | Path):
        return _of_path(Path(source))
    raise InputError(f"expected code, HTML text or the path of an HTML file, got {type(source).__name__}")


def _of_code(code: Code) -> Site:
    if PAGE not in code.shown:
        raise InputError(f"expected code with {PAGE}, got {', '.join(sorted(code.shown)) or 'no files'}")
    _small(b"".join(code.shown.values()))
    return Site(code.shown[PAGE], code.shown.get)


def _of_path(path: Path) -> Site:
    page = path / PAGE if path.is_dir() else path
    folder = page.resolve().parent

    def read(name: str) -> bytes | None:
        """Read a file of the folder, but none that a link or '..' would lead to elsewhere."""
        try:
            file = (folder / name).resolve()
            return _small(file.read_bytes()) if file.is_relative_to(folder) and file.is_file() else None
        except (OSError, ValueError):
            return None

    try:
        return Site(_small(page.read_bytes()), read)
    except OSError as error:
        raise InputError(f"expected an HTML file at {str(page)[:200]!r}: {error.strerror or error}") from error


def _small(content: bytes) -> bytes:
    if len(content) > MAX_BYTES:
        raise LimitReached("bytes of a page", MAX_BYTES, len(content))
    return content
