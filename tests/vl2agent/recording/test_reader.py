"""Reading recordings: whole ones, torn ones, damaged ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from vl2agent.capture.files import ImageScreen
from vl2agent.errors import RecordingDamaged, RecordingError, UnknownVersion
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.recording.lines import from_line, to_line
from vl2agent.recording.reader import NewerRecording, Recording
from vl2agent.recording.schema import Noted, Unknown
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Settled, Window

RecordRun = Callable[[Path], Path]


def set_manifest(path: Path, **fields: object) -> None:
    """Change what a recording says of itself."""
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, **fields}))


def test_a_run_reads_back_as_it_was(record_run: RecordRun, tmp_path: Path) -> None:
    """Goal, steps, pictures and end are there, and nothing is uncertain."""
    recording = Recording(record_run(tmp_path / "run.v2a"))
    assert recording.run is not None
    assert recording.run.goal == "save <it>"
    click, done = recording.steps
    assert click.target is not None
    assert click.target.confidence == 0.91
    assert click.receipt is not None
    assert click.receipt.delivery == "sent"
    assert done.verdict.outcome == "ended"
    assert recording.end is not None
    assert recording.end.ok
    assert recording.certainty() == ()
    picture = recording.picture(1)
    assert picture is not None
    assert picture.getpixel((5, 5)) == (0, 0, 128)


def test_recorded_frames_are_a_screen_again(tmp_path: Path) -> None:
    """Pixels, place and windows come back as they were seen, and can be looked at like any screen."""
    window = Window(title="Notes", app="Mousepad", box=ScreenBox(-50, 10, 10, 40), active=True)
    picture = Image.effect_noise((80, 60), 90).convert("RGB")
    frame = replace(Frame.from_image(picture, origin=ScreenPoint(-60, 5), scale=2.0), windows=(window,))
    with Recorder(tmp_path / "run.v2a") as recorder:
        recorder.see(Settled(frame, "settled", 0.1))
    seen = ImageScreen(*Recording(tmp_path / "run.v2a").frames()).settled().frame
    assert (seen.digest, seen.region, seen.scale, seen.windows) == (frame.digest, frame.region, 2.0, (window,))


def test_cut_at_any_byte_it_opens(record_run: RecordRun, tmp_path: Path) -> None:
    """Whatever the length of the event file, what is whole is read and the torn rest is named."""
    path = record_run(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    whole = log.read_bytes()
    events = Recording(path).events
    for length in range(len(whole) - 1, -1, -1):
        with log.open("r+b") as file:
            file.truncate(length)
        cut = Recording(path)
        complete = whole[:length].count(b"\n")
        assert cut.events == events[:complete]
        assert cut.torn_bytes == length - (whole.rfind(b"\n", 0, length) + 1)


def test_an_intent_without_receipt_is_uncertain(record_run: RecordRun, tmp_path: Path) -> None:
    """Cut between intent and receipt, the recording says that the effect may have happened."""
    path = record_run(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    intent = next(number for number, line in enumerate(lines) if b'"type":"intent"' in line)
    log.write_bytes(b"".join(lines[: intent + 1]))
    recording = Recording(path)
    assert [event.step for event in recording.uncertain] == [1]
    assert any("whether it was is not known" in line for line in recording.certainty())
    assert recording.end is None


def test_a_frame_without_its_picture_is_a_gap(record_run: RecordRun, tmp_path: Path) -> None:
    """A picture that was never finished is named, and reading it gives None."""
    path = record_run(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    first_picture = next(number for number, line in enumerate(lines) if b'"type":"picture"' in line)
    log.write_bytes(b"".join(lines[:first_picture]))
    recording = Recording(path)
    assert 0 in recording.gaps
    assert recording.picture(0) is None


@pytest.mark.parametrize("line", range(14))
def test_a_changed_byte_is_damage(record_run: RecordRun, tmp_path: Path, line: int) -> None:
    """A checksum that differs is an error that names the line."""
    path = record_run(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    middle = len(lines[line]) // 2
    lines[line] = lines[line][:middle] + bytes([lines[line][middle] ^ 1]) + lines[line][middle + 1 :]
    log.write_bytes(b"".join(lines))
    with pytest.raises(RecordingError, match=f"line {line + 1}:"):
        Recording(path)


def test_a_missing_line_is_damage(record_run: RecordRun, tmp_path: Path) -> None:
    """Events are numbered without holes."""
    path = record_run(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:3] + lines[4:]))
    with pytest.raises(RecordingError, match="expected event 3, got 4"):
        Recording(path)


def test_a_missing_picture_file_is_damage(record_run: RecordRun, tmp_path: Path) -> None:
    """A picture that is said to be there has to be."""
    path = record_run(tmp_path / "run.v2a")
    for file in (path / "frames").iterdir():
        file.unlink()
    with pytest.raises(RecordingError, match="cannot be read"):
        Recording(path).picture(0)


def test_another_folder_is_no_recording(tmp_path: Path) -> None:
    """A folder without manifest is refused with a hint."""
    with pytest.raises(RecordingError, match=r"manifest\.json"):
        Recording(tmp_path)


def test_another_major_version_is_refused(record_run: RecordRun, tmp_path: Path) -> None:
    """A format that is not known is not guessed at; both versions are named."""
    path = record_run(tmp_path / "run.v2a")
    set_manifest(path, version="2.0")
    with pytest.raises(
        UnknownVersion, match=r"expected a recording of version 1\.0, got 2\.0; .* newer vl2agent"
    ) as caught:
        Recording(path)
    assert (caught.value.found, caught.value.known) == ("2.0", "1.0")


@pytest.mark.parametrize("version", ["one", None, 1, "1", "1.x", ["1.0"], "1.0.0"])
def test_a_manifest_that_says_no_version_is_damage(record_run: RecordRun, tmp_path: Path, version: object) -> None:
    """What is no version is not taken for one."""
    path = record_run(tmp_path / "run.v2a")
    set_manifest(path, version=version)
    with pytest.raises(RecordingDamaged, match=r"manifest\.json"):
        Recording(path)


def test_half_a_character_in_the_manifest_is_damage(record_run: RecordRun, tmp_path: Path) -> None:
    """What could not be written down again, as into a page, is not read."""
    path = record_run(tmp_path / "run.v2a")
    set_manifest(path, platform="Linux \ud800")
    with pytest.raises(RecordingDamaged, match=r"manifest\.json"):
        Recording(path)


def test_a_newer_minor_version_opens_with_a_warning(record_run: RecordRun, tmp_path: Path) -> None:
    """Events that are not known are kept as they are, fields that are not known left out, and both is told."""
    path = record_run(tmp_path / "run.v2a")
    set_manifest(path, version="1.7", signed_by="somebody")
    log = path / "events.jsonl"
    events = [from_line(line) for line in log.read_bytes().splitlines()]
    newer = Unknown.model_validate({"type": "smell", "seq": len(events), "strength": {"of": 3}})
    spoken = Unknown.model_validate({"type": "note", "seq": len(events) + 1, "text": "a", "voice": "loud"})
    log.write_bytes(log.read_bytes() + to_line(newer) + to_line(spoken))
    with pytest.warns(NewerRecording, match=r"version 1\.7 of the format, and 1\.0 is known"):
        recording = Recording(path)
    assert [event.model_extra for event in recording.of(Unknown)] == [{"strength": {"of": 3}}]
    assert recording.events[-1] == Noted(seq=len(events) + 1, text="a")
    assert "1 of its events cannot be shown" in recording.certainty()[-1]


def test_unknown_events_are_damage_in_a_version_that_is_known(record_run: RecordRun, tmp_path: Path) -> None:
    """Only a newer version may say what is not known."""
    path = record_run(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    count = log.read_bytes().count(b"\n")
    log.write_bytes(log.read_bytes() + to_line(Unknown.model_validate({"type": "smell", "seq": count})))
    with pytest.raises(RecordingDamaged, match=f"line {count + 1}"):
        Recording(path)
