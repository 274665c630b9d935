"""The code command: from a picture, an address or a sandbox to a folder."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.cli import answering
from vl2agent.cli.main import app
from vl2agent.errors import ImageError, InputError, SandboxGone

SOURCE = """<!doctype html><title>Ships</title><body style="margin: 0; font: 20px Arial">
<h1 style="font-size: 32px; margin: 30px">Harbour News</h1><p style="margin: 30px">Ships arrive on Monday.</p></body>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page in a file."""
    page = tmp_path_factory.mktemp("site") / "page.html"
    page.write_text(SOURCE, "utf-8")
    return page


@pytest.mark.display
def test_an_address_becomes_a_folder(site: Path, tmp_path: Path) -> None:
    """JSON tells the score and where it is; the code has the words."""
    out = tmp_path / "out"
    result = CliRunner().invoke(
        app, ["code", site.as_uri(), "-o", str(out), "--width", "600", "--rounds", "0", "--json"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["folder"] == str(out)
    assert found["score"]["total"] > 0.8
    assert found["naming"]["slot"] == "rules"
    assert "Harbour News" in (out / "index.html").read_text("utf-8")
    assert (out / "style.css").is_file()


@pytest.mark.display
def test_a_picture_becomes_one_file(tmp_path: Path) -> None:
    """With its style within; a person is told of the stages and the score."""
    Image.new("RGB", (200, 100), "#336699").save(tmp_path / "page.png")
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["code", str(tmp_path / "page.png"), "-o", str(out), "--single-file"])
    assert result.exit_code == 0, result.output
    assert "perceive\n" in result.stderr
    assert re.search(r"\d\.\d{3} against the picture", result.stderr)
    assert "<style>" in (out / "index.html").read_text("utf-8")
    assert not (out / "style.css").exists()


def test_a_folder_of_others_is_refused_at_once(tmp_path: Path) -> None:
    """Before anything is read."""
    (tmp_path / "notes.txt").write_text("mine")
    result = CliRunner().invoke(app, ["code", "page.png", "-o", str(tmp_path)])
    assert isinstance(result.exception, InputError)
    assert "notes.txt" in str(result.exception)


def test_a_place_that_takes_no_folder_is_refused_at_once(tmp_path: Path) -> None:
    """Before anything is read, and nothing is left there."""
    (tmp_path / "notes").write_text("mine")
    result = CliRunner().invoke(app, ["code", "page.png", "-o", str(tmp_path / "notes" / "out")])
    assert isinstance(result.exception, InputError)
    assert "cannot be written" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "one of them"),
        (["page.png", "--sandbox", "demo"], "one of them"),
        (["page.png", "--window", "Settings"], "--sandbox"),
        (["https://example.org/"], "--network"),
        (["page.png", "--network"], "address"),
        (["page.png", "--width", "800"], "address"),
        (["page.png", "--execute"], "--target matplotlib"),
        (["page.png", "--target", "matplotlib", "--open"], "--open is for pages"),
        (["page.png", "--target", "matplotlib", "--style", "tailwind"], "--style is for pages"),
        (["page.png", "--scale", "0"], "no such file"),
    ],
)
def test_what_does_not_fit_together_is_said(words: list[str], expected: str, tmp_path: Path) -> None:
    """With what to do instead."""
    result = CliRunner().invoke(app, ["code", *words, "-o", str(tmp_path / "out")])
    assert isinstance(result.exception, InputError)
    assert expected in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    """And no folder is made."""
    (tmp_path / "page.png").write_text("words")
    result = CliRunner().invoke(app, ["code", str(tmp_path / "page.png"), "-o", str(tmp_path / "out")])
    assert isinstance(result.exception, ImageError)
    assert not (tmp_path / "out").exists()


def test_a_sandbox_that_does_not_run_is_named(tmp_path: Path) -> None:
    """As other commands do."""
    result = CliRunner().invoke(app, ["code", "--sandbox", "nobody-runs-this", "-o", str(tmp_path / "out")])
    assert isinstance(result.exception, SandboxGone)


def test_a_chart_becomes_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the model wrote it; a program that is there already is not lost."""
    program = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()"
    model = ScriptedBackend(f"```python\n{program}\n```")
    monkeypatch.setattr(answering, "open_model", lambda *args, **kwargs: model)
    Image.new("RGB", (300, 200), "white").save(tmp_path / "chart.png")
    words = ["code", str(tmp_path / "chart.png"), "--target", "matplotlib", "-o", str(tmp_path / "plot.py")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "plt.plot([1, 2, 3])" in (tmp_path / "plot.py").read_text("utf-8")
    again = CliRunner().invoke(app, words)
    assert isinstance(again.exception, InputError)
