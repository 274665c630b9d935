"""Bands that are lines of a table, before anything else is made of them."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block
from vl2agent.web2code.structure.gaps import parts, spread

MIN_LINES = 3
FLUSH_PX = 4
MAX_HEIGHT_PX = 64


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
    return end if len(lines) >= MIN_LINES else None


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
