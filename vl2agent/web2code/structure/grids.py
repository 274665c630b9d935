"""Grids: rows of boxes that are equally wide and stand below one another."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.web2code.ir import Block, Layout, is_painted
from vl2agent.web2code.structure.draft import Draft
from vl2agent.web2code.structure.gaps import spread

SAME_PX = 3


def with_grids(draft: Draft, children: Sequence[Block]) -> list[Block]:
    """Make grids of rows of boxes that have the same columns, two rows at least."""
    result: list[Block] = []
    place = 0
    while place < len(children):
        end = place + 1
        if _is_row_of_boxes(children[place]):
            while end < len(children) and _continues(children[place], children[end]):
                end += 1
        if end - place > 1:
            result.append(_grid(draft, children[place:end]))
        else:
            result.append(children[place])
        place = end
    return result


def _is_row_of_boxes(block: Block) -> bool:
    """Tell whether a block is no more than a row of two or more boxes of one width."""
    if block.layout.flow != "row" or is_painted(block) or len(block.children) < 2:
        return False
    return spread([child.box.width for child in block.children]) <= SAME_PX and all(map(_is_box, block.children))


def _is_box(block: Block) -> bool:
    """Tell whether a block fills its place: its edges are to be seen."""
    return is_painted(block) or block.role == "image"


def _continues(first: Block, block: Block) -> bool:
    """Tell whether a row has the columns of the first one; the last row may be shorter."""
    boxes = block.children if block.layout.flow == "row" and not is_painted(block) else (block,)
    if len(boxes) > len(first.children) or not all(map(_is_box, boxes)):
        return False
    pairs = zip(first.children, boxes, strict=False)
    return all(abs(a.box.left - b.box.left) <= SAME_PX and abs(a.box.width - b.box.width) <= SAME_PX for a, b in pairs)


def _grid(draft: Draft, rows: Sequence[Block]) -> Block:
    cells = [cell for row in rows for cell in (row.children if _is_row_of_boxes(row) else (row,))]
    left = min(cell.box.left for cell in cells)
    columns = tuple(float(cell.box.left - left) for cell in rows[0].children)
    return draft.group(cells, Layout(flow="grid", columns=columns, align="stretch"))
