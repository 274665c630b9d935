"""Tables: rows of cells whose padding is worked out from where their words stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.paint import paint
from vl2agent.web2code.emit.place import Span, placed
from vl2agent.web2code.emit.scene import Piece, Scene
from vl2agent.web2code.emit.sit import sit
from vl2agent.web2code.ir import Block, Trim

_SCROLLS = {"display": "block", "overflow-x": "auto", "width": "100%"}
_CELLS = frozenset({"cell", "header_cell"})


def is_table(block: Block) -> bool:
    """Tell whether a block is a table to the bottom: rows of cells and nothing else."""
    return (
        block.role == "table"
        and bool(block.children)
        and all(row.role == "row" and row.children for row in block.children)
        and all(cell.role in _CELLS for row in block.children for cell in row.children)
    )


def table(scene: Scene, block: Block, span: Span) -> Piece:
    """Build a table; the cells of its fullest row say where columns are."""
    place = placed(block)
    fullest = max(block.children, key=lambda row: len(row.children))
    edges = _rising([place.left, *(placed(cell).left for cell in fullest.children[1:]), place.right])
    rows: list[Element] = []
    top = place.top
    for row in block.children:
        element, top = _row(scene, row, edges, top, first=not rows)
        rows.append(element)
    style = {**paint(block.style), "width": px(place.width), "table-layout": "fixed", **sit(place, span)}
    style.pop("max-width", None)
    children = tuple(_parts(block.children, rows))
    return Piece(Element("table", {}, style, _SCROLLS, children, block.id, "table"), replace(place, bottom=top))


def _rising(edges: Sequence[float]) -> list[float]:
    """Keep columns in order and at least a pixel wide, wherever their cells were moved to."""
    found = list(edges)
    for i in range(len(found) - 2, 0, -1):
        found[i] = min(found[i], found[i + 1] - 1)
    for i in range(1, len(found)):
        found[i] = max(found[i], found[i - 1] + 1)
    return found


def _parts(blocks: Sequence[Block], rows: Sequence[Element]) -> list[Element]:
    """Put the rows of header cells at the top into a thead, the others into a tbody."""
    pairs = zip(blocks, rows, strict=True)
    headed = [(all(cell.role == "header_cell" for cell in block.children), row) for block, row in pairs]
    parts = []
    for place, (is_header, group) in enumerate(groupby(headed, key=lambda pair: pair[0])):
        inside = tuple(row for _, row in group)
        parts.append(Element("thead" if is_header and place == 0 else "tbody", children=inside))
    return parts


def _row(scene: Scene, row: Block, edges: Sequence[float], top: float, *, first: bool) -> tuple[Element, float]:
    """Build a row that begins at `top`; return where it ends, too."""
    starts = [_nearest(edges[:-1], placed(cell).left) for cell in row.children]
    ends = [*starts[1:], len(edges) - 1]
    cells, bottom = [], placed(row).bottom
    for cell, start, end in zip(row.children, starts, ends, strict=True):
        end = max(end, start + 1)
        made, lowest = _cell(scene, row, cell, Span(edges[start], edges[end]), top, end - start, first=first)
        cells.append(made)
        bottom = max(bottom, lowest)
    style = {name: value for name, value in paint(row.style).items() if not name.startswith("border")}
    return Element("tr", {}, style, {}, tuple(cells), row.id, "row"), bottom


def _nearest(edges: Sequence[float], left: float) -> int:
    return min(range(len(edges)), key=lambda place: abs(edges[place] - left))


def _cell(
    scene: Scene, row: Block, cell: Block, span: Span, top: float, columns: int, *, first: bool
) -> tuple[Element, float]:
    """Build a cell over its columns; the lines of its row become its own. Return where it ends, too."""
    own, around = cell.style, row.style
    lines = {"top": own.top or around.top, "bottom": own.bottom or around.bottom}
    style = own.model_copy(update=lines)
    bottom = max(placed(row).bottom, top + 1)
    left = round(span.left)
    box = ImageBox(left, round(top), max(round(span.right), left + 1), round(bottom))
    piece = scene.within(cell.model_copy(update={"box": box, "style": style, "role": "cell", "trim": Trim()}), span)
    element = piece.element
    attributes = {"colspan": str(columns)} if columns > 1 else {}
    tag = "th" if cell.role == "header_cell" else "td"
    if tag == "th":
        attributes["scope"] = "col" if first else "row"
    extra = {"width": px(span.width)} if first else {}
    declared = {"vertical-align": "top", **element.style, **extra}
    declared.pop("min-height", None)
    if not cell.children and not cell.text:
        declared["height"] = px(bottom - top)
    name = "cell" if tag == "td" else "header-cell"
    made = replace(element, tag=tag, attributes=attributes, style=declared, narrow={}, name=name)
    return made, max(bottom, piece.place.bottom)
