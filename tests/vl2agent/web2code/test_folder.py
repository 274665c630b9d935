"""A conversion's folder is whole or not there, and nobody else's files are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from vl2agent.errors import InputError
from vl2agent.web2code.folder import write_folder

FILES = {"index.html": b"<p>one", "assets/a1.png": b"png"}


def listed(folder: Path) -> set[str]:
    """Name the files in a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_files_are_written_with_their_folders(tmp_path: Path) -> None:
    """Beside them a list of what was written; nothing is left over around the folder."""
    folder = write_folder(FILES, tmp_path / "deep" / "out")
    assert listed(folder) == {*FILES, "files.json"}
    assert (folder / "assets" / "a1.png").read_bytes() == b"png"
    assert list((tmp_path / "deep").iterdir()) == [folder]


def test_its_own_folder_is_written_anew(tmp_path: Path) -> None:
    """What is no longer part of it is gone."""
    write_folder(FILES, tmp_path / "out")
    write_folder({"index.html": b"<p>two"}, tmp_path / "out")
    assert listed(tmp_path / "out") == {"index.html", "files.json"}
    assert (tmp_path / "out" / "index.html").read_bytes() == b"<p>two"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    """As one that was made for it."""
    (tmp_path / "out").mkdir()
    write_folder(FILES, tmp_path / "out")
    assert listed(tmp_path / "out") == {*FILES, "files.json"}


def test_files_of_others_are_not_lost(tmp_path: Path) -> None:
    """The error names them, and nothing is touched."""
    write_folder(FILES, tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt"):
        write_folder(FILES, tmp_path / "out")
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def test_changes_by_hand_are_not_lost(tmp_path: Path) -> None:
    """A page that somebody went on with stays."""
    write_folder(FILES, tmp_path / "out")
    (tmp_path / "out" / "index.html").write_text("<p>by hand")
    with pytest.raises(InputError, match=r"index\.html .* was changed"):
        write_folder(FILES, tmp_path / "out")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """Nor is a link to one."""
    (tmp_path / "out").write_text("a file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for name in ("out", "link"):
        with pytest.raises(InputError, match="something else"):
            write_folder(FILES, tmp_path / name)


def test_what_cannot_be_written_leaves_the_old_folder(tmp_path: Path) -> None:
    """A name that no file can have ends it before anything is exchanged."""
    write_folder(FILES, tmp_path / "out")
    with pytest.raises(InputError, match="cannot be written"):
        write_folder({"x" * 300: b""}, tmp_path / "out")
    assert listed(tmp_path / "out") == {*FILES, "files.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
