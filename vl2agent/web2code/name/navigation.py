"""Navigation: rows and columns of short texts at the top, the side or the foot of a page, which lead elsewhere."""

from __future__ import annotations

import re

from vl2agent.web2code.ir import Block, Page, Role
from vl2agent.web2code.name.surroundings import Surroundings, renamed

TOP_PX = 140
SIDE = 0.26
"""A side column is at most so much of the page's width."""
LEAST = 3
MOST_LETTERS = 32
PART = 0.7
"""How many of the texts in navigation are short at least."""


def name_navigation(page: Page) -> Page:
    """Name the outermost blocks that hold little else than short texts nav, and those texts links."""
    seen, roles = Surroundings(page), dict[str, Role]()
    _search(page.root, seen, roles)
    return renamed(page, roles)


def _search(block: Block, seen: Surroundings, roles: dict[str, Role]) -> None:
    for child in block.children:
        if child.role in ("group", "nav", "list", "aside", "header", "footer") and _leads_away(child, seen):
            roles |= {child.id: "nav"} if child.role in ("group", "nav") else {}
            roles |= {each.id: "link" for each in _entries(child, seen)}
        else:
            _search(child, seen, roles)


def _leads_away(block: Block, seen: Surroundings) -> bool:
    texts = [each for each in block.walk() if each.text]
    entries = _entries(block, seen)
    if len(entries) < LEAST or len(entries) < PART * len(texts) or any(_is_field(each) for each in block.walk()):
        return False
    return _at_the_side(block, seen) or _at_the_top(block) or block.role == "nav"


def _is_field(block: Block) -> bool:
    return block.role in ("input", "textarea", "select", "checkbox", "radio", "table")


def _at_the_top(block: Block) -> bool:
    return block.box.bottom <= TOP_PX


def _at_the_side(block: Block, seen: Surroundings) -> bool:
    """Tell whether a block is a narrow column at the left or right edge of what is on the page."""
    page, box = seen.page, block.box
    edge = box.left <= SIDE * page.width or box.right >= (1 - SIDE) * page.width
    return box.width <= SIDE * page.width and box.height > box.width and edge


def _entries(block: Block, seen: Surroundings) -> list[Block]:
    """Give the texts that lead somewhere: short, with letters, and not captions in smaller type."""
    texts = [
        (each, text)
        for each in block.walk()
        if (text := seen.text(each)) and each.role in ("text", "link", "paragraph")
    ]
    sizes = sorted(text.font.size for _, text in texts)
    usual = sizes[len(sizes) // 2] if sizes else 0.0
    return [
        each
        for each, text in texts
        if len(text.string) <= MOST_LETTERS
        and re.search(r"[^\W\d_]{2}", text.string)
        and not (text.font.size < 0.93 * usual and text.string.isupper())
    ]
