"""Landmarks: the header, the foot, the side columns and the main part of a page, once each."""

from __future__ import annotations

import re

from vl2agent.web2code.ir import Block, Page, Role
from vl2agent.web2code.name.surroundings import Surroundings, framed, renamed

HEADER_PX, FOOTER_PX = 170, 260
EDGE_PX = 48
"""How far from the edge of the page a header or a foot may stand."""
SIDE = 0.3
"""An aside is at most so much of the page's width."""
WIDER = 1.5
"""So many times as wide is what an aside stands beside."""
FOOT = re.compile(r"©|\(c\)|copyright|all rights|licen[sc]|made with|powered by|privacy|terms", re.IGNORECASE)
DEPTH = 5
"""How many blocks deep landmarks are looked for."""


def name_landmarks(page: Page) -> Page:
    """Name them, from the root inwards as long as one part holds nearly everything."""
    seen, roles = Surroundings(page), dict[str, Role]()
    _parts(page.root, seen, roles, DEPTH)
    known = {block.role for block in page.root.walk()}
    return renamed(page, {id_: role for id_, role in roles.items() if role not in known or role == "aside"})


def _parts(block: Block, seen: Surroundings, roles: dict[str, Role], depth: int) -> None:
    """Name the parts of a block, then those of its main one."""
    rest = [child for child in block.children if child.children]
    for child in rest:
        if role := _edge(child, block, seen, roles):
            roles[child.id] = role
    rest = [child for child in rest if child.id not in roles and child.role in ("group", "section", "main")]
    if not rest or not depth:
        return
    main = max(rest, key=lambda child: child.box.width * child.box.height)
    before = len(roles)
    _parts(main, seen, roles, depth - 1)
    inside = set(list(roles.values())[before:])
    if "main" not in roles.values() and len(rest) == 1 and not inside & {"header", "footer", "main"}:
        roles[main.id] = "main"


def _edge(child: Block, parent: Block, seen: Surroundings, roles: dict[str, Role]) -> Role | None:
    """Say which landmark at the edge of the page a part is."""
    if child.role not in ("group", "section"):
        return None
    page, box = seen.page, child.box
    wide = box.width >= 0.6 * parent.box.width
    high = box.top <= EDGE_PX and box.height <= min(HEADER_PX, 0.5 * page.height)
    if wide and high and "header" not in roles.values():
        return "header"
    low = box.bottom >= page.height - EDGE_PX and box.height <= FOOTER_PX
    if wide and low and "footer" not in roles.values() and FOOT.search(seen.string(child)):
        return "footer"
    narrow = box.width <= SIDE * page.width and box.height >= 0.4 * parent.box.height and box.height > box.width
    at_edge = box.left <= 0.3 * page.width or box.right >= 0.7 * page.width
    return "aside" if narrow and at_edge and parent.layout.flow == "row" and _beside_more(child, parent, seen) else None


def _beside_more(child: Block, parent: Block, seen: Surroundings) -> bool:
    """Tell whether something much wider stands beside a column, and no card is around both, as around a table's."""
    wider = any(other.box.width >= WIDER * child.box.width for other in parent.children)
    return wider and not any(framed(holder) for holder in (parent, *seen.above(parent)))
