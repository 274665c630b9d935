"""Targets of a benchmark: what to point at in which picture, and where it truly is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from vl2agent.errors import InputError
from vl2agent.geometry import ScreenBox

ANNOTATIONS = "annotations.jsonl"


@dataclass(frozen=True, slots=True)
class Truth:
    """One annotated target.

    Args:
        id: unique in its suite.
        image: the picture's path.
        instruction: what to point at, in words.
        kind: 'text', 'icon', 'field'.
        app: the application, or where the picture comes from.
        box: in the picture's pixels.
        name: what is written there, where the suite tells; it serves to choose names that are absent elsewhere.
        group: platform or line of work, as the suite divides itself.
    """

    id: str
    image: Path
    instruction: str
    kind: str
    app: str
    box: ScreenBox
    name: str = ""
    group: str = ""


def read_lines(path: Path) -> list[Truth]:
    """Read annotations of our own, a line of JSON for each target.

    Raises:
        InputError: the file cannot be read, or a line is not a target; says which.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected targets in {str(path)!r}: {error}") from error
    return [_truth(line, path, number) for number, line in enumerate(lines, start=1) if line.strip()]


def _truth(line: str, path: Path, number: int) -> Truth:
    try:
        row = json.loads(line)
        words = {key: str(row[key]) for key in ("id", "instruction", "kind", "app", "name")}
        box = ScreenBox(*map(int, row["box"]))
        return Truth(**words, image=path.parent / str(row["image"]), box=box, group=str(row.get("source", "")))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"expected a target on line {number} of {str(path)!r}, got {line[:60]!r}: {error!r}"
        ) from error
