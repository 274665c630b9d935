"""How the children of a box stand: an XY-cut over blank strips, rows and columns all the way down.

Bands first: blocks are cut at every strip that runs through from left to right. Bands that share a strip from top to
bottom are then looked at together: a sidebar beside a text, or cards without boxes, are columns; fields in two
columns, the lines of a table and dates at the right edge are rows. What cannot be cut stands on something else: the
fewest and smallest such blocks are laid over the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from vl2agent.web2code.ir import Block, Layout
from vl2agent.web2code.structure.draft import Draft
from vl2agent.web2code.structure.gaps import parts, spread
from vl2agent.web2code.structure.grids import with_grids
from vl2agent.web2code.structure.lists import in_lists, with_lists
from vl2agent.web2code.structure.overlaps import peeled
from vl2agent.web2code.structure.regions import columns_of, regions
from vl2agent.web2code.structure.tables import with_tables

Flow = Literal["column", "row", "overlay"]


def arranged(draft: Draft, blocks: Sequence[Block]) -> tuple[Flow, list[Block]]:
    """Return the flow of some blocks and what stands along it: the blocks, or groups of them."""
    if len(blocks) < 2:
        return "column", list(blocks)
    bands = regions(parts(blocks, "y"))
    if len(bands) > 1:
        return "column", with_lists(draft, with_grids(draft, with_tables(draft, _along(draft, "column", bands))))
    columns = columns_of(blocks)
    if len(columns) > 1:
        return "row", _along(draft, "row", columns)
    rest, over = peeled(blocks)
    return "overlay", [*_along(draft, "overlay", [rest]), *over]


def _along(draft: Draft, flow: Flow, cut: Sequence[Sequence[Block]]) -> list[Block]:
    """Arrange every part; one that flows the same way needs no box of its own."""
    result: list[Block] = []
    for part in cut:
        inner, children = arranged(draft, part)
        if len(children) == 1 or inner == flow:
            result += children
        else:
            children = in_lists(draft, children)
            result.append(draft.group(children, Layout(flow=inner, align=alignment(inner, children))))
    return result


def alignment(flow: Flow, blocks: Sequence[Block]) -> Literal["start", "center", "end", "stretch"]:
    """Return where blocks are flush across their flow: at the left or top, at both ends, in the middle."""
    if flow == "row":
        ends = [(block.box.top, block.box.bottom) for block in blocks]
    else:
        ends = [(block.box.left, block.box.right) for block in blocks]
    starts, stops = spread([start for start, _ in ends]), spread([end for _, end in ends])
    middle = spread([(start + end) / 2 for start, end in ends])
    if max(starts, stops) <= 2:
        return "stretch"
    best = min(starts, middle, stops)
    return "start" if starts <= best + 2 else "center" if middle <= best + 1 else "end"
