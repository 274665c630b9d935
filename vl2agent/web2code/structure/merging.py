"""Lines joined into one text, their runs and places kept."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from vl2agent.web2code.ir import Font, Run, Text, TextLine
from vl2agent.web2code.perceive.fonts import BOLD_FROM
from vl2agent.web2code.structure.wrapping import side_of

SAME_SIZE = 0.06
SAME_COLOR = 20
"""In a channel, of 255."""


def merged(texts: Sequence[Text], *, separator: str | None = None) -> Text:
    """Join texts of a line each into one of several lines.

    Args:
        separator: what stands between lines; None puts a blank where the script writes one.
    """
    font = _usual_font(texts)
    runs: list[Run] = []
    lines: list[TextLine] = []
    length = 0
    for place, text in enumerate(texts):
        if place:
            between = joint(texts[place - 1].string, text.string) if separator is None else separator
            runs, length = _extended(runs, between), length + len(between)
        for line in text.lines:
            lines.append(line.model_copy(update={"first": line.first + length, "last": line.last + length}))
        for run in text.runs:
            own = run.font or text.font
            runs.append(run.model_copy(update={"font": None if _is_same(own, font) else own}))
        length += len(text.string)
    baselines = [line.baseline for line in lines]
    return texts[0].model_copy(
        update={
            "font": font,
            "runs": tuple(fused(runs)),
            "lines": tuple(lines),
            "line_height": round(median(b - a for a, b in pairwise(baselines)), 2) if len(lines) > 1 else None,
            "align": side_of([line.box for line in lines], font.size) or "left",
            "confidence": min(text.confidence for text in texts),
        }
    )


def _usual_font(texts: Sequence[Text]) -> Font:
    """Return the font of most characters."""
    written: Counter[Font] = Counter()
    for text in texts:
        for run in text.runs:
            written[run.font or text.font] += len(run.text)
    return written.most_common(1)[0][0]


def _is_same(a: Font, b: Font) -> bool:
    """Tell whether two measured fonts mean one: sizes and colors of lines differ a little."""
    looks = [(font.family, font.weight >= BOLD_FROM, font.italic, font.underline, font.strike, font.background)
             for font in (a, b)]  # fmt: skip
    return looks[0] == looks[1] and abs(a.size - b.size) <= SAME_SIZE * b.size and _is_same_color(a.color, b.color)


def _is_same_color(a: str, b: str) -> bool:
    channels = ((int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5))
    return max(abs(x - y) for x, y in channels) <= SAME_COLOR


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


def fused(runs: Sequence[Run]) -> list[Run]:
    """Join neighbouring runs that look alike."""
    result: list[Run] = []
    for run in runs:
        if result and result[-1].font == run.font and result[-1].kind == run.kind:
            result[-1] = result[-1].model_copy(update={"text": result[-1].text + run.text})
        else:
            result.append(run)
    return result
