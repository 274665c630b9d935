"""Boxes in rows and columns at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.fit import FLUSH_PX, best_right, fit
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.place import Span, hull
from vl2agent.web2code.emit.scene import Content, Piece, Scene
from vl2agent.web2code.ir import Block

_SAME_PX = 0.5


def grid(scene: Scene, blocks: Sequence[Block], inner: Span) -> Content:
    """Place blocks in a grid; a new row begins where one stands no further right than the one before."""
    lines = _lines(blocks)
    columns = _columns(scene, lines, inner)
    rows = [[scene.within(block, column) for block, column in zip(line, columns, strict=False)] for line in lines]
    places = [hull(piece.place for piece in row) for row in rows]
    gaps = [below.top - above.bottom for above, below in pairwise(places)]
    gap = gaps[0] if gaps and gaps[0] >= 0 and max(gaps) - min(gaps) <= _SAME_PX else None
    elements: list[Element | str] = []
    for number, (row, place) in enumerate(zip(rows, places, strict=True)):
        before = gaps[number - 1] if number and gap is None else 0.0
        elements += [_in_row(piece, piece.place.top - place.top + before).element for piece in row]
    level = all(_is_level(row) for row in rows)
    style = {"display": "grid", **_template(columns, inner)}
    style |= {"row-gap": px(gap)} if gap else {}
    style |= {} if level else {"align-items": "start"}
    whole = hull(places)
    span = Span(columns[0].left, max(inner.right, columns[-1].right))
    return Content(tuple(elements), span, whole.top, whole.bottom, style, {"grid-template-columns": "1fr"})


def _lines(blocks: Sequence[Block]) -> list[list[Block]]:
    lines: list[list[Block]] = []
    for block in blocks:
        if lines and block.box.left > lines[-1][-1].box.left:
            lines[-1].append(block)
        else:
            lines.append([block])
    return lines


def _columns(scene: Scene, lines: Sequence[Sequence[Block]], inner: Span) -> list[Span]:
    """Return the span of every column, as its cells ask for it."""
    count = max(len(line) for line in lines)
    fits = [[fit(scene.page, line[number]) for line in lines if number < len(line)] for number in range(count)]
    lefts = [min(each.place.left for each in column) for column in fits]
    ends = [*lefts[1:], max(inner.right, lefts[-1] + 1)]
    spans = []
    for column, left, end in zip(fits, lefts, ends, strict=True):
        right = max(each.least for each in column)
        if any(each.wraps for each in column):
            right = best_right(column, right, end)
        spans.append(Span(left, max(right, left + 1)))
    return spans


def _template(columns: Sequence[Span], inner: Span) -> dict[str, str]:
    gaps = [b.left - a.right for a, b in pairwise(columns)]
    even = bool(gaps) and min(gaps) >= 0 and max(gaps) - min(gaps) <= _SAME_PX
    widths = [column.width for column in columns]
    if even and max(widths) - min(widths) <= _SAME_PX and abs(columns[-1].right - inner.right) <= FLUSH_PX:
        tracks = f"repeat({len(columns)}, 1fr)"
    elif even:
        tracks = " ".join(px(width) for width in widths)
    else:
        tracks = " ".join([*(px(b.left - a.left) for a, b in pairwise(columns)), px(widths[-1])])
    return {"grid-template-columns": tracks} | ({"column-gap": px(gaps[0])} if even and gaps[0] else {})


def _in_row(piece: Piece, offset: float) -> Piece:
    return piece.styled(
        {"margin-top": px(offset)} if abs(offset) > 0.01 else {}, {"margin-top": "0"} if offset > 0.01 else {}
    )


def _is_level(row: Sequence[Piece]) -> bool:
    """Tell whether all cells of a row begin and end together."""
    tops, bottoms = [piece.place.top for piece in row], [piece.place.bottom for piece in row]
    return max(tops) - min(tops) <= _SAME_PX and max(bottoms) - min(bottoms) <= _SAME_PX
