"""How often a click lands where words said: screenshots with the true box of every target.

A prediction is right when its point lies in the box. Everything is measured on cold screens, as if none had been seen
before: the first answer on each includes reading it. The best candidate counts also where `locate` would call it
doubtful or ambiguous; how often it would, and how right it is when it does not, is reported apart, with names that are
not on the screen at all.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from vl2agent.bench.annotations import ANNOTATIONS, Truth, read_lines
from vl2agent.bench.screenspot import annotation_files, read_screenspot
from vl2agent.capture.files import load_frame
from vl2agent.contracts import Perception
from vl2agent.errors import InputError, TargetNotFound
from vl2agent.steps import Frame, Target

ABSENT_PER_SCREEN = 8
IOU = 0.5
BINS = (0.0, 0.5, 0.7, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Result:
    """What was predicted for a target, in how many seconds.

    `answered` is True when `locate` would have answered instead of refusing.
    """

    truth: Truth
    size: str
    best: Target | None
    answered: bool
    seconds: float

    @property
    def hit(self) -> bool:
        return self.best is not None and self.truth.box.contains(self.best.point)

    @property
    def overlaps(self) -> bool:
        return self.best is not None and self.best.box.iou(self.truth.box) >= IOU


@dataclass(frozen=True, slots=True)
class Report:
    """All results of one run, and names that are on no screen that they were asked on: (asked, answered)."""

    results: tuple[Result, ...]
    absent: tuple[int, int]

    def summary(self) -> dict[str, Any]:
        """Return the figures as JSON: overall, by kind, group, application and size, refusals, reliability."""
        screens: dict[Path, list[float]] = defaultdict(list)
        for result in self.results:
            screens[result.truth.image].append(result.seconds)
        overall = _figures(self.results) | {
            "screens": len(screens),
            "seconds_per_screen": _mean([seconds[0] for seconds in screens.values()]),
            "seconds_per_target": _mean([result.seconds for result in self.results]),
        }
        asked, answered = self.absent
        return {
            "overall": overall,
            "by_kind": _grouped(self.results, lambda result: result.truth.kind),
            "by_group": _grouped(
                [result for result in self.results if result.truth.group],
                lambda result: f"{result.truth.group} {result.truth.kind}",
            ),
            "by_app": _grouped(self.results, lambda result: result.truth.app),
            "by_size": _grouped(self.results, lambda result: result.size),
            "when_locate_answers": _figures([result for result in self.results if result.answered]),
            "refused": len([result for result in self.results if not result.answered]),
            "refused_though_right": len([r for r in self.results if r.hit and not r.answered]),
            "absent_names": {"n": asked, "refused": asked - answered},
            "reliability": _reliability(self.results),
        }


def measure(
    path: Path,
    perceive: Callable[[], Perception],
    *,
    images: Sequence[str] = (),
    absent: int = ABSENT_PER_SCREEN,
    progress: Callable[[int, int, str], None] = lambda done, total, image: None,
) -> Report:
    """Ask for every target of a suite.

    Args:
        path: as `read_annotations` takes it.
        perceive: makes a perception that has seen nothing yet; called for each screen.
        images: only the pictures of these names, all if empty.
        absent: names to ask for on each screen that are not on it.
        progress: told screens done, screens in all, and the next picture.

    Raises:
        InputError: there are no annotations, or a part of them is none.
        ImageError: a picture cannot be read.
    """
    screens: dict[Path, list[Truth]] = defaultdict(list)
    truths = read_annotations(path)
    for truth in truths:
        if not images or truth.image.name in images:
            screens[truth.image].append(truth)
    if not screens:
        raise InputError(f"expected pictures among those of {str(path)!r}, got {', '.join(images)}")
    results: list[Result] = []
    asked, answered = 0, 0
    for done, (image, targets) in enumerate(sorted(screens.items())):
        progress(done, len(screens), image.name)
        frame, perception = load_frame(image), perceive()
        results += [_ask(truth, frame, perception) for truth in targets]
        if absent:
            names = _absent(truths, targets[0].app, perception.text_in(frame.region, frame), absent)
            asked += len(names)
            answered += sum(_answer(words, frame, perception)[1] for words in names)
    return Report(tuple(results), (asked, answered))


def read_annotations(path: Path) -> list[Truth]:
    """Read a suite: a folder with annotations.jsonl, ScreenSpot's folder (v1, v2, Pro), or one file of either.

    Raises:
        InputError: there are none, or a part of them is no target; says which.
    """
    ours = path if path.suffix == ".jsonl" else path / ANNOTATIONS
    files = [] if ours.is_file() else annotation_files(path)
    if not (ours.is_file() or files):
        raise InputError(f"expected {ANNOTATIONS}, or ScreenSpot's JSON files, at {str(path)!r}; found neither")
    truths = read_screenspot(files) if files else read_lines(ours)
    if not truths:
        raise InputError(f"expected targets in {str(path)!r}, got an empty file")
    return truths


def _ask(truth: Truth, frame: Frame, perception: Perception) -> Result:
    start = time.perf_counter()
    best, answered = _answer(truth.instruction, frame, perception)
    return Result(truth, str(frame.size), best, answered, time.perf_counter() - start)


def _answer(words: str, frame: Frame, perception: Perception) -> tuple[Target | None, bool]:
    """Return the best candidate, and whether `locate` answers with it."""
    try:
        return perception.locate(words, frame), True
    except TargetNotFound as error:
        return next(iter(error.candidates), None), False


def _absent(truths: Iterable[Truth], app: str, text: str, most: int) -> list[str]:
    """Choose instructions of other applications whose names are nowhere on this screen, always the same ones."""
    shown = _letters(text)
    others = [t.instruction for t in truths if t.app != app and t.kind != "icon" and not _letters(t.name) <= shown]
    return random.Random(app + text[:200]).sample(others, min(most, len(others)))


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


def _mean(seconds: Sequence[float]) -> float:
    return round(sum(seconds) / len(seconds), 3)
