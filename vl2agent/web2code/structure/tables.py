"""Tables: rows below one another whose cells stand in the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Edge, Layout, Role, Text, is_painted
from vl2agent.web2code.structure.draft import Draft, hull
from vl2agent.web2code.structure.gaps import spread
from vl2agent.web2code.structure.wrapping import side_of

FLUSH_PX = 4
MIN_ROWS = 3
MIN_FULL = 0.6
"""The share of rows that have a cell in every column."""
MAX_CELL_LINES = 4
MAX_GROUP_PX, MAX_BOX_PX = 48, 160
"""How high cells may be that hold several things, unless they are boxes themselves."""
MAX_LINE_PX = 3
MAX_PADDING_PX = 24
MIN_HIGH = 0.85
"""A painted box is a cell itself when it is so much of its row's height; a badge is smaller."""
MIN_SLACK_SIZE = 16.0


def with_tables(draft: Draft, children: Sequence[Block]) -> list[Block]:
    """Make tables of the rows among the children of a column that are aligned with one another."""
    result: list[Block] = []
    place = 0
    while place < len(children):
        end = _end(draft, children, place)
        if end is None:
            result.append(children[place])
            place += 1
        else:
            result.append(_table(draft, children[place:end]))
            place = end
    return result


def _end(draft: Draft, children: Sequence[Block], start: int) -> int | None:
    """Return where a table ends that starts here, rules above and below it included."""
    first = start
    while first < len(children) and is_rule(children[first]):
        first += 1
    end, most = first, None
    while end < len(children) and (is_rule(children[end]) or _is_row(draft, _unwrapped(children[end]))):
        row = None if is_rule(children[end]) else _unwrapped(children[end])
        if row and most and len(row.children) <= len(most.children):
            if not _agree([most, row]):
                break
        elif row:
            if not _agree(_rows(children[first : end + 1])):
                break
            most = row
        end += 1
    while end > first and is_rule(children[end - 1]) and not _touches(children, end - 1):
        end -= 1
    return end if _is_table(draft, children[start:end]) else None


def _touches(children: Sequence[Block], rule: int) -> bool:
    """Tell whether a rule closes the row above it: it is no farther than a cell's padding."""
    return rule > 0 and children[rule].box.top - children[rule - 1].box.bottom <= MAX_PADDING_PX


def _rows(blocks: Sequence[Block]) -> list[Block]:
    return [_unwrapped(block) for block in blocks if not is_rule(block)]


def is_rule(block: Block) -> bool:
    """Tell whether a block is a line, or several in a row."""
    return block.role == "rule" or (
        bool(block.children) and not is_painted(block) and all(map(is_rule, block.children))
    )


def _unwrapped(block: Block) -> Block:
    """Let a stripe that holds a row, and lines at its edges, be the row."""
    inner = [child for child in block.children if not is_rule(child)]
    if not is_painted(block) or len(inner) != 1 or inner[0].layout.flow != "row" or is_painted(inner[0]):
        return block
    edges = [child for child in block.children if is_rule(child)]
    above = [_edge(rule) for rule in edges if rule.box.top < inner[0].box.top]
    style = block.style.model_copy(update={"top": block.style.top or (above[0] if above else None)})
    return block.model_copy(update={"children": inner[0].children, "layout": inner[0].layout, "style": style})


def _is_row(draft: Draft, block: Block) -> bool:
    """Tell whether a block may be a row: some short texts side by side, and no fields, pictures or cards."""
    return block.layout.flow == "row" and len(block.children) > 1 and all(_is_cell(draft, c) for c in block.children)


def _is_cell(draft: Draft, block: Block) -> bool:
    text = draft.text(block)
    if text is not None:
        return len(text.lines) <= (1 if text.preformatted else MAX_CELL_LINES)
    high = MAX_BOX_PX if is_painted(block) else MAX_GROUP_PX
    return (
        block.role in ("icon", "group") and block.box.height <= high and all(_is_cell(draft, c) for c in block.children)
    )


def _agree(rows: Sequence[Block]) -> bool:
    """Tell whether the cells of rows stand in the same columns."""
    most = max(rows, key=lambda row: len(row.children))
    return all(all(_column(cell, most) is not None for cell in row.children) for row in rows)


def _column(cell: Block, row: Block) -> int | None:
    """Return which cell of a row another one is flush with, at either side or in the middle."""
    for place, other in enumerate(row.children):
        a, b = cell.box, other.box
        ends = (a.left - b.left, a.right - b.right, (a.left + a.right - b.left - b.right) / 2)
        if a.left < b.right and b.left < a.right and min(abs(end) for end in ends) <= FLUSH_PX:
            return place
    return None


def _is_table(draft: Draft, blocks: Sequence[Block]) -> bool:
    """Tell whether aligned rows are a table: lines between them, a header, or more than two columns of words."""
    rows = _rows(blocks)
    if len(rows) < MIN_ROWS:
        return False
    widths = [len(row.children) for row in rows]
    if sum(width == max(widths) for width in widths) < MIN_FULL * len(rows):
        return False
    words = max(sum(_words(draft, cell) for cell in row.children) for row in rows)
    ruled = len(blocks) - len(rows) >= len(rows) - 1 or sum(is_painted(row) for row in rows) * 2 >= len(rows)
    boxed = all(is_painted(cell) for row in rows for cell in row.children)
    if boxed and not _is_tight(rows):
        return False
    return words >= 2 and (ruled or boxed or words >= 3 or _has_header(draft, rows))


def _is_tight(rows: Sequence[Block]) -> bool:
    """Tell whether boxes touch one another but for a line: cells do, cards do not."""
    across = [b.box.left - a.box.right for row in rows for a, b in pairwise(row.children)]
    down = [b.box.top - a.box.bottom for a, b in pairwise(rows)]
    return max(across + down) <= MAX_LINE_PX


