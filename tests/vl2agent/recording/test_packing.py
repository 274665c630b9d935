"""One file for a recording: the same when opened, and nothing else is."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vl2agent.errors import RecordingDamaged, RecordingError, UnsafeArchive
from vl2agent.recording import packing
from vl2agent.recording.packing import pack, unpack
from vl2agent.recording.reader import Recording

RecordRun = Callable[[Path], Path]
PICTURE = f"frames/{'0' * 64}.png"


@pytest.fixture
def packed(record_all: RecordRun, tmp_path: Path) -> Path:
    """A packed recording in which everything happens."""
    return pack(record_all(tmp_path / "run.v2a"))


def with_entry(
    packed: Path, entry: str | zipfile.ZipInfo, data: bytes = b"x", method: int = zipfile.ZIP_STORED
) -> Path:
    """Put one more entry into an archive."""
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(entry, data, method)
    return packed


def test_a_packed_recording_is_the_same(packed: Path, tmp_path: Path) -> None:
    """Opened as it is, and unpacked: events, pictures, and what is certain."""
    assert packed.name == "run.v2a.zip"
    folder, file = Recording(tmp_path / "run.v2a"), Recording(packed)
    again = Recording(unpack(packed, tmp_path / "again.v2a"))
    for other in (file, again):
        assert other.events == folder.events
        assert [frame.digest for frame in other.frames()] == [frame.digest for frame in folder.frames()]
        assert other.certainty() == folder.certainty() == ()


def test_equal_folders_give_equal_files(packed: Path, tmp_path: Path) -> None:
    """A packed recording can be compared and kept under version control; what is not of the format stays behind."""
    (tmp_path / "run.v2a/report.html").write_text("a page")
    (tmp_path / "run.v2a/frames/notes.txt").write_text("not a picture")
    assert pack(tmp_path / "run.v2a", tmp_path / "again.v2a.zip").read_bytes() == packed.read_bytes()


def test_a_torn_recording_stays_torn(packed: Path, tmp_path: Path) -> None:
    """Packing mends nothing: the torn line is told of in the packed file, too."""
    with (tmp_path / "run.v2a/events.jsonl").open("ab") as file:
        file.write(b'{"seq"')
    assert Recording(pack(tmp_path / "run.v2a", tmp_path / "torn.v2a.zip")).torn_bytes == 6


def test_nothing_is_overwritten(packed: Path, tmp_path: Path) -> None:
    """What is there already stays."""
    with pytest.raises(RecordingError, match="is there already"):
        pack(tmp_path / "run.v2a")
    with pytest.raises(RecordingError, match="is there already"):
        unpack(packed)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.v2a", "run.v2a.zip"]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt", "frames/../../evil.png", "/etc/passwd", "C:\\evil.png", "frames\\evil.png", "//server/share",
        "evil.py", "frames/evil.png", f"FRAMES/{'0' * 64}.png", f"frames/{'0' * 64}.PNG", f"frames/{'0' * 64}.png/x",
        f"./frames/{'0' * 64}.png", "frames/", "manifest.json/", "", "reserve", f"frames/{'0' * 64}.png\n",
        f"frames/{'0' * 64}.png\0.txt",
    ],
)  # fmt: skip
def test_names_that_packing_never_writes_are_refused(packed: Path, tmp_path: Path, name: str) -> None:
    """Other places, other names, links out of the folder: nothing is read, nothing is unpacked."""
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    with_entry(packed, info)
    with pytest.raises(UnsafeArchive, match="expected the names"):
        Recording(packed)
    with pytest.raises(UnsafeArchive):
        unpack(packed, tmp_path / "out.v2a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.v2a", "run.v2a.zip"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK, stat.S_IFDIR])
def test_links_and_special_files_are_refused(packed: Path, kind: int) -> None:
    """Also under a good name."""
    info = zipfile.ZipInfo(PICTURE)
    info.external_attr = (kind | 0o777) << 16
    with pytest.raises(UnsafeArchive, match="a link or a special file"):
        Recording(with_entry(packed, info, b"/etc/passwd"))


def test_a_name_that_is_there_twice_is_refused(packed: Path) -> None:
    """Which one is meant cannot be told."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        with_entry(packed, "events.jsonl")
    with pytest.raises(UnsafeArchive, match="it is there twice"):
        Recording(packed)


