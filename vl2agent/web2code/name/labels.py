"""Labels: which words name which field, and which picture."""

from __future__ import annotations

from vl2agent.web2code.ir import Asset, Block, FieldState, Page, Role, Text
from vl2agent.web2code.name.fields import kind_of
from vl2agent.web2code.name.surroundings import Surroundings, changed

FIELDS: tuple[Role, ...] = ("input", "textarea", "select", "checkbox", "radio", "switch", "progress")
MARKS = ("checkbox", "radio", "switch")
NEAR_PX = 36
"""How far from its field a label may stand, above it or beside it."""
MOST_LETTERS = 80
CARD = 0.35
"""In a block that is more of the page, a heading is about more than the picture."""
LARGE = 1.15
"""Larger texts than so many times the page's head something, and are no labels."""
FREE: tuple[Role, ...] = ("text", "paragraph", "heading", "label")
"""Roles of texts that may be labels."""


def name_labels(page: Page) -> Page:
    """Give each field its accessible name: its label, or the hint in it; texts that are labels become such."""
    seen, taken, states = Surroundings(page), dict[str, Role](), dict[str, FieldState]()
    for block in page.root.walk():
        if block.role in FIELDS:
            label = _label(block, seen, taken)
            if label and block.role != "progress":
                taken[label.id] = "label"
            states[block.id] = _named(block, label, seen)

    def name(block: Block) -> Block:
        if block.id in states:
            return block.model_copy(update={"field": states[block.id]})
        if block.id in taken:
            return block.model_copy(update={"role": taken[block.id], "level": None})
        return block

    return changed(page, name)


def _label(field: Block, seen: Surroundings, taken: dict[str, Role]) -> Block | None:
    """Find the nearest free text above a field or to its left, of a mark to its right."""
    near = [
        (far, block)
        for block in seen.page.root.walk()
        if block.text and block.role in FREE and block.id not in taken and not seen.inside(block, *FIELDS, "button")
        if (far := _far(field, block, seen)) is not None
    ]
    return min(near, key=lambda each: each[0])[1] if near else None


def _far(field: Block, block: Block, seen: Surroundings) -> float | None:
    """Measure how far a text stands from a field it may name; None where it cannot."""
    text = seen.text(block)
    if text is None or len(text.string) > MOST_LETTERS or text.font.size > LARGE * max(seen.body_size, 14):
        return None
    box, words = field.box, block.box
    beside = min(box.bottom, words.bottom) - max(box.top, words.top) > 0.5 * min(words.height, box.height)
    gap = words.left - box.right if field.role in MARKS else box.left - words.right
    if beside and 0 <= gap <= NEAR_PX:
        return float(gap)
    above = box.top - words.bottom
    if field.role in MARKS or not 0 <= above <= NEAR_PX or words.left > box.right or words.right < box.left:
        return None
    return above + NEAR_PX / 2 + abs(words.left - box.left) if abs(words.left - box.left) <= NEAR_PX else None


def _named(field: Block, label: Block | None, seen: Surroundings) -> FieldState:
    state = field.field or FieldState()
    words = seen.string(label) if label else seen.string(field)
    kind = kind_of(words) if state.kind == "text" and field.role == "input" else state.kind
    return state.model_copy(update={"label": state.label or words.strip(" :*.…"), "kind": kind})


def name_pictures(page: Page) -> Page:
    """Give pictures the words of a caption or heading that stands by them; icons stay without, being decoration."""
    seen = Surroundings(page)
    words = {block.asset: _caption(block, seen) for block in page.root.walk() if block.asset}

    def told(asset: Asset) -> Asset:
        alt = asset.alt or (words.get(asset.id, "") if asset.kind != "icon" else "")
        return asset.model_copy(update={"alt": alt})

    assets = tuple(told(asset) for asset in page.assets)
    roles: dict[str, Role] = {
        block.id: "icon" if page.asset_by_id[block.asset].kind == "icon" else "image"
        for block in page.root.walk()
        if block.asset and block.role == "group" and not block.children
    }

    def name(block: Block) -> Block:
        return block.model_copy(update={"role": roles[block.id]}) if block.id in roles else block

    return changed(page.model_copy(update={"assets": assets}), name)


def _caption(picture: Block, seen: Surroundings) -> str:
    """Find the caption in its figure, or the nearest heading in the smallest block that has one."""
    for holder in list(seen.above(picture))[:3]:
        if holder.box.width * holder.box.height > CARD * seen.page.width * seen.page.height:
            break
        for role in ("caption", "heading"):
            found = [(each, text) for each in holder.walk() if each.role == role and (text := seen.text(each))]
            if found:
                return _nearest(picture, found).string
    return ""


def _nearest(picture: Block, found: list[tuple[Block, Text]]) -> Text:
    return min(found, key=lambda each: abs(each[0].box.top - picture.box.bottom))[1]
