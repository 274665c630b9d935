"""Tables whose lines were seen as the ground between their cells."""

from __future__ import annotations

from vl2agent.web2code.ir import Block, Edge, is_painted

MAX_LINE_PX = 3


def with_lines(block: Block) -> Block:
    """Turn a box that shines through between the cells of a table into the borders of the cells."""
    table = block.children[0] if len(block.children) == 1 else None
    ground = block.style.background
    if table is None or table.role != "table" or not isinstance(ground, str) or not _is_covered(block, table):
        return block
    colors = {cell.style.background for row in table.children for cell in row.children}
    common = next(iter(colors)) if len(colors) == 1 else None
    rows = []
    for place, row in enumerate(table.children):
        last = place == len(table.children) - 1
        cells = [_bordered(cell, ground, last=last, bare=common is not None) for cell in row.children]
        cells[-1] = _closed(cells[-1], "right", ground)
        rows.append(row.model_copy(update={"children": tuple(cells)}))
    style = block.style.model_copy(update={"background": common})
    return table.model_copy(update={"id": block.id, "style": style, "children": tuple(rows)})


def _is_covered(block: Block, table: Block) -> bool:
    """Tell whether painted cells cover a box but for lines between them."""
    cells = [cell for row in table.children for cell in row.children]
    covered = sum(cell.box.area for cell in cells)
    edges = zip(block.box.edges, table.box.edges, strict=True)
    return (
        all(is_painted(cell) for cell in cells)
        and all(abs(a - b) <= MAX_LINE_PX for a, b in edges)
        and covered >= 0.9 * block.box.area
    )


def _bordered(cell: Block, color: str, *, last: bool, bare: bool) -> Block:
    edge = Edge(width=1, color=color)
    changes: dict[str, object] = {"top": edge, "left": edge}
    if last:
        changes["bottom"] = edge
    if bare:
        changes["background"] = None
    return cell.model_copy(update={"style": cell.style.model_copy(update=changes)})


def _closed(cell: Block, side: str, color: str) -> Block:
    style = cell.style.model_copy(update={side: Edge(width=1, color=color)})
    return cell.model_copy(update={"style": style})
