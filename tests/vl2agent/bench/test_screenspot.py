"""ScreenSpot's three layouts, with real screens in them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vl2agent.bench.grounding import measure, read_annotations
from vl2agent.errors import InputError
from vl2agent.geometry import ScreenBox
from vl2agent.perception.embedded import OcrPerception

SCREENS = Path(__file__).parents[2] / "fixtures" / "screens"
LOGIN = "sb-admin-2-login.png"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Our own targets on one screen."""
    lines = (SCREENS / "annotations.jsonl").read_text().splitlines()
    return [row for line in lines if (row := json.loads(line))["image"] == LOGIN]


def lay_out_v1(folder: Path, rows: list[dict[str, Any]], name: str = "web", pictures: str = "screenspot_imgs") -> None:
    """Lay targets out as ScreenSpot does, its boxes as left, top, width, height."""
    (folder / pictures).mkdir()
    shutil.copy(SCREENS / LOGIN, folder / pictures)
    spots = [
        {
            "img_filename": LOGIN,
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "instruction": row["instruction"],
            "data_type": "icon" if row["kind"] == "icon" else "text",
            "data_source": "shop",
        }
        for row in rows
        for x1, y1, x2, y2 in [row["box"]]
    ]
    (folder / f"screenspot_{name}.json").write_text(json.dumps(spots))


def lay_out_v2(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Lay them out as ScreenSpot-v2: other names, the same fields."""
    lay_out_v1(folder, rows, "desktop_v2", "screenspotv2_image")


def lay_out_pro(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Lay them out as ScreenSpot-Pro: a folder of annotations, its boxes as edges."""
    (folder / "images" / "office").mkdir(parents=True)
    (folder / "annotations").mkdir()
    shutil.copy(SCREENS / LOGIN, folder / "images" / "office")
    spots = [
        {
            "img_filename": f"office/{LOGIN}",
            "bbox": row["box"],
            "instruction": row["instruction"],
            "instruction_cn": "登录",
            "id": row["id"],
            "application": "word",
            "platform": "windows",
            "img_size": [row["width"], row["height"]],
            "ui_type": "icon" if row["kind"] == "icon" else "text",
            "group": "Office",
        }
        for row in rows
    ]
    (folder / "annotations" / "word_windows.json").write_text(json.dumps(spots))


@pytest.mark.parametrize(
    ("lay_out", "app", "group"),
    [(lay_out_v1, "shop", "web"), (lay_out_v2, "shop", "desktop"), (lay_out_pro, "word", "Office")],
)
def test_each_layout_is_read(
    tmp_path: Path, rows: list[dict[str, Any]], lay_out: Callable[..., None], app: str, group: str
) -> None:
    """The boxes are those of our own annotations, whichever way they are written down."""
    lay_out(tmp_path, rows)
    truths = read_annotations(tmp_path)
    assert [truth.box for truth in truths] == [ScreenBox(*row["box"]) for row in rows]
    assert {(truth.app, truth.group) for truth in truths} == {(app, group)}
    assert len({truth.id for truth in truths}) == len(rows)
    assert {truth.kind for truth in truths} <= {"text", "icon"}
    for truth in truths:
        with Image.open(truth.image) as picture:
            assert picture.size == (1280, 800)


def test_one_file_or_the_folder_of_annotations_will_do(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    """Whichever of them people name."""
    lay_out_pro(tmp_path, rows)
    places = (tmp_path, tmp_path / "annotations", tmp_path / "annotations" / "word_windows.json")
    assert read_annotations(places[0]) == read_annotations(places[1]) == read_annotations(places[2])
    assert read_annotations(SCREENS) == read_annotations(SCREENS / "annotations.jsonl")


def test_a_suite_is_measured_by_group_and_kind(
    tmp_path: Path, rows: list[dict[str, Any]], perception: OcrPerception
) -> None:
    """As its authors report it; names that are absent are not known, and not asked for."""
    lay_out_v1(tmp_path, rows)
    summary = measure(tmp_path, lambda: perception).summary()
    assert summary["by_group"]["web text"]["click_accuracy"] >= 0.9
    assert summary["overall"]["n"] == len(rows)
    assert summary["absent_names"]["n"] == 0


SPOT = {"img_filename": "a.png", "bbox": [1, 2, 3, 3], "instruction": "x", "data_type": "text", "data_source": "ios"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"a": 1}, "expected a list"),
        ([7], "target 1"),
        ([SPOT, SPOT | {"bbox": [1, 2, 3]}], "target 2"),
        ([SPOT | {"bbox": [1, 2, 0, 3]}], "target 1"),
        ([SPOT | {"img_filename": "b.png"}], "unpack"),
        ([{key: value for key, value in SPOT.items() if key != "instruction"}], "instruction"),
        ([], "empty"),
    ],
)
def test_what_is_no_suite_is_an_input_error(tmp_path: Path, content: object, said: str) -> None:
    """It says which file and which target, or where pictures were looked for."""
    (tmp_path / "a.png").touch()
    (tmp_path / "screenspot_web.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=said):
        read_annotations(tmp_path)


def test_half_a_file_is_an_input_error(tmp_path: Path) -> None:
    """It names the file."""
    (tmp_path / "screenspot_web.json").write_text("[{")
    with pytest.raises(InputError, match=r"screenspot_web\.json"):
        read_annotations(tmp_path)


def test_a_folder_of_neither_is_an_input_error(tmp_path: Path) -> None:
    """It names both."""
    for path in (tmp_path, tmp_path / "none.jsonl", tmp_path / "none"):
        with pytest.raises(InputError, match="ScreenSpot"):
            read_annotations(path)
