"""Which bands of a page belong together because they share columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vl2agent.web2code.ir import Block
from vl2agent.web2code.structure.draft import hull
from vl2agent.web2code.structure.gaps import parts, spread
from vl2agent.web2code.structure.tabular import side_by_side, tabular

ALIGNED_PX = 5
MIN_ALIGNED = 0.75
MIN_BESIDE = 0.5
CLOSER = 0.75
"""Bands of one group are closer than groups are to one another by this factor."""


def regions(bands: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """Join bands that are better cut into columns; all others stay as they are."""
    result: list[list[Block]] = []
    start = 0
    while start < len(bands):
        if end := side_by_side(bands, start):
            result.append([block for band in bands[start:end] for block in band])
            start = end
            continue
        table = tabular(bands, start)
        end = table or _run(bands, start)
        result += [list(band) for band in bands[start:end]] if table else _joined(bands[start:end])
        start = end
    return result


def _run(bands: Sequence[Sequence[Block]], start: int) -> int:
    """Return where the bands end that share a strip from top to bottom with the one at `start`."""
    joined = list(bands[start])
    end = start + 1
    while end < len(bands):
        after = side_by_side(bands, end) or tabular(bands, end) or end + 1
        more = [block for band in bands[end:after] for block in band]
        columns = parts([*joined, *more], "x")
        if len(columns) < 2 or (after > end + 1 and not _in_one(more, columns)):
            break
        joined += more
        end = after
    return end


def _in_one(blocks: Sequence[Block], columns: Sequence[Sequence[Block]]) -> bool:
    """Tell whether blocks stand in a single column: a table in it, not one that has these columns itself."""
    ids = {block.id for block in blocks}
    return any(ids <= {block.id for block in column} for column in columns)


def _joined(bands: Sequence[Sequence[Block]]) -> list[list[Block]]:
    if len(bands) > 1:
        whole = [block for band in bands for block in band]
        columns = parts(whole, "x")
        if _are_columns(bands, columns):
            return [whole]
        if period := _period(bands, columns):
            groups = [bands[place : place + period] for place in range(0, len(bands), period)]
            return [[block for band in group for block in band] for group in groups]
    return [list(band) for band in bands]


def _are_columns(bands: Sequence[Sequence[Block]], columns: Sequence[Sequence[Block]]) -> bool:
    """Tell whether blocks flow down the columns, each on its own.

    Then most of the shorter column stands beside the other one, and what stands side by side is not flush, or text
    goes on below in the right column, as beside a heading at the left.
    """
    table = [cells for band in bands if sum(map(bool, cells := _cells(band, columns))) > 1]
    beside = sum(_ink(cells, place) for cells in table for place in (_shorter(columns),))
    if not table or beside < MIN_BESIDE * _ink(columns, _shorter(columns)):
        return False
    heights = [hull(block for cell in cells for block in cell).height for cells in table]
    flush = sum(height for height, cells in zip(heights, table, strict=True) if _is_flush_row(cells))
    below = sum(not cells[0] for cells in (_cells(band, columns) for band in bands))
    return flush < MIN_ALIGNED * sum(heights) or below > len(table) / 2


def _shorter(columns: Sequence[Sequence[Block]]) -> int:
    return min(range(len(columns)), key=lambda place: _ink(columns, place))


def _ink(columns: Sequence[Sequence[Block]], place: int) -> int:
    """Return how high the blocks of a column are together."""
    return sum(block.box.height for block in columns[place])


def _is_flush_row(cells: Sequence[Sequence[Block]]) -> bool:
    """Tell whether cells are a row: flush, and one of them is a single thing."""
    return _in_line(cells) and min(len(parts(cell, "y")) for cell in cells if cell) == 1


def _cells(band: Sequence[Block], columns: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """Return what a band has in every column."""
    ids = [{block.id for block in column} for column in columns]
    return [[block for block in band if block.id in column] for column in ids]


def _in_line(cells: Sequence[Sequence[Block]]) -> bool:
    """Tell whether two or more cells are flush at the top, the middle or the bottom."""
    boxes = [hull(cell) for cell in cells if cell]
    if len(boxes) < 2:
        return False
    ends = ([b.top for b in boxes], [b.bottom for b in boxes], [(b.top + b.bottom) / 2 for b in boxes])
    return min(spread(end) for end in ends) <= ALIGNED_PX


def _period(bands: Sequence[Sequence[Block]], columns: Sequence[Sequence[Block]]) -> int | None:
    """Return after how many bands their looks repeat: a label over its field, an icon over a title over a text.

    The bands between have to be closer than those of the next round, and every column flush on its own.
    """
    table = [_cells(band, columns) for band in bands]
    if len(bands) < 2 or not _flush(table):
        return None
    looks = [_look(cells) for cells in table]
    steps = [hull(below).top - hull(above).bottom for above, below in pairwise(bands)]
    for period in range(2, len(bands) + 1):
        if any(look != looks[place % period] for place, look in enumerate(looks)):
            continue
        inside = [step for place, step in enumerate(steps, 1) if place % period]
        between = [step for place, step in enumerate(steps, 1) if place % period == 0]
        if len(set(looks[:period])) > 1 and (not between or max(inside) <= CLOSER * min(between)):
            return period
    return None


def _flush(table: Sequence[Sequence[Sequence[Block]]]) -> bool:
    """Tell whether what stands in a column begins at one edge or has one middle, and no cell is empty."""
    for column in zip(*table, strict=True):
        if not all(column):
            return False
        boxes = [hull(cell) for cell in column]
        lefts, middles = [box.left for box in boxes], [(box.left + box.right) / 2 for box in boxes]
        if min(spread(lefts), spread(middles)) > ALIGNED_PX:
            return False
    return True


def _look(cells: Sequence[Sequence[Block]]) -> tuple[tuple[str, int], ...]:
    """Return what bands of one kind have in common: text or box, and how high, in rough steps."""
    return tuple(
        ("text" if all(block.text and block.role == "text" for block in cell) else "box", _height(cell))
        for cell in cells
    )


def _height(cell: Sequence[Block]) -> int:
    texts = all(block.role == "paragraph" for block in cell)
    return 0 if texts else round(hull(cell).height / 6)


def columns_of(blocks: Sequence[Block]) -> list[list[Block]]:
    """Cut blocks into columns, but keep a line together that is only a part of one: buttons at the end of a head."""
    columns = parts(blocks, "x")
    place = 1
    while len(columns) > 2 and place < len(columns):
        if _is_end_of_line(columns[place], columns[place - 1]):
            columns[place - 1 : place + 1] = [[*columns[place - 1], *columns[place]]]
        else:
            place += 1
    return columns


def _is_end_of_line(column: Sequence[Block], before: Sequence[Block]) -> bool:
    """Tell whether a column belongs to a single line of the one before it, which has others below or above."""
    ids = {block.id for block in column}
    lines = parts([*before, *column], "y")
    line = next(line for line in lines if ids & {block.id for block in line})
    own = [block for block in line if block.id not in ids]
    return len(lines) > 1 and ids <= {block.id for block in line} and bool(own) and len(parts(own, "y")) == 1
