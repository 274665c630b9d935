"""An event as a line of JSON, with its checksum: `sum`, the last key, is BLAKE2b, 64 bits, of all that stands before it."""

from __future__ import annotations

import hashlib
import json

from vl2agent.recording.schema import EVENT, TYPES, AnyEvent, Event, Unknown

_SUM = b',"sum":"'


def to_line(event: Event) -> bytes:
    """Write an event as one line, its checksum last."""
    body = event.model_dump_json().encode()[:-1]
    return body + _SUM + _checksum(body) + b'"}\n'


def from_line(line: bytes, *, newer: bool = False) -> AnyEvent:
    """Read a line that `to_line` wrote, with or without its newline.

    Args:
        line: what stands there.
        newer: it comes of a newer minor version: fields that are not known are left out, events that are not known
            kept as they are.

    Raises:
        ValueError: the checksum differs, or the line is not an event of this version.
    """
    body, found, tail = line.rstrip(b"\n").rpartition(_SUM)
    if not found or tail != _checksum(body) + b'"}':
        raise ValueError("the checksum differs")
    whole = body + b"}"
    if not newer:
        return EVENT.validate_json(whole)
    if json.loads(whole).get("type") not in TYPES:
        return Unknown.model_validate_json(whole)
    return EVENT.validate_json(whole, extra="ignore")


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=8).hexdigest().encode()
