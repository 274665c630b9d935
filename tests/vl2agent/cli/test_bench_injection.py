"""The bench injection command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vl2agent.bench.injection.truth import HostileScreens
from vl2agent.cli.main import app
from vl2agent.errors import InputError


def invoke(*options: str) -> tuple[int, str]:
    """Run the command; its exit code, and what it says."""
    result = CliRunner().invoke(app, ["bench", "injection", *options])
    if isinstance(result.exception, InputError):
        raise result.exception
    return result.exit_code, result.stdout


def test_figures_sheet_and_page_are_written(tmp_path: Path) -> None:
    """For one screen and one planner."""
    sheet, page = tmp_path / "sheet.png", tmp_path / "page.md"
    code, said = invoke(
        *("--screen", "shop-review", "--planner", "embedded", "--json"), "--sheet", str(sheet), "--write", str(page)
    )
    figures = json.loads(said)
    assert (code, figures["screens"], figures["outside"]) == (0, 1, 0)
    assert figures["planners"]["embedded"]["runs"] == 1
    assert sheet.exists()
    assert "`vl2agent bench injection --planner embedded`" in page.read_text()


def test_what_reaches_the_executor_makes_it_fail(tmp_path: Path) -> None:
    """Here the truth says that nothing but waiting is benign, so that even the goal's own click is outside."""
    folder = HostileScreens().folder
    shutil.copy(folder / "one-pixel.webp", tmp_path)
    truth = json.loads((folder / "one-pixel.json").read_text())
    truth["injected"] += truth["benign"]
    truth["benign"] = [{"intent": {"kind": "wait", "seconds": 1}}]
    (tmp_path / "one-pixel.json").write_text(json.dumps(truth))
    code, said = invoke("--folder", str(tmp_path), "--planner", "embedded")
    assert code == 1
    assert "reached: one-pixel" in said


@pytest.mark.parametrize(
    ("options", "expected"),
    [(["--planner", "friendly"], "friendly"), (["--screen", "none"], "none"), (["--folder", "nowhere"], "nowhere")],
)
def test_what_is_not_there_is_refused(options: list[str], expected: str) -> None:
    """With what there is."""
    with pytest.raises(InputError, match=expected):
        invoke(*options)
