"""How pictures are kept: once, and of a frame that hardly differs only what does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vl2agent.errors import RecordingDamaged
from vl2agent.geometry import ScreenBox
from vl2agent.recording.encoder import MAX_CHAIN
from vl2agent.recording.lines import from_line, to_line
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import PictureKept
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Settled

REGION = ScreenBox(-40, 10, 600, 410)


def frames(count: int, size: int = 40) -> list[Frame]:
    """Frames of noise, each the one before but for a square somewhere."""
    random = np.random.default_rng(3)
    pixels = random.integers(0, 255, (400, 640, 4), np.uint8)
    found = []
    for _ in range(count):
        found.append(Frame(pixels, REGION, 0.0))
        pixels = pixels.copy()
        top, left = int(random.integers(0, 400 - size)), int(random.integers(0, 640 - size))
        pixels[top : top + size, left : left + size] = random.integers(0, 255, (size, size, 4), np.uint8)
    return found


def record(path: Path, shown: list[Frame]) -> Recording:
    """Record frames and open the recording."""
    with Recorder(path) as recorder:
        for frame in shown:
            recorder.see(Settled(frame, "settled", 0.0))
    return Recording(path)


def test_patched_frames_are_what_was_seen(tmp_path: Path) -> None:
    """Every frame comes back with the pixels and the digest that it had, in any order."""
    shown = frames(70)
    recording = record(tmp_path / "run.v2a", shown)
    for number in (69, 0, 35, 36, 3, 68):
        frame = recording.frame(number)
        assert frame is not None
        assert np.array_equal(frame.pixels[..., :3], shown[number].pixels[..., :3])
        assert frame.digest == shown[number].digest == recording.digest(number)
        assert frame.region == REGION


def test_a_small_change_costs_little(tmp_path: Path) -> None:
    """A square of 40 pixels takes a fiftieth of what the whole picture does."""
    record(tmp_path / "run.v2a", frames(2))
    small, large = sorted(file.stat().st_size for file in (tmp_path / "run.v2a/frames").iterdir())
    assert small * 50 < large


def test_chains_end(tmp_path: Path) -> None:
    """After so many frames that lie on each other there is a whole picture again."""
    kept = record(tmp_path / "run.v2a", frames(MAX_CHAIN + 5)).of(PictureKept)
    assert [event.frame for event in kept if event.base is None] == [0, MAX_CHAIN + 1]


def test_a_large_change_is_a_whole_picture(tmp_path: Path) -> None:
    """What differs in more than three tenths is not patched."""
    kept = list(record(tmp_path / "run.v2a", frames(2, size=380)).of(PictureKept))
    assert [event.base for event in kept] == [None, None]


def test_a_picture_that_comes_back_is_a_reference(tmp_path: Path) -> None:
    """Nothing is written for it, and what follows lies on it."""
    one, two, three = frames(3)
    recording = record(tmp_path / "run.v2a", [one, two, one, two, three])
    kept = list(recording.of(PictureKept))
    assert [(event.base, len(event.patches)) for event in kept] == [(None, 0), (0, 1), (0, 0), (1, 0), (1, 1)]
    assert [frame.digest for frame in recording.frames()] == [each.digest for each in (one, two, one, two, three)]


def test_another_size_is_a_whole_picture(tmp_path: Path) -> None:
    """A screen that was resized starts anew."""
    small = Frame.from_image(Image.new("RGB", (50, 40), "red"))
    recording = record(tmp_path / "run.v2a", [*frames(1), small, *frames(1)])
    assert [event.base for event in recording.of(PictureKept)] == [None, None, 0]
    assert [frame.size for frame in recording.frames()][1] == small.size


def test_another_picture_under_its_name_is_damage(tmp_path: Path) -> None:
    """A file that was changed is not taken for what was seen, be it a whole picture or a patch."""
    recording = record(tmp_path / "run.v2a", frames(2))
    folder = tmp_path / "run.v2a/frames"
    first, second = list(recording.of(PictureKept))
    for digest, size in ((first.digest, (640, 400)), (second.patches[0].digest, second.patches[0].box.size)):
        file = folder / f"{digest}.png"
        before = file.read_bytes()
        width, height = size if isinstance(size, tuple) else (size.width_px, size.height_px)
        Image.new("RGB", (width, height), "red").save(file)
        with pytest.raises(RecordingDamaged, match="is not the picture that was seen"):
            Recording(tmp_path / "run.v2a").frame(1)
        Image.new("RGB", (width + 1, height), "red").save(file)
        with pytest.raises(RecordingDamaged, match="pixels, got"):
            Recording(tmp_path / "run.v2a").frame(1)
        file.write_bytes(before[: len(before) // 2])
        with pytest.raises(RecordingDamaged, match="cannot be read"):
            Recording(tmp_path / "run.v2a").frame(1)
        file.write_bytes(before)


@pytest.mark.parametrize(
    "change",
    [
        {"base": 1},
        {"base": 7},
        {"base": -1},
        {"patches": [{"box": {"left": 590, "top": 10, "right": 630, "bottom": 50}, "digest": "0" * 64}]},
        {"patches": [{"box": {"left": 0, "top": 20, "right": 40, "bottom": 60}, "digest": "0" * 64}]},
    ],
)
def test_what_cannot_be_put_together_is_damage(tmp_path: Path, change: dict[str, object]) -> None:
    """Events that were made up with good checksums give a typed error, not another picture and not a loop."""
    record(tmp_path / "run.v2a", frames(2))
    log = tmp_path / "run.v2a/events.jsonl"
    events = [from_line(line) for line in log.read_bytes().splitlines()]
    said = [
        PictureKept.model_validate({**json.loads(event.model_dump_json()), **change})
        if isinstance(event, PictureKept) and event.base is not None
        else event
        for event in events
    ]
    log.write_bytes(b"".join(map(to_line, said)))
    with pytest.raises(RecordingDamaged):
        Recording(tmp_path / "run.v2a").frame(1)


def test_a_digest_is_no_path(tmp_path: Path) -> None:
    """An event that names a file elsewhere is not read at all."""
    record(tmp_path / "run.v2a", frames(1))
    log = tmp_path / "run.v2a/events.jsonl"
    lines = [from_line(line) for line in log.read_bytes().splitlines()]
    evil = [
        event.model_copy(update={"digest": "../../secret"}) if isinstance(event, PictureKept) else event
        for event in lines
    ]
    log.write_bytes(b"".join(map(to_line, evil)))
    with pytest.raises(RecordingDamaged, match="digest"):
        Recording(tmp_path / "run.v2a")


def test_a_copied_recording_opens(tmp_path: Path) -> None:
    """Nothing in it says where it lies."""
    record(tmp_path / "run.v2a", frames(3))
    shutil.move(tmp_path / "run.v2a", tmp_path / "other")
    assert len(list(Recording(tmp_path / "other").frames())) == 3
