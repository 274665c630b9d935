"""How often a click lands where words said: a folder of screenshots with the true box of every target.

A prediction is right when its point lies in the box. Everything is measured on cold screens: each is read as if none
had been seen before. The best candidate counts also where `locate` would call it doubtful or ambiguous; how often it
would, and how right it is when it does not, is reported apart, with names that are not on the screen at all.
"""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from vl2agent.capture.files import load_frame
from vl2agent.contracts import Perception
from vl2agent.errors import InputError, TargetNotFound
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame, Target

ANNOTATIONS = "annotations.jsonl"
ABSENT_PER_SCREEN = 8
IOU = 0.5
BINS = (0.0, 0.5, 0.7, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Truth:
    """One annotated target."""

    id: str
    image: str
    instruction: str
    name: str
    kind: str
    app: str
    box: ScreenBox


@dataclass(frozen=True, slots=True)
class Result:
    """What was predicted for a target; `answered` is True when `locate` would have answered instead of refusing."""

    truth: Truth
    size: str
    best: Target | None
    answered: bool

    @property
    def hit(self) -> bool:
        return self.best is not None and self.truth.box.contains(self.best.point)

    @property
    def overlaps(self) -> bool:
        return self.best is not None and _iou(self.best.box, self.truth.box) >= IOU


@dataclass(frozen=True, slots=True)
class Report:
    """All results of one run, the seconds that reading each screen took, and absent names: (asked, answered)."""

    results: tuple[Result, ...]
    seconds: tuple[float, ...]
    absent: tuple[int, int]

    def summary(self) -> dict[str, Any]:
        """Return the figures as JSON: overall, by kind, application and size, refusals, reliability."""
        overall = _figures(self.results) | {
            "screens": len(self.seconds),
            "seconds_per_screen": round(sum(self.seconds) / len(self.seconds), 3),
        }
        asked, answered = self.absent
        return {
            "overall": overall,
            "by_kind": _grouped(self.results, lambda result: result.truth.kind),
            "by_app": _grouped(self.results, lambda result: result.truth.app),
            "by_size": _grouped(self.results, lambda result: result.size),
            "when_locate_answers": _figures([result for result in self.results if result.answered]),
            "refused": len([result for result in self.results if not result.answered]),
            "refused_though_right": len([r for r in self.results if r.hit and not r.answered]),
            "absent_names": {"n": asked, "refused": asked - answered},
            "reliability": _reliability(self.results),
        }


def measure(
    folder: Path,
    perceive: Callable[[], Perception],
    *,
    images: Sequence[str] = (),
    progress: Callable[[int, int, str], None] = lambda done, total, image: None,
) -> Report:
    """Ask for every target of a folder.

    Args:
        folder: holds annotations.jsonl and the pictures it names.
        perceive: makes a perception that has seen nothing yet; called for each screen.
        images: only these pictures, all if empty.
        progress: told screens done, screens in all, and the next picture.

    Raises:
        InputError: the folder has no annotations, or a line of them is not one.
        ImageError: a picture cannot be read.
    """
    screens: dict[str, list[Truth]] = defaultdict(list)
    truths = read_annotations(folder)
    for truth in truths:
        if not images or truth.image in images:
            screens[truth.image].append(truth)
    if not screens:
        raise InputError(f"expected pictures among those of {folder / ANNOTATIONS}, got {', '.join(images)}")
    results: list[Result] = []
    seconds, asked, answered = [], 0, 0
    for done, (image, targets) in enumerate(sorted(screens.items())):
        progress(done, len(screens), image)
        frame, perception = load_frame(folder / image), perceive()
        start = time.perf_counter()
        text = perception.text_in(frame.region, frame)
        seconds.append(time.perf_counter() - start)
        results += [_ask(truth, frame, perception) for truth in targets]
        absent = _absent(truths, targets[0].app, text)
        asked += len(absent)
        answered += sum(_answer(words, frame, perception) is not None for words in absent)
    return Report(tuple(results), tuple(seconds), (asked, answered))


def read_annotations(folder: Path) -> list[Truth]:
    """Read a folder's annotations.

    Raises:
        InputError: there are none, or a line is not one; says which.
    """
    path = folder / ANNOTATIONS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected a folder with {ANNOTATIONS}, got {str(folder)!r}: {error}") from error
    truths = [_truth(line, path, number) for number, line in enumerate(lines, start=1) if line.strip()]
    if not truths:
        raise InputError(f"expected targets in {str(path)!r}, got an empty file")
    return truths


def _truth(line: str, path: Path, number: int) -> Truth:
    try:
        row = json.loads(line)
        words = {key: str(row[key]) for key in ("id", "image", "instruction", "name", "kind", "app")}
        return Truth(**words, box=ScreenBox(*map(int, row["box"])))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"expected a target on line {number} of {str(path)!r}, got {line[:60]!r}: {error!r}"
        ) from error


def _ask(truth: Truth, frame: Frame, perception: Perception) -> Result:
    found = perception.find(truth.instruction, frame)
    answer = _answer(truth.instruction, frame, perception)
    return Result(truth, str(frame.size), found[0] if found else None, answer is not None)


def _answer(words: str, frame: Frame, perception: Perception) -> Target | None:
    try:
        return perception.locate(words, frame)
    except TargetNotFound:
        return None


def _absent(truths: Iterable[Truth], app: str, text: str) -> list[str]:
    """Choose instructions of other applications whose names are nowhere on this screen, always the same ones."""
    shown = _letters(text)
    others = [t.instruction for t in truths if t.app != app and t.kind != "icon" and not _letters(t.name) <= shown]
    return random.Random(app + text[:200]).sample(others, min(ABSENT_PER_SCREEN, len(others)))


def _letters(text: str) -> set[str]:
    """Return the words of a text in lower case."""
    return set("".join(c if c.isalnum() else " " for c in text.lower()).split())


def _grouped(results: Iterable[Result], key: Callable[[Result], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return {name: _figures(group) for name, group in sorted(groups.items())}


def _figures(results: Sequence[Result]) -> dict[str, Any]:
    n = len(results)
    share = 1 / n if n else 0.0
    return {
        "n": n,
        "click_accuracy": round(sum(result.hit for result in results) * share, 4),
        "iou_accuracy": round(sum(result.overlaps for result in results) * share, 4),
    }


def _reliability(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return how often targets of each range of confidence were right."""
    rows = []
    for low, high in pairwise(BINS):
        inside = [r for r in results if r.best and low <= r.best.confidence < (high if high < 1 else 1.01)]
        if inside:
            mean = sum(r.best.confidence for r in inside if r.best) / len(inside)
            rows.append({"from": low, "to": high, "mean_confidence": round(mean, 3), **_figures(inside)})
    return rows


def _iou(a: ScreenBox, b: ScreenBox) -> float:
    both = a.intersection(b)
    return both.area / (a.area + b.area - both.area) if both else 0.0
