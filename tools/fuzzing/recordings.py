"""Recordings: their events line by line, their manifest, and both in one packed file."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import stat
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

from fuzzing.mutating import mutate_bytes, mutate_json, mutate_order, mutate_value
from fuzzing.samples import recorded
from vl2agent.recording.lines import to_line
from vl2agent.recording.packing import unpack
from vl2agent.recording.reader import Recording
from vl2agent.replay.verify import verify
from vl2agent.trace.page import page_html

NAMES = (
    "../evil",
    "/tmp/evil",
    "frames/../../evil",
    "frames/x.png",
    "manifest.json",
    "events.jsonl",
    "C:\\evil",
    " ",
    "reserve",
)
_SUM = b',"sum":"'


@dataclass(frozen=True, slots=True)
class Mutant:
    """Files of a recording by name; or one packed file alone."""

    files: dict[str, bytes]
    packed: bytes | None = None


class Events:
    """A recording's folder with broken lines, of which many have the checksum that they should have.

    Args:
        folder: where it is put.
    """

    name, share = "events", 24

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"{self.name}.v2a"
        self._sound = recorded(folder)
        self.lines = self._sound["events.jsonl"].splitlines(keepends=True)
        self._put(self._sound)

    def mutant(self, rng: Random) -> Mutant:
        return Mutant({"events.jsonl": b"".join(broken_lines(self.lines, rng))})

    def read(self, mutant: Mutant) -> Recording:
        self._put(mutant.files)
        return read_whole(self._folder, thorough=crc32(b"".join(mutant.files.values())) % 20 == 0)

    def wrong(self, mutant: Mutant, value: Recording) -> str:
        return wrong_recording(value)

    def _put(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


class Manifests(Events):
    """A recording's folder with a broken manifest."""

    name, share = "manifests", 4

    def mutant(self, rng: Random) -> Mutant:
        said = json.loads(self._sound["manifest.json"])
        if rng.random() < 0.3:
            said["version"] = rng.choice(
                ("1.1", "1.0.1", "2.0", "1." + "9" * 5000, "1", "1.x", 1, 1.0, "٣.٠", "-1.0", "1.-1")
            )
        text = mutate_json(said, rng) if rng.random() < 0.9 else json.dumps(said)
        data = text.encode("utf-8", "surrogatepass")
        return Mutant({"manifest.json": mutate_bytes(data, rng) if rng.random() < 0.1 else data})


class Packed(Events):
    """A packed recording: broken files in a sound archive, sound files in a broken one, and what packing never writes."""

    name, share = "packed", 4

    def mutant(self, rng: Random) -> Mutant:
        files = dict(self._sound)
        if rng.random() < 0.4:
            files["events.jsonl"] = b"".join(broken_lines(self.lines, rng))
        if rng.random() < 0.2:
            name = rng.choice(sorted(files))
            files[name] = mutate_bytes(files[name], rng)
        data = _archive(files, rng)
        return Mutant({}, mutate_bytes(data, rng) if rng.random() < 0.5 else data)

    def read(self, mutant: Mutant) -> Recording:
        assert mutant.packed is not None
        path = self._folder.with_name("packed.v2a.zip")
        path.write_bytes(mutant.packed)
        recording = read_whole(path, thorough=False)
        shutil.rmtree(self._folder.with_name("unpacked.v2a"), ignore_errors=True)
        unpack(path, self._folder.with_name("unpacked.v2a"))
        return recording


def read_whole(path: Path, *, thorough: bool) -> Recording:
    """Open a recording, and ask it for all that it has; `thorough` draws its page, and replays it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of newer minor versions
        recording = Recording(path)
        _ = recording.run, recording.end, recording.steps, recording.calls, recording.readings, recording.uncertain
        _ = recording.certainty(), list(recording.frames())
        if thorough:
            page_html(recording)
            verify(recording)
    return recording


def wrong_recording(recording: Recording) -> str:
    """Say why a recording that opened is none that could have been written."""
    for number, event in enumerate(recording.events):
        if event.seq != number:
            return f"event {number} says that it is number {event.seq}"
        if to_line(type(event).model_validate_json(event.model_dump_json())) != to_line(event):
            return f"event {number} is another one when it is written and read again"
    return ""


def broken_lines(lines: list[bytes], rng: Random) -> list[bytes]:
    """Break events and their order; many are given the checksum and the number that they should have."""
    changed = list(lines)
    for at in rng.sample(range(len(changed)), rng.choice((1, 1, 2, 3))):
        changed[at] = _broken_line(changed[at], rng)
    if rng.random() < 0.3:
        changed = mutate_order(changed, rng)
        if rng.random() < 0.7:
            changed = [_numbered(line, number) for number, line in enumerate(changed)]
    if rng.random() < 0.05:
        at = rng.randrange(len(changed) or 1)
        changed[at : at + 2] = [b"".join(changed[at : at + 2]).replace(b"\n", b"", 1)]
    return [mutate_bytes(b"".join(changed), rng)] if rng.random() < 0.1 else changed


def _broken_line(line: bytes, rng: Random) -> bytes:
    if rng.random() < 0.15:
        return mutate_bytes(line, rng)
    event = json.loads(line)
    event.pop("sum")
    if rng.random() < 0.8:  # what no reader gets past is not broken again and again
        kept = {name: event[name] for name in ("seq", "type")}
        broken = mutate_value({name: part for name, part in event.items() if name not in kept}, rng)
        text = json.dumps({**(broken if isinstance(broken, dict) else {"plan": broken}), **kept})
    else:
        text = mutate_json(event, rng)
    return _signed(text.encode("utf-8", "surrogatepass"))


def _numbered(line: bytes, number: int) -> bytes:
    try:
        event: dict[str, Any] = json.loads(line)
        event.pop("sum", None)
        return _signed(json.dumps({**event, "seq": number}).encode("utf-8", "surrogatepass"))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return line


def _signed(text: bytes) -> bytes:
    """Give a line the checksum that it should have."""
    body = text.replace(b"\n", b" ").removesuffix(b"}")
    return body + _SUM + hashlib.blake2b(body, digest_size=8).hexdigest().encode() + b'"}\n'


def _archive(files: dict[str, bytes], rng: Random) -> bytes:
    """Pack files, and now and then what has no place there."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")  # of names that come twice
        for name, data in files.items():
            info = zipfile.ZipInfo(name if rng.random() > 0.02 else rng.choice(NAMES))
            if rng.random() < 0.02:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, data, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
        if rng.random() < 0.3:
            odd = zipfile.ZipInfo(rng.choice(NAMES))
            archive.writestr(odd, bytes(rng.choice((0, 10, 3_000_000))), zipfile.ZIP_DEFLATED)
    return out.getvalue()
