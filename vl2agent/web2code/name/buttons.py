"""Buttons, tabs and badges: small boxes around a few words."""

from __future__ import annotations

from vl2agent.web2code.ir import Block, Page, Role
from vl2agent.web2code.name.colors import chroma, distance
from vl2agent.web2code.name.surroundings import SEEN, Surroundings, changed, framed, painted, renamed

HEIGHT_PX = (16, 80)
MOST_WIDTH_PX = 560
MOST_LETTERS = 40
BADGE = 1.75
"""A badge is at most so many times as high as its letters, which are no larger than those of the page."""


def name_buttons(page: Page) -> Page:
    """Name boxes around a few centered words buttons, the small ones badges."""
    seen = Surroundings(page)

    def name(block: Block) -> Block:
        role = _named(block, seen) if block.role == "group" and not block.text else None
        return block.model_copy(update={"role": role}) if role else block

    return changed(page, name)


def _named(block: Block, seen: Surroundings) -> Role | None:
    if not (framed(block) or seen.filled(block)) or seen.inside(block, "button", "badge", "input", "select", "table"):
        return None
    box, texts = block.box, seen.texts(block)
    if not HEIGHT_PX[0] <= box.height <= HEIGHT_PX[1] or box.width > MOST_WIDTH_PX:
        return None
    if not texts:
        return "button" if _sign_alone(block) else None
    if len(texts) > 1 or len(texts[0].lines) > 1 or len(texts[0].string) > MOST_LETTERS:
        return None
    text = texts[0]
    if not _centered(block):
        return None
    if box.height <= BADGE * text.font.size and text.font.size <= 0.9 * seen.body_size:
        return "badge"
    return "button" if box.height <= 5 * text.font.size else None


def _sign_alone(block: Block) -> bool:
    """Tell whether nothing but an icon is in the box, which is about square and painted in a color."""
    pictures = [each for each in block.walk() if each.asset]
    square = 0.6 <= block.box.width / block.box.height <= 1.7
    return len(pictures) == 1 and square and (chroma(painted(block) or "#000000") > 40 or framed(block))


def _centered(block: Block) -> bool:
    """Tell whether what is in a box stands in its middle, both ways."""
    held = [each.box for each in block.walk() if each.text or each.asset]
    left, right = min(box.left for box in held) - block.box.left, block.box.right - max(box.right for box in held)
    top, bottom = min(box.top for box in held) - block.box.top, block.box.bottom - max(box.bottom for box in held)
    return abs(left - right) <= max(4, 0.15 * (left + right)) and abs(top - bottom) <= max(6, 0.5 * (top + bottom))


def name_tabs(page: Page) -> Page:
    """Name a row of equally high boxes tabs, of which exactly one is painted or framed and the others bare."""
    seen, roles = Surroundings(page), dict[str, Role]()
    for block in page.root.walk():
        if block.role == "tabs":
            roles |= {child.id: "tab" for child in block.children if child.role in ("group", "button", "text", "link")}
        elif block.role == "group" and block.layout.flow == "row" and _strip(block, seen):
            roles |= {child.id: "tab" for child in block.children}
            roles[block.id] = "tabs"
    return renamed(page, roles)


def _strip(block: Block, seen: Surroundings) -> bool:
    """Tell whether a bordered row holds one open tab beside closed ones."""
    children = block.children
    if len(children) < 2 or not all(len(seen.texts(child)) == 1 and child.role == "group" for child in children):
        return False
    heights = [child.box.height for child in children]
    open_ones = [child for child in children if child.style.bottom and child.style.bottom.width >= 2]
    apart = [child for child in children if distance(painted(child) or seen.ground(child), seen.ground(child)) > SEEN]
    return max(heights) - min(heights) <= 4 and (
        len(open_ones) == 1 or (len(apart) == 1 and block.style.bottom is not None)
    )
