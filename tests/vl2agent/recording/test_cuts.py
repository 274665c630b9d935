"""A recording that is cut at any byte opens, and says no more and no less than what is certain."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vl2agent.errors import RecordingDamaged
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import TYPES, Intended, Noted, PictureKept, Received
from vl2agent.recording.writer import Recorder

RecordRun = Callable[[Path], Path]
CUTS = 1000


def cut(path: Path, length: int) -> Recording:
    """Cut the events of a recording to a length, and open what is left."""
    with (path / "events.jsonl").open("r+b") as file:
        file.truncate(length)
    return Recording(path)


def test_everything_happens_in_the_run_that_is_cut(record_all: RecordRun, tmp_path: Path) -> None:
    """No type of event, and no way to keep a picture, is left out of what follows."""
    recording = Recording(record_all(tmp_path / "run.v2a"))
    assert {event.type for event in recording.events} == TYPES
    kept = list(recording.of(PictureKept))
    assert any(each.patches for each in kept)
    assert any(each.base is not None and not each.patches for each in kept)
    assert any(each.base is None for each in kept)
    assert recording.certainty() == ()


def test_cut_at_a_thousand_bytes(record_all: RecordRun, tmp_path: Path) -> None:
    """What is whole is there; effects, pictures and the torn rest are told exactly; every frame that is told of shows."""
    path = record_all(tmp_path / "run.v2a")
    whole = (path / "events.jsonl").read_bytes()
    events, pictures = Recording(path).events, [frame.digest for frame in Recording(path).frames()]
    lengths = sorted(random.Random(5).sample(range(len(whole)), CUTS), reverse=True)
    for length in lengths:
        recording = cut(path, length)
        left = events[: whole[:length].count(b"\n")]
        assert recording.events == left
        assert recording.torn_bytes == length - (whole.rfind(b"\n", 0, length) + 1)
        intended, received = ([e.step for e in left if isinstance(e, kind)] for kind in (Intended, Received))
        assert [event.step for event in recording.uncertain] == [step for step in intended if step not in received]
        kept = {event.frame for event in left if isinstance(event, PictureKept)}
        assert [frame.digest for frame in recording.frames()] == [pictures[number] for number in sorted(kept)]
        assert recording.certainty()


@pytest.mark.parametrize("seed", range(8))
def test_what_was_cut_is_gone_on_with(record_all: RecordRun, tmp_path: Path, seed: int) -> None:
    """Numbers go on, the torn rest is gone, and it opens as if nothing had happened but a resume."""
    path = record_all(tmp_path / "run.v2a")
    whole = (path / "events.jsonl").read_bytes()
    before = cut(path, random.Random(seed).randrange(len(whole)))
    with Recorder.resume(path) as recorder:
        recorder.write(Noted(text="going on"))
    after = Recording(path)
    assert after.events[: len(before.events)] == before.events
    resumed, noted = after.events[len(before.events) :]
    assert (resumed.type, noted.type) == ("resume", "note")
    assert getattr(resumed, "cut_bytes", None) == before.torn_bytes
    assert after.torn_bytes == 0


def test_every_changed_byte_is_noticed(record_all: RecordRun, tmp_path: Path) -> None:
    """Of events, at 200 seeded places: a typed error, never another run."""
    path = record_all(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    whole, events = log.read_bytes(), Recording(path).events
    seeded = random.Random(7)
    for _ in range(200):
        place, bit = seeded.randrange(len(whole) - 1), 1 << seeded.randrange(8)
        log.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        with pytest.raises(RecordingDamaged):
            Recording(path)
    log.write_bytes(whole)
    assert Recording(path).events == events


def test_a_frame_that_lost_its_file_is_damage(record_all: RecordRun, tmp_path: Path) -> None:
    """A patch's file, too: the error names the frame, and others still show."""
    path = record_all(tmp_path / "run.v2a")
    patched = next(event for event in Recording(path).of(PictureKept) if event.patches)
    file = path / "frames" / f"{patched.patches[0].digest}.png"
    moved = Path(shutil.move(file, tmp_path))
    with pytest.raises(RecordingDamaged, match=f"frame {patched.frame}"):
        Recording(path).frame(patched.frame)
    assert Recording(path).frame(0) is not None
    shutil.move(moved, file)
    assert Recording(path).frame(patched.frame) is not None
