"""Headings: short texts that are larger or bolder than the page's, with something under them; levels rank their looks."""

from __future__ import annotations

import re

from vl2agent.web2code.ir import Block, Page, Role, Text
from vl2agent.web2code.name.surroundings import BOXES, CODE, Surroundings, changed, framed, painted

LARGE = 1.18
"""So many times the size of the page's text makes a heading of a text, however thin."""
LARGER = 1.6
"""Of a text that ends in a colon, which may as well introduce something."""
SMALL_CAPITALS = 0.95
"""Capitals smaller than so many times the page's text name a figure or a group of links, and head no part."""
BOLD = 600
MOST_LETTERS, MOST_LINES = 120, 3
ALIKE = 1.06
"""Sizes within this factor are one level."""
REMARK = re.compile(r"(note|warning|tip|hint|important|caution|attention|danger|see also|example)s?:?", re.IGNORECASE)
"""Words over remarks in the text; they begin no part of the page."""
ELSEWHERE: tuple[Role, ...] = (
    "table", "button", "badge", "input", "select", "textarea", "tab", "tabs", "code",
)  # fmt: skip


def name_headings(page: Page) -> Page:
    """Name headings, and give them levels that start at 1."""
    seen = Surroundings(page)
    found = [block for block in page.root.walk() if _heading(block, seen)]
    found = [block for block in found if not _subtitle(block, seen, found) and not _header_row(block, seen, found)]
    levels = _nested(_ranks([(block.id, _text(block, seen)) for block in found]))

    def name(block: Block) -> Block:
        level = levels.get(block.id)
        return block.model_copy(update={"role": "heading", "level": level}) if level else block

    return changed(page, name)


def _text(block: Block, seen: Surroundings) -> Text:
    text = seen.text(block)
    assert text is not None  # only blocks with a text come here
    return text


def _heading(block: Block, seen: Surroundings) -> bool:
    text = seen.text(block)
    if text is None or block.role not in ("text", "paragraph", "heading") or seen.inside(block, *ELSEWHERE):
        return False
    if len(text.string) > MOST_LETTERS or len(text.lines) > MOST_LINES or not re.search(r"[^\W\d_]{2}", text.string):
        return False
    if text.font.family in CODE or re.search(r"[,;]$", text.string):
        return False
    if text.font.size >= (LARGER if text.string.endswith(":") else LARGE) * seen.body_size:
        return True
    if len(text.lines) > 1 or re.search(r"^[▶▸►▼▾]|[.:]$", text.string) or text.font.size < 0.85 * seen.body_size:
        return False
    if _bar(block, seen):
        return True
    if text.string.isupper() and text.font.size < SMALL_CAPITALS * seen.body_size:
        return False
    bold = text.font.weight >= BOLD and not seen.inside(block, "nav", "item")
    return bold and len(text.runs) == 1 and not REMARK.fullmatch(text.string) and _heads(block, seen)


def _bar(block: Block, seen: Surroundings) -> bool:
    """Tell whether a text stands on a bar of its own color, as wide as what it heads."""
    parent = seen.parents.get(block.id)
    if parent is None or not seen.filled(block) or framed(block) or max(block.style.radius) > 0:
        return False
    wide = block.box.width >= 0.85 * parent.box.width and parent.role in BOXES
    return wide and block.box.height <= 60 and any(other.box.top >= block.box.bottom for other in seen.siblings(block))


def _heads(block: Block, seen: Surroundings) -> bool:
    """Tell whether a text stands alone on its line, with something below it and nothing bold beside it."""
    for holder in (block, *seen.above(block)):
        others = seen.siblings(holder)
        if any(_beside(block, other) for other in others):
            return False
        if any(other.box.top >= block.box.bottom for other in others):
            return True
    return False


def _beside(block: Block, other: Block) -> bool:
    """Tell whether another block stands close by on the same line."""
    overlap = min(block.box.bottom, other.box.bottom) - max(block.box.top, other.box.top)
    apart = max(other.box.left - block.box.right, block.box.left - other.box.right)
    return overlap > 0.5 * block.box.height and apart < 3 * block.box.height


def _subtitle(block: Block, seen: Surroundings, found: list[Block]) -> bool:
    """A thin line right under a larger heading belongs to it when it is hardly larger than the page's text."""
    text = _text(block, seen)
    if text.font.weight >= BOLD or text.font.size > 1.6 * seen.body_size:
        return False
    over = [other for other in found if 0 <= block.box.top - other.box.bottom <= text.font.size and other != block]
    return any(
        _text(other, seen).font.size > ALIKE * text.font.size and abs(other.box.left - block.box.left) <= 4
        for other in over
    )


def _header_row(block: Block, seen: Surroundings, found: list[Block]) -> bool:
    """Tell whether a small bold text stands on a line with two others, in the same box: these head columns."""
    if _text(block, seen).font.size >= LARGE * seen.body_size:
        return False
    level = [other for other in found if abs(other.box.bottom - block.box.bottom) <= 4 and other is not block]
    return sum(_card(other, seen) == _card(block, seen) for other in level) >= 2


def _card(block: Block, seen: Surroundings) -> str | None:
    """Return the id of the painted box that a block stands in."""
    return next((holder.id for holder in seen.above(block) if painted(holder) or framed(holder)), None)


def _nested(ranks: dict[str, int]) -> dict[str, int]:
    """Give a heading the level below that of the last one of a better rank before it, so that no level is skipped."""
    levels: dict[str, int] = {}
    open_ones: list[tuple[int, int]] = []
    for id_, rank in ranks.items():
        while open_ones and open_ones[-1][0] >= rank:
            open_ones.pop()
        levels[id_] = open_ones[-1][1] + 1 if open_ones else rank
        open_ones.append((rank, levels[id_]))
    return levels


def _ranks(found: list[tuple[str, Text]]) -> dict[str, int]:
    """Rank looks: the largest is 1; of one size the bold before the thin."""
    looks = sorted({_look(text) for _, text in found}, reverse=True)
    ranks: dict[tuple[float, bool], int] = {}
    rank, size, bold = 0, 0.0, False
    for look in looks:
        if not rank or size / look[0] > ALIKE or bold != look[1]:
            rank, (size, bold) = rank + 1, look
        ranks[look] = min(rank, 6)
    return {id_: ranks[_look(text)] for id_, text in found}


def _look(text: Text) -> tuple[float, bool]:
    return round(text.font.size, 1), text.font.weight >= BOLD
