"""The bench grounding command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.errors import InputError

SCREENS = Path(__file__).parents[2] / "fixtures" / "screens"


def test_json_and_misses_are_written(tmp_path: Path) -> None:
    """The figures of one screen, and a picture of its misses."""
    shutil.copy(SCREENS / "sb-admin-2-login.png", tmp_path)
    rows = (SCREENS / "annotations.jsonl").read_text().splitlines()
    (tmp_path / "annotations.jsonl").write_text("\n".join(row for row in rows if "sb-admin-2-login" in row))
    sheet = tmp_path / "misses.png"
    result = CliRunner().invoke(app, ["bench", "grounding", str(tmp_path), "--json", "--misses", str(sheet)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["overall"]["n"] == 7
    assert sheet.exists()


def test_a_folder_without_annotations_is_an_input_error(tmp_path: Path) -> None:
    """Exit code 2, before any network is loaded."""
    result = CliRunner().invoke(app, ["bench", "grounding", str(tmp_path)])
    assert isinstance(result.exception, InputError)
