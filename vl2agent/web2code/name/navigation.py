"""Navigation: rows of short texts at the top or the foot of a page, and columns of them at its side, lead elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vl2agent.web2code.ir import Block, Page, Role
from vl2agent.web2code.name.surroundings import BOXES, Surroundings, painted, renamed

TOP_PX, FOOT_PX = 130, 90
SIDE = 0.26
"""A side column is at most so much of the page's width."""
LOW_PX, SCREEN_PX = 160, 800
"""A side column is higher than the one, and begins in the upper half of the other, which is what a window shows at first."""
LEAST = 3
MOST_LETTERS, LONGER = 32, 48
"""Of an entry in a row, and in a column, where it may take two lines."""
PART = 0.6
"""At least so many of the texts in navigation lead elsewhere."""
WORD = r"[^\W\d_]{2}"
FREE: tuple[Role, ...] = ("text", "paragraph", "link")
TABLED: tuple[Role, ...] = ("table", "row", "cell", "header_cell")
HOLDERS: tuple[Role, ...] = ("group", "section", "aside", "header", "list")


def name_navigation(page: Page) -> Page:
    """Name what leads elsewhere links, and the outermost blocks that hold little else nav."""
    seen = Surroundings(page)
    in_columns = list(_in_columns(seen))
    entries = [*in_columns, *_in_rows(seen)]
    roles: dict[str, Role] = _untabled(in_columns, seen)
    roles |= {block.id: "link" for block in (*entries, *_brand(entries, seen))}
    page = renamed(page, roles)
    seen = Surroundings(page)
    return renamed(page, dict(_landmarks(page.root, seen)))


def _in_columns(seen: Surroundings) -> Iterator[Block]:
    """Yield the entries of columns at the left."""
    for block in seen.page.root.walk():
        if block.role in HOLDERS and block.children and _at_the_side(block, seen):
            yield from _entries(block, seen)


def _untabled(entries: Sequence[Block], seen: Surroundings) -> dict[str, Role]:
    """Take tables apart in which entries stand: icons, names and arrows in columns are no table."""
    roles: dict[str, Role] = {}
    tables = (holder for each in entries for holder in seen.above(each) if holder.role == "table")
    for table in {table.id: table for table in tables}.values():
        roles |= {each.id: "text" if each.text else "group" for each in table.walk() if each.role in TABLED}
    return roles


def _at_the_side(block: Block, seen: Surroundings) -> bool:
    """Tell whether a block is a narrow column with something large beside it."""
    box, parent = block.box, seen.parents.get(block.id)
    if parent is None or parent.layout.flow == "column" or box.width > SIDE * seen.page.width:
        return False
    first = box.left <= min(child.box.left for child in parent.children)
    larger = any(child.box.width > 2 * box.width for child in parent.children)
    high = box.height >= LOW_PX and box.top <= SCREEN_PX / 2
    return first and larger and high and parent.box.width >= 0.6 * seen.page.width


def _entries(block: Block, seen: Surroundings) -> list[Block]:
    """Give the short texts of one size; captions in smaller capitals and larger headings lead nowhere."""
    texts = [
        (each, text) for each in _worded(block, seen) if (text := seen.text(each)) and each.role in (*FREE, "cell")
    ]
    sizes = sorted(text.font.size for _, text in texts if len(text.string) <= LONGER)
    usual = sizes[len(sizes) // 2] if sizes else 0.0
    texts = [(each, text) for each, text in texts if not (text.font.size < 0.93 * usual and text.string.isupper())]
    found = [each for each, text in texts if _short(each, seen, LONGER) and text.font.size <= 1.15 * usual]
    return found if len(found) >= LEAST and len(found) >= PART * len(texts) else []


def _worded(block: Block, seen: Surroundings) -> list[Block]:
    """Give the texts in a block that are words; a single sign is an icon that was read."""
    texts = [each for each in block.walk() if (text := seen.text(each)) and re.search(WORD, text.string)]
    return [each for each in texts if not seen.inside(each, "link", "button", "badge")]


def _in_rows(seen: Surroundings) -> Iterator[Block]:
    """Yield short texts side by side at the very top, or at the very foot."""
    height = seen.page.height
    texts = [block for block in seen.page.root.walk() if block.text and block.role in FREE and _short(block, seen)]
    top = [block for block in texts if block.box.bottom <= TOP_PX]
    foot = [block for block in texts if block.box.top >= height - FOOT_PX]
    for row in (*_rows(top, seen), *_rows(foot, seen)):
        if len(row) >= LEAST:
            yield from row


def _rows(blocks: Sequence[Block], seen: Surroundings) -> list[list[Block]]:
    """Put together what stands on one line in letters of one size."""
    rows: list[list[Block]] = []
    for block in sorted(blocks, key=lambda each: each.box.left):
        for row in rows:
            if _alike(row[-1], block, seen):
                row.append(block)
                break
        else:
            rows.append([block])
    return rows


def _alike(one: Block, other: Block, seen: Surroundings) -> bool:
    sizes = [text.font.size for block in (one, other) if (text := seen.text(block))]
    level = abs(one.box.top + one.box.bottom - other.box.top - other.box.bottom) <= 10
    return level and abs(sizes[0] - sizes[1]) <= 1


def _brand(entries: Sequence[Block], seen: Surroundings) -> list[Block]:
    """Find the name at the head of navigation, which leads home: the first text of its column, or of its row."""
    free = (each for each in seen.page.root.walk() if each.role in FREE and _short(each, seen))
    top = [each for each in free if each.box.bottom <= TOP_PX and not painted(each)]
    first = min(top, key=lambda each: (each.box.top // 24, each.box.left), default=None)
    if first is None or not entries:
        return []
    heads = any(_heads(first, entry) for entry in entries)
    return [first] if heads else []


def _heads(first: Block, entry: Block) -> bool:
    """Tell whether a text stands left of an entry, on its line, or over it."""
    if first == entry:
        return False
    level = abs(first.box.top + first.box.bottom - entry.box.top - entry.box.bottom) <= 16
    over = abs(first.box.left - entry.box.left) <= 80 and first.box.bottom <= entry.box.top <= first.box.bottom + 160
    return level or over


def _short(block: Block, seen: Surroundings, most: int = MOST_LETTERS) -> bool:
    text = seen.text(block)
    return (
        text is not None
        and len(text.string) <= most
        and len(text.lines) <= 2
        and bool(re.search(WORD, text.string))
        and not re.search(r"©|copyright|[.:]$", text.string, re.IGNORECASE)
    )


def _landmarks(block: Block, seen: Surroundings) -> Iterator[tuple[str, Role]]:
    """Yield the outermost blocks that hold links and little else, at the top or at a side."""
    for child in block.children:
        texts = _worded(child, seen)
        links = [each for each in child.walk() if each.role == "link"]
        enough = len(links) >= LEAST and len(links) >= PART * len(texts)
        placed = child.box.bottom <= TOP_PX + 40 or _at_the_side(child, seen)
        if child.role in BOXES and enough and placed and not any(_is_field(each) for each in child.walk()):
            yield child.id, "nav"
        else:
            yield from _landmarks(child, seen)


def _is_field(block: Block) -> bool:
    return block.role in ("input", "textarea", "select", "checkbox", "radio")