@pytest.mark.parametrize("lacking", ["manifest.json", "events.jsonl"])
def test_a_part_that_is_missing_is_named(packed: Path, tmp_path: Path, lacking: str) -> None:
    """An archive of pictures is no recording."""
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(tmp_path / "new.v2a.zip", "w") as new:
        for entry in old.infolist():
            if entry.filename != lacking:
                new.writestr(entry, old.read(entry))
    with pytest.raises(UnsafeArchive, match=f"{lacking}.*missing"):
        Recording(tmp_path / "new.v2a.zip")


def test_what_bursts_is_refused(packed: Path) -> None:
    """Ten megabytes of nothing in ten kilobytes are not unpacked."""
    with pytest.raises(UnsafeArchive, match="200 times"):
        Recording(with_entry(packed, PICTURE, bytes(10 << 20), zipfile.ZIP_DEFLATED))


def test_a_size_that_is_a_lie_is_noticed(packed: Path, tmp_path: Path) -> None:
    """What says that it is small is read no further than it says, and is then no picture and no event file."""
    data = bytearray(with_entry(packed, PICTURE, bytes(10 << 20), zipfile.ZIP_DEFLATED).read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 1000)
    packed.write_bytes(data)
    with pytest.raises(RecordingError):
        unpack(packed, tmp_path / "out.v2a")
    assert not (tmp_path / "out.v2a").exists()


def test_too_much_of_everything_is_refused(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many entries, a file too large, all of them too large."""
    for limit, value, said in (
        ("MAX_ENTRIES", 3, "more than 3"),
        ("MAX_EVENTS_BYTES", 1000, "more than 1,000"),
        ("MAX_BYTES", 5000, "all files together"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(packing, limit, value)
            with pytest.raises(UnsafeArchive, match=said):
                Recording(packed)


def test_an_encrypted_entry_is_refused(packed: Path) -> None:
    """There is nobody to ask for a password."""
    data = bytearray(packed.read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    packed.write_bytes(data)
    with pytest.raises(UnsafeArchive, match="encrypted"):
        Recording(packed)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_compress_are_refused(packed: Path, method: int) -> None:
    """Two are enough to check."""
    with pytest.raises(UnsafeArchive, match="not known"):
        Recording(with_entry(packed, PICTURE, b"x" * 100, method))


def test_a_damaged_file_is_a_typed_error(packed: Path) -> None:
    """Cut short, or with any byte of it changed: it opens as it was, or a RecordingError says why it does not."""
    whole, events = packed.read_bytes(), Recording(packed).events
    for length in range(0, len(whole), 997):
        packed.write_bytes(whole[:length])
        with pytest.raises(RecordingError):
            Recording(packed)
    for place in range(0, len(whole), 487):
        packed.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert Recording(packed).events == events
            list(Recording(packed).frames())
        except RecordingError:
            pass


def test_a_picture_that_claims_to_be_huge_is_not_decoded(record_run: RecordRun, tmp_path: Path) -> None:
    """Its size has to be the one that was seen."""
    path = record_run(tmp_path / "run.v2a")
    digest = Recording(path).digest(0)
    huge = io.BytesIO()
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    huge.write(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + bytes(4))
    (path / f"frames/{digest}.png").write_bytes(huge.getvalue())
    with pytest.raises(RecordingDamaged):
        Recording(path).picture(0)


def test_what_is_no_archive_says_so(tmp_path: Path) -> None:
    """Text, nothing, and nowhere."""
    (tmp_path / "text.v2a.zip").write_text("hello")
    (tmp_path / "empty.v2a.zip").touch()
    for name in ("text", "empty", "nowhere"):
        with pytest.raises(RecordingError):
            Recording(tmp_path / f"{name}.v2a.zip")
    with pytest.raises(RecordingError, match="is this a recording"):
        pack(tmp_path)
