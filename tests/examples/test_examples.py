"""Every example runs as it stands, and does what it says."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"
MAX_LINES = 60


def load(name: str) -> dict[str, Any]:
    """Load an example without running it, and return its names."""
    return runpy.run_path(str(EXAMPLES / name), run_name="example")


def test_words_are_found_on_a_screenshot(capsys: pytest.CaptureFixture[str]) -> None:
    """What is there is found, inside its own box; what is not there is refused."""
    load("01_locate_on_a_screenshot.py")["main"]()
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["Appearance"].startswith("click (29")
    assert lines["Close button"].startswith("click (77")
    assert lines["Display below Workspaces"].startswith("click (46")
    assert lines["Firewall"].startswith("expected 'Firewall' on the screen, found nothing that fits")


@pytest.mark.display
def test_a_script_writes_a_file_on_a_desktop() -> None:
    """The text is in the file, every character of it."""
    example = load("02_script_the_desktop.py")
    assert example["main"]() == example["TEXT"] == "naïve café € < > 日本語\n"


@pytest.mark.display
def test_a_form_arrives_at_the_server() -> None:
    """The server received what the goal says, and nothing else."""
    expected = {"name": "Ada Lovelace", "email": "ada@example.org", "news": "on"}
    assert load("03_fill_a_form_in_the_browser.py")["main"]() == expected


def test_a_dry_run_draws_what_it_would_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One picture for each action, each of them marked."""
    pictures = load("04_dry_run.py")["main"](tmp_path)
    plain = Image.open(EXAMPLES / "settings.png").convert("RGB")
    assert [picture.name.partition("-")[2] for picture in pictures] == ["click.png", "click.png"]
    assert all(Image.open(picture).convert("RGB").tobytes() != plain.tobytes() for picture in pictures)
    assert "Close button at (77" in capsys.readouterr().out


@pytest.mark.display
def test_an_executor_of_ones_own_is_used(tmp_path: Path) -> None:
    """Every action of the run went through it, in order."""
    log = tmp_path / "actions.jsonl"
    load("05_custom_executor.py")["main"](log)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line["action"]["kind"] for line in lines] == ["click", "type", "click"]
    assert {line["receipt"]["delivery"] for line in lines} == {"sent"}
    assert lines[1]["action"]["text"] == "buy milk"


@pytest.mark.display
def test_a_page_is_scripted_by_what_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """The right guest is sent away; clicking one of three alike is refused, with a picture."""
    assert load("06_locators.py")["main"]() == ["Ada", "Barbara"]
    said, _, see = capsys.readouterr().out.partition("\nsee ")
    assert said.startswith("expected one 'Remove button' on the screen, found 3 that fit equally well")
    picture = Path(see.strip())
    with Image.open(picture) as drawn:
        assert drawn.size == (640, 400)
    picture.unlink()


@pytest.mark.display
def test_a_screenshot_becomes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its words are in the code, and all of it is in the folder."""
    page = load("07_web2code.py")["main"](folder=tmp_path / "harbour")
    assert "Ships arrive on Monday" in page.html
    assert "heading: Ships arrive on Monday" in capsys.readouterr().out
    assert {"index.html", "style.css", "preview.html"} <= {path.name for path in (tmp_path / "harbour").iterdir()}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_examples_are_short(path: Path) -> None:
    """An example fits on a screen and says how to start it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) < MAX_LINES
    assert f"python examples/{path.name}" in "\n".join(lines[:6])


def test_every_example_is_tested() -> None:
    """A new example needs a test here."""
    here = Path(__file__).read_text(encoding="utf-8")
    assert all(f'load("{path.name}")' in here for path in EXAMPLES.glob("*.py"))
