"""Bands that are lines of a table, before anything else is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, is_painted
from vl2agent.web2code.structure.gaps import parts, spread

MIN_LINES = 3
FLUSH_PX = 4
MAX_HEIGHT_PX = 64
MIN_WIDE = 5.0
"""Lines of texts are so many times as wide as high; words of a table may be shorter."""
MAX_LINE_STEP = 2.3
"""Distance of lines of one text, by the height of their ink at most."""


def tabular(bands: Sequence[Sequence[Block]], start: int) -> int | None:
    """Return where lines of texts in the same columns end, if three or more begin here; rules may lie between."""
    lines = [bands[start]] if _is_line(bands[start]) else []
    if not lines:
        return None
    end = place = start + 1
    while place < len(bands):
        if _is_line(bands[place]) and _same_columns(lines[0], bands[place]):
            lines.append(bands[place])
            end = place + 1
        elif not _is_rule(bands[place]):
            break
        place += 1
    return end if len(lines) >= MIN_LINES and not _is_close(lines, ruled=end - start > len(lines)) else None


def side_by_side(bands: Sequence[Sequence[Block]], start: int) -> int | None:
    """Return where texts that stand side by side end: lines as close as in one text, flush left in every column."""
    first = bands[start]
    if not _is_line(first):
        return None
    end = start + 1
    while end < len(bands) and _goes_on(first, bands[end - 1], bands[end]):
        end += 1
    lines = [block for band in bands[start:end] for block in band]
    columns = parts(lines, "x")
    if end - start < MIN_LINES or sum(len(band) > 1 for band in bands[start:end]) < MIN_LINES - 1:
        return None
    flush = all(spread([block.box.left for block in column]) <= FLUSH_PX for column in columns)
    wide = all(median(block.box.width / block.box.height for block in column) >= MIN_WIDE for column in columns)
    return end if flush and wide else None


def _goes_on(first: Sequence[Block], above: Sequence[Block], band: Sequence[Block]) -> bool:
    """Tell whether a band is the next line of the texts that begin with the first band."""
    if not all(block.text and not block.children and not is_painted(block) for block in band):
        return False
    lefts = [block.box.left for block in first]
    flush = all(any(abs(block.box.left - left) <= FLUSH_PX for left in lefts) for block in band)
    return flush and _is_close([above, band], ruled=False)


def _is_close(lines: Sequence[Sequence[Block]], *, ruled: bool) -> bool:
    """Tell whether lines without rules follow as closely as those of a text: it stands in columns, then."""
    tops = [min(block.box.top for block in line) for line in lines]
    heights = [block.box.height for line in lines for block in line]
    return not ruled and max(b - a for a, b in pairwise(tops)) <= MAX_LINE_STEP * median(heights)


def _is_rule(band: Sequence[Block]) -> bool:
    return all(block.role == "rule" for block in band)


def _is_line(band: Sequence[Block]) -> bool:
    """Tell whether a band is a line of single texts side by side."""
    return (
        len(band) > 1
        and all(block.text and not block.children and block.box.height <= MAX_HEIGHT_PX for block in band)
        and len(parts(band, "x")) == len(band)
        and spread([(block.box.top + block.box.bottom) / 2 for block in band]) <= FLUSH_PX + 1
    )


def _same_columns(a: Sequence[Block], b: Sequence[Block]) -> bool:
    """Tell whether the texts of two lines are flush, one by one, at either side or in the middle."""
    return len(a) == len(b) and all(
        min(abs(x.left - y.left), abs(x.right - y.right), abs(x.left + x.right - y.left - y.right) / 2) <= FLUSH_PX
        for x, y in zip(_boxes(a), _boxes(b), strict=True)
    )


def _boxes(band: Sequence[Block]) -> list[ImageBox]:
    return sorted((block.box for block in band), key=lambda box: box.left)
