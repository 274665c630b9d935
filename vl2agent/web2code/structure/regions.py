"""Which bands of a page belong together because they share columns."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.web2code.ir import Block
from vl2agent.web2code.structure.gaps import parts

ALIGNED_PX = 5
MIN_ALIGNED = 0.75


def regions(bands: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """Join bands that are better cut into columns; all others stay as they are."""
    result: list[list[Block]] = []
    start = 0
    while start < len(bands):
        end = _run(bands, start)
        joined = [block for band in bands[start:end] for block in band]
        if end - start > 1 and _are_columns(bands[start:end], parts(joined, "x")):
            result.append(joined)
        else:
            result += [list(band) for band in bands[start:end]]
        start = end
    return result


def _run(bands: Sequence[Sequence[Block]], start: int) -> int:
    """Return where the bands end that share a strip with the one at `start`; they begin and end with neighbours."""
    joined = list(bands[start])
    end = start + 1
    last_full = start + 1
    while end < len(bands):
        joined += bands[end]
        columns = parts(joined, "x")
        if len(columns) < 2:
            break
        end += 1
        last_full = end
    return last_full


def _are_columns(bands: Sequence[Sequence[Block]], columns: Sequence[Sequence[Block]]) -> bool:
    """Tell whether blocks flow down the columns: then their bands, taken alone, do not stand side by side."""
    if len(columns) < 2:
        return False
    alone = [len(parts(column, "y")) for column in columns]
    follower = min(alone[1:])
    if follower < 1:
        return False
    shared = sum(_in_line(band, columns) for band in bands)
    return shared < MIN_ALIGNED * max(alone[1:])


def _in_line(band: Sequence[Block], columns: Sequence[Sequence[Block]]) -> bool:
    """Tell whether what a band has in its columns is flush at the top, the middle or the bottom."""
    ids = [{block.id for block in column} for column in columns]
    cells = [[block for block in band if block.id in column] for column in ids]
    boxes = [_hull(cell) for cell in cells if cell]
    if len(boxes) < 2:
        return False
    tops, bottoms = [top for top, _ in boxes], [bottom for _, bottom in boxes]
    middles = [(top + bottom) / 2 for top, bottom in boxes]
    return min(max(values) - min(values) for values in (tops, bottoms, middles)) <= ALIGNED_PX


def _hull(blocks: Sequence[Block]) -> tuple[int, int]:
    return min(block.box.top for block in blocks), max(block.box.bottom for block in blocks)
