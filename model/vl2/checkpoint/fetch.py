"""Download one file so that nothing is lost when the connection is: what came stays in a `.part` file beside it.

The file gets its name only when its hash is right. A later call, also of another process, goes on where the last one
ended; `huggingface_hub` itself starts a file anew then.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import get_session
from huggingface_hub.errors import HfHubHTTPError, HTTPError
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

from vl2.errors import CorruptFile

logger = logging.getLogger(__name__)

FRUITLESS_ATTEMPTS = 5
"""Attempts in a row that bring no byte, before giving up."""

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 30.0
TRANSIENT = (408, 429, 500, 502, 503, 504)

Report = Callable[[int], None]
"""Called with the bytes of this file that are there now."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What the hub says of a file."""

    name: str
    size: int
    digest: str
    """SHA-256 in hex for large files; git's SHA-1 of a blob for small ones."""


def fetch(url: str, remote: RemoteFile, path: Path, report: Report, *, pause_s: float = 1.0) -> None:
    """Download to `path`, resuming what an earlier attempt left.

    Args:
        pause_s: before the second fruitless attempt; doubles each time.

    Raises:
        CorruptFile: everything came, with another hash; the bytes are thrown away.
        HTTPError: the connection, or the hub, failed `FRUITLESS_ATTEMPTS` times without a byte.
        OSError: the disk is full, or not to be written to.
    """
    part = path.with_name(f"{path.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    fruitless = 0
    part.touch()
    while (had := part.stat().st_size) < remote.size:
        try:
            _append(url, part, had, report)
        except HTTPError as error:
            if isinstance(error, HfHubHTTPError) and error.response.status_code not in TRANSIENT:
                raise
            fruitless = 0 if part.stat().st_size > had else fruitless + 1
            if fruitless == FRUITLESS_ATTEMPTS:
                raise
            logger.info("%s: cut off after %d of %d bytes: %s", remote.name, part.stat().st_size, remote.size, error)
            time.sleep(pause_s * 2**fruitless / 2 if fruitless else 0)
    if not has_digest(part, remote.digest):
        part.unlink()
        raise CorruptFile(path, f"{remote.name} came whole, but not with the hash that the hub states; download again")
    part.replace(path)


def _append(url: str, part: Path, had: int, report: Report) -> None:
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if had:
        headers["Range"] = f"bytes={had}-"
    with get_session().stream("GET", url, headers=headers, timeout=TIMEOUT_S) as response:
        if response.status_code >= 400:
            response.read()
        hf_raise_for_status(response)
        resumed = response.status_code == 206
        with part.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes():  # of the size that comes: what waits for a full chunk is lost in a cut
                file.write(chunk)
                report(file.tell())


def has_digest(path: Path, digest: str) -> bool:
    """Compare a file with a SHA-256, or with the SHA-1 that git gives a blob, by the length of `digest`."""
    git = len(digest) == 40
    known = hashlib.sha1(b"blob %d\0" % path.stat().st_size) if git else hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            known.update(chunk)
    return known.hexdigest() == digest
