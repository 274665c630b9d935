"""`vl2agent pack`: there and back."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.errors import RecordingDamaged
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Noted
from vl2agent.recording.writer import Recorder


def test_a_folder_becomes_a_file_and_a_folder_again(tmp_path: Path) -> None:
    """The way back is the same command; the events are the same."""
    with Recorder(tmp_path / "run.v2a") as recorder:
        recorder.write(Noted(text="hello"))
    said = CliRunner().invoke(app, ["pack", str(tmp_path / "run.v2a")])
    assert said.stdout.split() == [str(tmp_path / "run.v2a.zip")]
    again = tmp_path / "again.v2a"
    said = CliRunner().invoke(app, ["pack", str(tmp_path / "run.v2a.zip"), "-o", str(again), "--json"])
    assert json.loads(said.stdout) == {"written": str(again)}
    assert Recording(again).events == Recording(tmp_path / "run.v2a").events


def test_what_is_damaged_is_not_sent_on(tmp_path: Path) -> None:
    """The error comes now, not where the file is opened."""
    with Recorder(tmp_path / "run.v2a") as recorder:
        recorder.write(Noted(text="hello"))
    log = tmp_path / "run.v2a/events.jsonl"
    log.write_bytes(log.read_bytes().replace(b"hello", b"hallo"))
    said = CliRunner().invoke(app, ["pack", str(tmp_path / "run.v2a")])
    assert isinstance(said.exception, RecordingDamaged)
    assert not (tmp_path / "run.v2a.zip").exists()
