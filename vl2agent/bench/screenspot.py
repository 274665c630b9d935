"""ScreenSpot's annotations, as their authors publish them: lists of JSON objects, pictures in a folder beside.

v1, v2    screenspot_{desktop,mobile,web}.json, ..._v2.json: img_filename, bbox [x, y, width, height], instruction,
          data_type (text, icon), data_source (windows, macos, ios, android, gitlab, shop, ...)
Pro       annotations/*.json: id, img_filename, bbox [x1, y1, x2, y2], instruction, application, platform, img_size,
          ui_type (text, icon), group

Sources: https://github.com/njucckevin/SeeClick (v1), https://huggingface.co/datasets/OS-Copilot/ScreenSpot-v2,
https://github.com/likaixin2000/ScreenSpot-Pro-GUI-Grounding. A point on the right or lower edge counts there; here an
edge is the first pixel outside, which is at most one pixel stricter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vl2agent.bench.annotations import Truth
from vl2agent.errors import CoordinateError, InputError
from vl2agent.geometry import ScreenBox

PICTURES = ("", "images", "screenspot_imgs", "screenspotv2_image")
"""Folders that hold the pictures, beside the annotations or one above them."""
SPLITS = ("desktop", "mobile", "web")


def annotation_files(path: Path) -> list[Path]:
    """List ScreenSpot's files at a path: the file itself, or those in its folder or the folder's `annotations`."""
    if path.is_file():
        return [path]
    listed = (path.glob("screenspot*.json"), (path / "annotations").glob("*.json"), path.glob("*.json"))
    return next((files for each in listed if (files := sorted(each))), [])


def read_screenspot(files: Iterable[Path]) -> list[Truth]:
    """Read the targets of some files.

    Raises:
        InputError: a file is no such list, a row is no target, or its picture is not there; says which.
    """
    return [_truth(row, number, file) for file in files for number, row in enumerate(_rows(file), start=1)]


def _rows(file: Path) -> list[Any]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"expected ScreenSpot's annotations in {str(file)!r}: {error}") from error
    if not isinstance(rows, list):
        raise InputError(f"expected a list of targets in {str(file)!r}, got {type(rows).__name__}")
    return rows


def _truth(row: Any, number: int, file: Path) -> Truth:
    try:
        pro = "ui_type" in row
        edges = [float(edge) for edge in row["bbox"]]
        return Truth(
            id=str(row["id"]) if pro else f"{file.stem}-{number}",
            image=_picture(str(row["img_filename"]), file.parent),
            instruction=str(row["instruction"]),
            kind=str(row["ui_type" if pro else "data_type"]),
            app=str(row["application" if pro else "data_source"]),
            box=_box(*edges) if pro else _box(edges[0], edges[1], edges[0] + edges[2], edges[1] + edges[3]),
            group=_group(row, file),
        )
    except (ValueError, KeyError, TypeError, IndexError, CoordinateError) as error:
        text = json.dumps(row)[:60]
        raise InputError(f"expected ScreenSpot's target {number} in {str(file)!r}, got {text}: {error!r}") from error


def _box(left: float, top: float, right: float, bottom: float) -> ScreenBox:
    return ScreenBox(round(left), round(top), round(right), round(bottom))


def _group(row: Mapping[str, Any], file: Path) -> str:
    return str(row.get("group", "")) or next((split for split in SPLITS if split in file.stem), "")


def _picture(name: str, folder: Path) -> Path:
    places = [base / sub / name for base in (folder, folder.parent) for sub in PICTURES]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise InputError(
            f"expected the picture {name!r} in {str(folder)!r}, or in a folder beside it named "
            f"{', '.join(PICTURES[1:])}; unpack the pictures there"
        )
    return found
