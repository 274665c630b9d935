"""Writing recordings, and what happens when that does not work."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vl2agent.errors import DiskFull, RecordingError
from vl2agent.geometry import ScreenBox
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Ended, Noted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Settled


def noise(seed: int) -> Settled:
    """A frame that does not compress: 300 KB as PNG."""
    pixels = np.random.default_rng(seed).integers(0, 255, (320, 320, 4), np.uint8)
    return Settled(Frame(pixels, ScreenBox(0, 0, 320, 320), 0.0), "settled", 0.1)


def plain(colour: str) -> Settled:
    """A frame of one colour."""
    return Settled(Frame.from_image(Image.new("RGB", (64, 48), colour)), "settled", 0.1)


def see_until_it_fails(recorder: Recorder) -> None:
    """Show the recorder one new picture after the other."""
    for seed in range(1000):
        recorder.see(noise(seed))


def write_until_it_fails(recorder: Recorder) -> None:
    """Tell the recorder one fact after the other."""
    for number in range(100):
        recorder.write(Noted(text=f"fact {number}"), sync=True)


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """Let files of this process grow to so many bytes and no further; pytest's own output file is one of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_equal_pictures_are_kept_once(tmp_path: Path) -> None:
    """Pictures are named by content; three frames of two pictures make two files."""
    with Recorder(tmp_path / "run.v2a") as recorder:
        for colour in ("red", "green", "red"):
            recorder.see(plain(colour))
    assert len(list((tmp_path / "run.v2a" / "frames").iterdir())) == 2
    recording = Recording(tmp_path / "run.v2a")
    assert recording.gaps == ()
    assert recording.digest(0) == recording.digest(2)


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    """A folder belongs to one writer, whether that still writes or not; the first one's events stay."""
    with Recorder(tmp_path / "run.v2a") as first:
        first.write(Noted(text="mine"))
        with pytest.raises(RecordingError, match="choose another name"):
            Recorder(tmp_path / "run.v2a")
    assert len(Recording(tmp_path / "run.v2a").events) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run.v2a"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A file in the way gives a typed error with the path."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordingError, match="file"):
        Recorder(tmp_path / "file" / "run.v2a")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_read_only_place_is_an_error() -> None:
    """Where nobody can make a folder, root included, the error says so and names a way out."""
    with pytest.raises(RecordingError, match="--record DIR"):
        Recorder("/proc/self/run.v2a")


def test_a_full_disk_stops_the_events(tmp_path: Path) -> None:
    """The write that does not fit is DiskFull; what was written before reads back, and nothing torn is left."""
    recorder = Recorder(tmp_path / "run.v2a")
    with full_disk(2000), pytest.raises(DiskFull):
        write_until_it_fails(recorder)
    recorder.close()
    recording = Recording(tmp_path / "run.v2a")
    assert len(recording.events) > 5
    assert recording.torn_bytes == 0


def test_a_full_disk_stops_the_pictures(tmp_path: Path) -> None:
    """A picture that does not fit stops the run at the next event; the end of the run still gets written."""
    recorder = Recorder(tmp_path / "run.v2a")
    with full_disk(100_000):
        with pytest.raises(DiskFull):
            see_until_it_fails(recorder)
        recorder.finish(Ended(ok=False, message="no space", error="DiskFull"))
    recording = Recording(tmp_path / "run.v2a")
    assert recording.end is not None
    assert recording.end.error == "DiskFull"
    assert recording.gaps
    assert not list((tmp_path / "run.v2a" / "frames").glob("*.part"))


def test_the_end_fits_on_a_disk_that_is_full(tmp_path: Path) -> None:
    """On a file system of one megabyte, filled to the last byte, the reserve makes room for the end."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        recorder = Recorder(disk / "run.v2a")
        with pytest.raises(DiskFull):
            see_until_it_fails(recorder)
        recorder.finish(Ended(ok=False, message="no space", error="DiskFull"))
        recording = Recording(disk / "run.v2a")
        assert recording.end is not None
        assert recording.end.error == "DiskFull"
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_failure_is_told_again(tmp_path: Path) -> None:
    """After a failed write nothing more is written, whoever tries."""
    recorder = Recorder(tmp_path / "run.v2a")
    with full_disk(500):
        with pytest.raises(DiskFull):
            recorder.write(Noted(text="x" * 1000))
        with pytest.raises(DiskFull):
            recorder.write(Noted(text="short"))
    recorder.close()


def test_text_that_is_no_unicode_is_told(tmp_path: Path) -> None:
    """A terminal that is not in UTF-8 hands it on; what was written before stays readable, and writing goes on."""
    recorder = Recorder(tmp_path / "run.v2a")
    with pytest.raises(RecordingError, match="Noted cannot be written"):
        recorder.write(Noted(text="a\udcff"))
    recorder.finish(Ended(ok=False, message="b"))
    assert [event.type for event in Recording(tmp_path / "run.v2a").events] == ["end"]


def test_a_closed_recording_takes_nothing(tmp_path: Path) -> None:
    """Also where the system has given its file's number to another file."""
    recorder = Recorder(tmp_path / "run.v2a")
    recorder.finish(Ended(ok=True, message=""))
    with (tmp_path / "other").open("wb", buffering=0):
        with pytest.raises(RecordingError, match="is closed"):
            recorder.write(Noted(text="a"))
        with pytest.raises(RecordingError, match="is closed"):
            recorder.see(plain("red"))
    assert (tmp_path / "other").read_bytes() == b""
