"""The grounding suite: its figures, its errors, and a sample of the real thing."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vl2agent.bench.annotations import Truth
from vl2agent.bench.contact_sheet import contact_sheet
from vl2agent.bench.grounding import Report, Result, measure, read_annotations
from vl2agent.errors import ImageError, InputError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.perception.embedded import OcrPerception
from vl2agent.perception.engine import OnnxTextEngine
from vl2agent.steps import Target

ROOT = Path(__file__).parents[3]
SCREENS = ROOT / "tests" / "fixtures" / "screens"
DEV = Path(os.environ.get("VL2AGENT_GROUNDING", ROOT.parent / "shared" / "gui-grounding" / "dev"))
SAMPLE = 4


@pytest.fixture(scope="module")
def report(engine: OnnxTextEngine) -> Report:
    """A run over the fixtures."""
    return measure(SCREENS, lambda: OcrPerception(engine))


def test_the_figures_have_their_places(report: Report) -> None:
    """Machines read overall and by_kind; every target is counted once."""
    summary: dict[str, Any] = json.loads(json.dumps(report.summary()))
    overall = summary["overall"]
    assert overall["n"] == len(read_annotations(SCREENS)) == sum(kind["n"] for kind in summary["by_kind"].values())
    assert 0 <= overall["click_accuracy"] <= 1
    assert overall["seconds_per_screen"] >= overall["seconds_per_target"] > 0
    assert set(summary["by_kind"]) == {"text", "field", "icon"}
    assert set(summary["by_group"]) <= {f"web {kind}" for kind in summary["by_kind"]}


def test_text_and_fields_of_the_fixtures_are_found(report: Report) -> None:
    """Nearly all of them; icons are told apart because reading cannot see them."""
    kinds = report.summary()["by_kind"]
    assert kinds["text"]["click_accuracy"] >= 0.9
    assert kinds["field"]["click_accuracy"] >= 0.9


def test_refusals_are_told_apart(report: Report) -> None:
    """What `locate` answers is right more often than what `find` puts first."""
    summary = report.summary()
    assert summary["refused"] + summary["when_locate_answers"]["n"] == summary["overall"]["n"]
    assert summary["when_locate_answers"]["click_accuracy"] >= summary["overall"]["click_accuracy"]


def test_what_is_large_or_far_off_fits_a_tile(tmp_path: Path) -> None:
    """A box larger than a tile is drawn smaller; a prediction elsewhere is told by its point."""
    Image.new("RGB", (300, 900), "white").save(tmp_path / "a.png")
    truth = Truth("a", tmp_path / "a.png", "x", "text", "a", ScreenBox(10, 100, 290, 800))
    best = Target(words="x", box=ScreenBox(0, 0, 9, 9), point=ScreenPoint(4, 4), confidence=0.5)
    sheet = contact_sheet([Result(truth, "300x900", best, True, 0.1)])
    colors = {color for _, color in sheet.getcolors(1 << 20) or []}
    assert (255, 0, 0) in colors


def test_misses_make_a_picture(report: Report) -> None:
    """One tile for each miss."""
    sheet = contact_sheet(report.results)
    misses = sum(not result.hit for result in report.results)
    assert misses > 0
    assert sheet.height >= 200 * -(-misses // 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "annotations.jsonl"),
        ("", "empty"),
        ("{not json}\n", "line 1"),
        ('{"id": "a", "image": "a.png"}\n', "line 1"),
    ],
)
def test_bad_annotations_are_input_errors(tmp_path: Path, content: str | None, message: str) -> None:
    """The error says which file and which line."""
    if content is not None:
        (tmp_path / "annotations.jsonl").write_text(content)
    with pytest.raises(InputError, match=message):
        read_annotations(tmp_path)


def test_a_broken_picture_is_an_image_error(tmp_path: Path, engine: OnnxTextEngine) -> None:
    """It ends the run with the name of the file."""
    row = {
        "id": "a",
        "image": "a.png",
        "instruction": "x",
        "name": "x",
        "kind": "text",
        "app": "a",
        "box": [0, 0, 9, 9],
    }
    (tmp_path / "annotations.jsonl").write_text(json.dumps(row))
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"a\.png"):
        measure(tmp_path, lambda: OcrPerception(engine))


@pytest.mark.slow
@pytest.mark.skipif(not (DEV / "annotations.jsonl").exists(), reason=f"no screenshots at {DEV} (VL2AGENT_GROUNDING)")
def test_a_sample_of_the_screens_reaches_the_floors(engine: OnnxTextEngine) -> None:
    """Text 90 %, fields 70 %: a few screens, always the same, below what all of them reach."""
    images = sorted({truth.image.name for truth in read_annotations(DEV) if truth.kind == "field"})
    sample = random.Random(7).sample(images, SAMPLE)
    kinds = measure(DEV, lambda: OcrPerception(engine), images=sample).summary()["by_kind"]
    assert kinds["text"]["click_accuracy"] >= 0.9
    assert kinds["field"]["click_accuracy"] >= 0.7
