"""Where running sandboxes are written down."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from pathlib import Path

import pytest

from vl2agent.errors import InputError, SandboxError, SandboxGone
from vl2agent.sandbox import registry


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep away from the sandboxes that run."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def _entry(name: str) -> registry.Running:
    return registry.Running(name, ":77", 800, 600, 1, 1, time.time(), "/tmp", isolated=True, network=False)


def test_only_this_user_can_look_in() -> None:
    """The folder is private."""
    assert stat.S_IMODE(registry.base().stat().st_mode) == 0o700


def test_a_folder_that_others_can_open_is_refused() -> None:
    """Somebody may have put it there to read along."""
    registry.base().chmod(0o755)
    with pytest.raises(SandboxError, match="cannot open"):
        registry.base()


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    """It cannot be a folder, and that is said."""
    (tmp_path / f"vl2agent-{os.getuid()}").touch()
    with pytest.raises(SandboxError, match="TMPDIR"):
        registry.base()


def test_what_has_ended_is_neither_listed_nor_kept() -> None:
    """An entry whose guard does not answer is cleared away."""
    folder = registry.claim("gone")
    registry.record(_entry("gone"))
    assert registry.running() == []
    assert not folder.exists()


def test_what_is_about_to_start_is_kept() -> None:
    """A new folder without an entry belongs to a sandbox that starts; an old one to none."""
    fresh, old = registry.claim(None), registry.claim(None)
    long_ago = time.time() - 3600
    os.utime(old, (long_ago, long_ago))
    assert registry.running() == []
    assert fresh.exists()
    assert not old.exists()


def test_a_damaged_entry_is_no_sandbox() -> None:
    """It is not listed, and nothing breaks."""
    (registry.claim("bad") / "sandbox.json").write_text('{"name": ')
    assert registry.running() == []


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 41, "sp ace"])
def test_names_that_are_no_file_names_are_refused(name: str) -> None:
    """A name is letters, digits, '.', '_' and '-'."""
    with pytest.raises(InputError):
        registry.claim(name)


def test_what_is_not_there_is_not_found() -> None:
    """The error tells that none runs."""
    with pytest.raises(SandboxGone, match="none is running"):
        registry.find("nobody")
