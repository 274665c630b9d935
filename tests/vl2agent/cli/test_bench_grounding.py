"""The bench grounding command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.errors import InputError

SCREENS = Path(__file__).parents[2] / "fixtures" / "screens"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """One screen with its seven targets."""
    shutil.copy(SCREENS / "sb-admin-2-login.png", tmp_path)
    rows = (SCREENS / "annotations.jsonl").read_text().splitlines()
    (tmp_path / "annotations.jsonl").write_text("\n".join(row for row in rows if "sb-admin-2-login" in row))
    return tmp_path


def test_json_and_misses_are_written(suite: Path) -> None:
    """The figures of one screen, and a picture of its misses."""
    sheet = suite / "misses.png"
    result = CliRunner().invoke(app, ["bench", "grounding", str(suite), "--json", "--misses", str(sheet)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["overall"]["n"] == 7
    assert sheet.exists()


def test_a_model_is_measured_alone_or_with_reading(suite: Path, nano_checkpoint: Path) -> None:
    """Random weights hit next to nothing; reading beside them hits what is written."""
    annotations = suite / "annotations.jsonl"
    rows = [row for row in annotations.read_text().splitlines() if json.loads(row)["kind"] == "text"]
    annotations.write_text("\n".join(rows[:2]))
    arguments = ["bench", "grounding", str(suite), "--json", "--model", str(nano_checkpoint)]
    hits = []
    for options in (["--alone"], []):
        result = CliRunner().invoke(app, [*arguments, *options])
        assert result.exit_code == 0, result.output
        hits.append(json.loads(result.stdout)["overall"]["click_accuracy"])
    assert hits == [0, 1]


def test_alone_needs_a_model(suite: Path) -> None:
    """Without one nothing would be left."""
    result = CliRunner().invoke(app, ["bench", "grounding", str(suite), "--alone"])
    assert isinstance(result.exception, InputError)


def test_a_folder_without_annotations_is_an_input_error(tmp_path: Path) -> None:
    """Exit code 2, before any network is loaded."""
    result = CliRunner().invoke(app, ["bench", "grounding", str(tmp_path)])
    assert isinstance(result.exception, InputError)
