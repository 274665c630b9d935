"""Going on with a recording whose writer is gone, and only then."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from vl2agent.errors import DiskFull, RecordingBusy, RecordingDamaged, RecordingError, UnknownVersion
from vl2agent.recording.packing import pack
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Ended, Noted, Resumed
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Settled

HOLDS = """
import sys, time
from vl2agent.recording.writer import Recorder
recorder = Recorder(sys.argv[1])
print("holding", flush=True)
time.sleep(60)
"""


def plain(colour: str) -> Settled:
    """A frame of one colour."""
    return Settled(Frame.from_image(Image.new("RGB", (64, 48), colour)), "settled", 0.1)


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """A recording with one frame, one fact and no end."""
    with Recorder(tmp_path / "run.v2a") as recorder:
        recorder.see(plain("red"))
        recorder.write(Noted(text="before"))
    return tmp_path / "run.v2a"


def test_numbers_go_on(unfinished: Path) -> None:
    """Of events and of frames; the run's end is the one that comes last."""
    with Recorder.resume(unfinished) as recorder:
        assert recorder.see(plain("green")) == 1
        recorder.finish(Ended(ok=True, message="done"))
    recording = Recording(unfinished)
    assert [event.seq for event in recording.events] == list(range(len(recording.events)))
    assert [frame.image.getpixel((0, 0)) for frame in recording.frames()] == [(255, 0, 0), (0, 128, 0)]
    assert recording.end is not None
    assert recording.certainty() == ()


def test_a_run_that_goes_on_again_has_not_ended(unfinished: Path) -> None:
    """An end before a resume is not the end."""
    Recorder.resume(unfinished).finish(Ended(ok=False, message="stopped"))
    Recorder.resume(unfinished).close()
    assert Recording(unfinished).end is None
    assert len(list(Recording(unfinished).of(Resumed))) == 2


def test_what_was_torn_is_cut_and_told(unfinished: Path) -> None:
    """Half a line, and half a picture's file."""
    with (unfinished / "events.jsonl").open("ab") as file:
        file.write(b'{"seq":3,"wall')
    (unfinished / "frames" / "0.part").write_bytes(b"half")
    Recorder.resume(unfinished).close()
    recording = Recording(unfinished)
    assert [event.cut_bytes for event in recording.of(Resumed)] == [14]
    assert recording.torn_bytes == 0
    assert [file.suffix for file in (unfinished / "frames").iterdir()] == [".png"]


def test_a_recording_that_is_being_written_is_busy(unfinished: Path) -> None:
    """In this process; and when its writer closes it, it is not any more."""
    with Recorder.resume(unfinished), pytest.raises(RecordingBusy, match="wait until that ends"):
        Recorder.resume(unfinished)
    Recorder.resume(unfinished).close()


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_killed_writer_holds_nothing(tmp_path: Path) -> None:
    """In another process: busy while that lives, free once it is killed."""
    path = tmp_path / "run.v2a"
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        with pytest.raises(RecordingBusy):
            Recorder.resume(path)
        process.kill()
        process.wait(10)
    Recorder.resume(path).close()


def test_what_is_no_folder_of_events_is_refused(unfinished: Path, tmp_path: Path) -> None:
    """A packed recording, nothing at all, another version, a damaged one: each with its own words; nothing changes."""
    with pytest.raises(RecordingError, match="unpack it first"):
        Recorder.resume(pack(unfinished))
    with pytest.raises(RecordingError, match=r"manifest\.json"):
        Recorder.resume(tmp_path / "nothing.v2a")
    manifest = (unfinished / "manifest.json").read_text()
    (unfinished / "manifest.json").write_text(manifest.replace('"1.0"', '"2.0"'))
    with pytest.raises(UnknownVersion):
        Recorder.resume(unfinished)
    (unfinished / "manifest.json").write_text(manifest)
    events = (unfinished / "events.jsonl").read_bytes().replace(b"before", b"beside")
    (unfinished / "events.jsonl").write_bytes(events)
    with pytest.raises(RecordingDamaged):
        Recorder.resume(unfinished)
    assert (unfinished / "events.jsonl").read_bytes() == events
    assert not (unfinished / "reserve").exists()


def test_a_newer_minor_version_is_read_and_not_written(unfinished: Path) -> None:
    """What is not known cannot be gone on with."""
    manifest = (unfinished / "manifest.json").read_text()
    (unfinished / "manifest.json").write_text(manifest.replace('"1.0"', '"1.9"'))
    with pytest.warns(UserWarning, match=r"1\.9"), pytest.raises(RecordingError, match=r"only 1\.0 is written here"):
        Recorder.resume(unfinished)


def test_a_full_disk_changes_nothing(unfinished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not even the reserve fits, the recording stays as it was, and free."""
    events = (unfinished / "events.jsonl").read_bytes()

    def full(file: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(DiskFull):
            Recorder.resume(unfinished)
    assert (unfinished / "events.jsonl").read_bytes() == events
    Recorder.resume(unfinished).close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "x", place], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_is_full_stays_as_it_was(disk: Path) -> None:
    """To the last byte: the torn line is not cut off either."""
    Recorder(disk / "run.v2a").close()
    (disk / "run.v2a/events.jsonl").write_bytes(b"torn")
    with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with pytest.raises(DiskFull):
        Recorder.resume(disk / "run.v2a")
    assert (disk / "run.v2a/events.jsonl").read_bytes() == b"torn"
    assert Recording(disk / "run.v2a").torn_bytes == 4


def test_a_read_only_recording_is_read_and_not_resumed(disk: Path) -> None:
    """The error names what stands in the way, and a way out."""
    Recorder(disk / "run.v2a").close()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(RecordingError, match="Read-only"):
        Recorder.resume(disk / "run.v2a")
    with pytest.raises(RecordingError, match="Read-only"):
        Recorder(disk / "other.v2a")
    assert Recording(disk / "run.v2a").events == ()


def test_a_wall_clock_that_is_set_back_is_told(unfinished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Order and durations do not depend on it; the recording says where it jumped."""
    now_s = time.time()
    with Recorder.resume(unfinished) as recorder, monkeypatch.context() as patched:
        recorder.write(Noted(text="a"))
        patched.setattr(time, "time", lambda: now_s - 3600)
        recorder.write(Noted(text="b"))
        recorder.write(Noted(text="c"))
    recording = Recording(unfinished)
    (seq, by), *others = recording.clock_jumps
    assert (recording.events[seq], others) == (next(e for e in recording.of(Noted) if e.text == "b"), [])
    assert by == pytest.approx(-3600, abs=1)
    assert any("the wall clock was set by -3600 s" in line for line in recording.certainty())
    clocks = [event.mono_s for event in recording.events]
    assert clocks == sorted(clocks)
