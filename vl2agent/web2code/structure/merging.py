"""Lines joined into one text, their runs and places kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from vl2agent.web2code.ir import Run, Text, TextLine
from vl2agent.web2code.structure.wrapping import side_of


def merged(texts: Sequence[Text], *, separator: str | None = None) -> Text:
    """Join texts of a line each into one of several lines.

    Args:
        separator: what stands between lines; None puts a blank where the script writes one.
    """
    font = max(texts, key=lambda text: len(text.string)).font
    runs: list[Run] = []
    lines: list[TextLine] = []
    length = 0
    for place, text in enumerate(texts):
        if place:
            between = joint(texts[place - 1].string, text.string) if separator is None else separator
            runs, length = _extended(runs, between), length + len(between)
        for line in text.lines:
            lines.append(line.model_copy(update={"first": line.first + length, "last": line.last + length}))
        own = [run.model_copy(update={"font": run.font or text.font}) for run in text.runs]
        runs += [run.model_copy(update={"font": None if run.font == font else run.font}) for run in own]
        length += len(text.string)
    baselines = [line.baseline for line in lines]
    return texts[0].model_copy(
        update={
            "font": font,
            "runs": tuple(_fused(runs)),
            "lines": tuple(lines),
            "line_height": round(median(b - a for a, b in pairwise(baselines)), 2) if len(lines) > 1 else None,
            "align": side_of([line.box for line in lines], font.size) or "left",
            "confidence": min(text.confidence for text in texts),
        }
    )


def joint(before: str, after: str) -> str:
    """Return what stood between two lines before they were wrapped: nothing after a hyphen or between ideographs."""
    if before.endswith("-") and before[-2:-1].isalnum() and after[:1].isalnum():
        return ""
    if before and after and _is_wide(before[-1]) and _is_wide(after[0]):
        return ""
    return " "


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


def _extended(runs: list[Run], by: str) -> list[Run]:
    if not by:
        return runs
    return [*runs[:-1], runs[-1].model_copy(update={"text": runs[-1].text + by})]


def _fused(runs: Sequence[Run]) -> list[Run]:
    """Join neighbouring runs that look alike."""
    result: list[Run] = []
    for run in runs:
        if result and result[-1].font == run.font and result[-1].kind == run.kind:
            result[-1] = result[-1].model_copy(update={"text": result[-1].text + run.text})
        else:
            result.append(run)
    return result
