"""What a block may be called: names that would lose its words, or that contradict what holds it, are none of these."""

from __future__ import annotations

from collections.abc import Collection

from vl2agent.web2code.ir import Block, Role
from vl2agent.web2code.name.surroundings import Surroundings, framed

PLAIN: tuple[Role, ...] = ("text", "paragraph", "label", "legend", "caption", "link", "code")
GROUPS: tuple[Role, ...] = (
    "header", "nav", "main", "section", "article", "aside", "footer", "form", "fieldset", "figure", "tabs", "list",
    "ordered_list", "quote", "group",
)  # fmt: skip
FIELDS: tuple[Role, ...] = ("input", "textarea", "select")
MARKS: tuple[Role, ...] = ("checkbox", "radio", "switch")
ACTING: tuple[Role, ...] = ("link", "button", "tab", *FIELDS, *MARKS)
"""None of these may hold another of them."""
ONCE: tuple[Role, ...] = ("header", "main", "footer")
GIVEN: tuple[Role, ...] = ("page", "table", "row", "cell", "header_cell", "item", "list", "ordered_list")
"""Found by where things stand, which a model sees worse than pixels do."""
HEADING_LETTERS, BUTTON_LETTERS = 200, 40
FEW_TEXTS = 4
"""A button or a tab holds no more texts."""
MARK_PX = 32
"""A box that is ticked is no larger."""


def possible(block: Block, seen: Surroundings) -> tuple[Role, ...]:
    """Return the roles that a block may have, its own among them; only its own where that is certain."""
    if block.role in GIVEN:
        return (block.role,)
    if block.children:
        found = _of_group(block, seen)
    elif block.text:
        found = _of_text(block, seen)
    elif block.asset:
        found = ("image", "icon")
    else:
        found = _of_box(block)
    if seen.inside(block, *ACTING):
        found = tuple(role for role in found if role not in ACTING)
    return found if block.role in found else (*found, block.role)


def _of_text(block: Block, seen: Surroundings) -> tuple[Role, ...]:
    """A text keeps being shown: fields that hold one have a box and one line."""
    text = seen.text(block)
    assert text is not None  # as the caller has seen
    single, boxed = len(text.lines) == 1, framed(block) or seen.filled(block)
    heading: tuple[Role, ...] = ("heading",) if len(text.string) <= HEADING_LETTERS else ()
    short: tuple[Role, ...] = ("button", "badge", "tab") if single and len(text.string) <= BUTTON_LETTERS else ()
    fields: tuple[Role, ...] = FIELDS if single and boxed else ()
    return (*PLAIN, *heading, *short, *fields)


def _of_group(block: Block, seen: Surroundings) -> tuple[Role, ...]:
    below = [each for each in block.walk() if each is not block]
    texts = sum(bool(each.text) for each in below)
    acting = any(each.role in ACTING for each in below)
    known = {each.role for each in seen.page.root.walk()}
    groups = tuple(role for role in GROUPS if role not in ONCE or role not in known)
    wraps: tuple[Role, ...] = ("link",) if not acting else ()
    presses: tuple[Role, ...] = ("button", "tab") if not acting and 0 < texts <= FEW_TEXTS else ()
    fields = FIELDS if not acting and texts <= 2 and framed(block) and not _pictures(below) else ()
    return (*groups, *wraps, *presses, *fields)


def _pictures(blocks: Collection[Block]) -> bool:
    return any(block.role == "image" for block in blocks)


def _of_box(block: Block) -> tuple[Role, ...]:
    """An empty box is a field, a bar or nothing in particular, by its shape."""
    width, height = block.box.width, block.box.height
    if max(width, height) <= MARK_PX:
        return (*MARKS, "group")
    if min(width, height) <= 4:
        return ("rule", "group")
    return (*FIELDS, "progress", "group") if width > height else ("group",)
