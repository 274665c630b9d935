"""Buttons, tabs, badges, and links that look like buttons: small boxes around a few words."""

from __future__ import annotations

import re

from vl2agent.web2code.ir import Block, Page, Role
from vl2agent.web2code.name.colors import chroma, distance
from vl2agent.web2code.name.surroundings import BOXES, SEEN, Surroundings, changed, framed, painted, renamed

HEIGHT_PX = (16, 80)
WIDTH_PX = 380
WIDEST_PX = 760
"""Of buttons that are painted in a color and rounded, as wide as the form they send."""
MOST_LETTERS = 40
MOST_CHOICE = 24
PAGE_PX = 110
"""Wider boxes around a number are no way to a page of this number."""
BADGE, SMALL_BADGE = 1.75, 2.1
"""A badge is at most so many times as high as its letters, which are smaller than the page's, or much smaller."""
FORM: tuple[Role, ...] = ("input", "textarea", "select", "checkbox", "radio", "switch")
DOES = re.compile(
    r"(submit|send|save|cancel|reset|log ?in|sign ?(in|up)|register|create|delete|remove|add|upload|apply|ok|go|search"
    r"|subscribe|confirm|close|deactivate|update|edit|next|previous|back|continue|show|hide|copy|menu|toggle)\b",
    re.IGNORECASE,
)
"""Words of buttons that do something where they are; others lead to another page."""
PAGES = re.compile(r"\d{1,3}|…|\.\.\.|[«»‹›<>]|prev(ious)?|next|first|last", re.IGNORECASE)


def name_buttons(page: Page) -> Page:
    """Name boxes around a few centered words buttons, links or badges."""
    seen = Surroundings(page)

    def name(block: Block) -> Block:
        role = _named(block, seen) if block.role in BOXES else None
        return block.model_copy(update={"role": role}) if role else block

    return changed(page, name)


def _named(block: Block, seen: Surroundings) -> Role | None:
    if not (framed(block) or seen.filled(block)) or seen.inside(block, "button", "badge", "input", "select", "table"):
        return None
    box, texts = block.box, seen.texts(block)
    if not HEIGHT_PX[0] <= box.height <= HEIGHT_PX[1] or box.width > _widest(block):
        return None
    if not texts:
        return "button" if _sign_alone(block) else None
    if len(texts) > 1 or len(texts[0].lines) > 1 or len(texts[0].string) > MOST_LETTERS or not _centered(block, seen):
        return None
    text = texts[0]
    role = _leads_or_does(block, text.string, seen)
    if role != "button" and _is_low(box.height, text.font.size, seen.body_size):
        return "badge"
    return role if box.height <= 5 * text.font.size else None


def _is_low(height: int, size: float, usual: float) -> bool:
    """Tell whether a box is as low as badges are."""
    return (size <= 0.95 * usual and height <= BADGE * size) or (size <= 0.8 * usual and height <= SMALL_BADGE * size)


def _widest(block: Block) -> int:
    colored = chroma(painted(block) or "#ffffff") > 40 and min(block.style.radius) > 0
    return WIDEST_PX if colored else WIDTH_PX


def _sign_alone(block: Block) -> bool:
    """Tell whether nothing but an icon is in the box, which is about square and painted in a color."""
    pictures = [each for each in block.walk() if each.asset]
    square = 0.6 <= block.box.width / block.box.height <= 1.7
    return len(pictures) == 1 and square and (chroma(painted(block) or "#000000") > 40 or framed(block))


def _centered(block: Block, seen: Surroundings) -> bool:
    """Tell whether what is in a box stands in its middle, both ways."""
    held = seen.contents(block)
    left, right = held.left - block.box.left, block.box.right - held.right
    top, bottom = held.top - block.box.top, block.box.bottom - held.bottom
    return abs(left - right) <= max(4, 0.15 * (left + right)) and abs(top - bottom) <= max(6, 0.5 * (top + bottom))


def _leads_or_does(block: Block, words: str, seen: Surroundings) -> Role | None:
    """Tell a button from a link that looks like one: a button ends a form, or says what it does."""
    if PAGES.fullmatch(words.strip()) and any(_is_page(each, seen) for each in seen.siblings(block)):
        return "link" if _is_page(block, seen) else None
    return "button" if DOES.match(words.strip()) or _ends_a_form(block, seen) else "link"


def _is_page(block: Block, seen: Surroundings) -> bool:
    """Tell whether a box leads to a page of several: its number, or the one before or after."""
    return block.box.width <= PAGE_PX and bool(PAGES.fullmatch(seen.string(block).strip()))


def _ends_a_form(block: Block, seen: Surroundings) -> bool:
    """Tell whether a block stands under fields, or right at the end of one."""
    holders = [holder for holder in list(seen.above(block))[:2] if holder.role != "page"]
    fields = [each.box for holder in holders for each in holder.walk() if each.role in FORM]
    return any(box.bottom <= block.box.top or -2 <= block.box.left - box.right <= 2 for box in fields)


def name_choices(page: Page) -> Page:
    """Name short texts links that stand in a row with one painted button: the choices that are not taken."""
    seen, roles = Surroundings(page), dict[str, Role]()
    for block in page.root.walk():
        if block.role == "group" and block.layout.flow == "row":
            buttons = [child for child in block.children if child.role in ("button", "link") and seen.texts(child)]
            others = [child for child in block.children if child.role == "text" and not painted(child)]
            if len(buttons) == 1 and all(_choice(other, buttons[0], seen) for other in others):
                roles |= {other.id: "link" for other in others}
    return renamed(page, roles)


def _choice(block: Block, button: Block, seen: Surroundings) -> bool:
    """Tell whether a text on a button's line is written as the button's."""
    own, theirs = seen.texts(block)[0], seen.texts(button)[0]
    level = button.box.top <= block.box.top and block.box.bottom <= button.box.bottom
    plain = len(own.string) <= MOST_CHOICE and not re.search(r"[.:,;?!]$|\d", own.string)
    return level and plain and abs(own.font.size - theirs.font.size) <= 2


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
    """Tell whether a row holds one open tab, underlined or painted, beside closed ones over a common line."""
    children = block.children
    if len(children) < 2 or not all(len(seen.texts(child)) == 1 and child.role in BOXES for child in children):
        return False
    heights = [child.box.height for child in children]
    underlined = [child for child in children if child.style.bottom and child.style.bottom.width >= 2]
    apart = [child for child in children if distance(painted(child) or seen.ground(child), seen.ground(child)) > SEEN]
    one_open = len(underlined) == 1 or (len(apart) == 1 and block.style.bottom is not None)
    return one_open and max(heights) - min(heights) <= 4