def _words(draft: Draft, cell: Block) -> bool:
    return draft.text(cell) is not None or any(_words(draft, child) for child in cell.children)


def _has_header(draft: Draft, rows: Sequence[Block]) -> bool:
    """Tell whether the first row alone is bold."""
    bold = [all(text.font.weight >= 600 for text in _texts(draft, row)) for row in rows]
    return bold[0] and not any(bold[1:-1])


def _texts(draft: Draft, block: Block) -> list[Text]:
    return [text for each in block.walk() if (text := draft.text(each))]


def _table(draft: Draft, blocks: Sequence[Block]) -> Block:
    rows = _rows(blocks)
    box = hull(blocks)
    columns = _columns(rows)
    _align(draft, rows, columns)
    edges = _edges(columns, box)
    tops = _tops(blocks)
    header = _has_header(draft, rows)
    made = []
    for place, row in enumerate(rows):
        area = ImageBox(box.left, tops[place], box.right, max(tops[place + 1], tops[place] + 1))
        role: Role = "header_cell" if header and place == 0 else "cell"
        cells = tuple(_cell(draft, cell, area, edges, role) for cell in row.children)
        style = row.style.model_copy(update=_lines(blocks, row))
        layout = Layout(flow="row", align="stretch")
        changes = {"role": "row", "box": area, "children": cells, "style": style, "layout": layout}
        made.append(row.model_copy(update=changes))
    lefts = tuple(float(edge - box.left) for edge in edges[:-1])
    return draft.group(made, Layout(columns=lefts, align="stretch"), "table").model_copy(update={"box": box})


def _columns(rows: Sequence[Block]) -> list[list[Block]]:
    """Return the cells of every column."""
    most = max(rows, key=lambda row: len(row.children))
    columns: list[list[Block]] = [[] for _ in most.children]
    for row in rows:
        for cell in row.children:
            columns[_column(cell, most) or 0].append(cell)
    return columns


def _align(draft: Draft, rows: Sequence[Block], columns: Sequence[Sequence[Block]]) -> None:
    """Note which side the texts of a column are flush with."""
    for column in columns:
        side = side_of([cell.box for cell in column], MIN_SLACK_SIZE)
        for cell in column:
            text = draft.text(cell)
            if text and len(column) > 1 and side and not is_painted(cell):
                draft.texts[text.id] = text.model_copy(update={"align": side})


def _edges(columns: Sequence[Sequence[Block]], box: ImageBox) -> list[int]:
    """Return the left edges of the columns, and the table's right edge."""
    padding = min(cell.box.left for cell in columns[0]) - box.left
    edges = [box.left]
    for before, after in pairwise(columns):
        start, end = max(cell.box.right for cell in before), min(cell.box.left for cell in after)
        flush = spread([cell.box.left for cell in after]) <= FLUSH_PX
        edge = end - min(padding, MAX_PADDING_PX) if flush else (start + end) // 2
        edges.append(max(min(max(edge, start), end), edges[-1] + 1))
    return [*edges, max(box.right, edges[-1] + 1)]


def _tops(blocks: Sequence[Block]) -> list[int]:
    """Return where rows begin and the last one ends: at the rules, else half way between."""
    tops = [blocks[0].box.bottom if is_rule(blocks[0]) else blocks[0].box.top]
    rows = _rows(blocks)
    for above, below in pairwise(rows):
        rule = next((b for b in blocks if is_rule(b) and above.box.bottom <= b.box.top + 2 <= below.box.top + 4), None)
        middle = (above.box.bottom + below.box.top) // 2
        tops.append(rule.box.bottom if rule else middle)
    return [*tops, blocks[-1].box.bottom]


def _lines(blocks: Sequence[Block], row: Block) -> dict[str, Edge]:
    """Return the borders that rules right above the first row and below every row stand for."""
    place = next(i for i, block in enumerate(blocks) if block.id == row.id)
    lines = {}
    if place == 1 and is_rule(blocks[0]):
        lines["top"] = _edge(blocks[0])
    if place + 1 < len(blocks) and is_rule(blocks[place + 1]):
        lines["bottom"] = _edge(blocks[place + 1])
    return lines


def _edge(rule: Block) -> Edge:
    color = next(each.style.background for each in rule.walk() if each.role == "rule")
    return Edge(width=rule.box.height, color=color if isinstance(color, str) else "#000000")


def _cell(draft: Draft, cell: Block, row: ImageBox, edges: Sequence[int], role: Role) -> Block:
    """Widen a cell to its column and its row; what is painted keeps its box."""
    middle = (cell.box.left + cell.box.right) / 2
    column = max((i for i, edge in enumerate(edges[:-1]) if edge <= middle), default=0)
    area = ImageBox(edges[column], row.top, edges[column + 1], row.bottom)
    if is_painted(cell) and cell.box.height >= MIN_HIGH * row.height:
        return _filled(draft, cell).model_copy(update={"role": role, "box": area})
    if is_painted(cell) or cell.asset or cell.role == "item":
        return draft.group([cell], Layout(), role).model_copy(update={"box": area})
    return _filled(draft, cell).model_copy(update={"role": role, "box": area})


def _filled(draft: Draft, cell: Block) -> Block:
    """Put a group around what does not stand in a column in a cell, for a cell lays out nothing itself."""
    if text := draft.text(cell):
        draft.texts[text.id] = text.model_copy(update={"preformatted": False})
    if cell.layout.flow == "column" or len(cell.children) < 2:
        return cell
    inner = draft.group(cell.children, cell.layout)
    return cell.model_copy(update={"children": (inner,), "layout": Layout()})
