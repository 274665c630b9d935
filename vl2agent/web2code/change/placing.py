"""Blocks that change places, or go: the others close up, and keep the gaps that stood at each place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vl2agent.geometry import ImageBox
from vl2agent.web2code.change.lines import Move
from vl2agent.web2code.ir import Block, Page, Text
from vl2agent.web2code.name.surroundings import changed

MOVABLE = ("column", "row")


def moved(page: Page, change: Move) -> Page | None:
    """Move a block before or after one that has the same parent; None where it has another, or they stand in a grid."""
    holder = _holder(page, change.id)
    if holder is None or holder.layout.flow not in MOVABLE or holder.role in ("table", "row"):
        return None
    rest = [child for child in holder.children if child.id != change.id]
    places = [place for place, child in enumerate(rest) if child.id == change.other]
    if not places:
        return None
    (block,) = [child for child in holder.children if child.id == change.id]
    rest.insert(places[0] + (change.where == "after"), block)
    return _stacked(page, holder, rest) if tuple(rest) != holder.children else None


def removed(page: Page, block: Block) -> Page | None:
    """Take a block off the page with its texts; None where it is all there is in its parent, or a cell of a table."""
    holder = _holder(page, block.id)
    if holder is None or len(holder.children) < 2 or holder.role in ("table", "row"):
        return None
    rest = [child for child in holder.children if child.id != block.id]
    page = _stacked(page, holder, rest) if holder.layout.flow in MOVABLE else _with_children(page, holder, rest)
    kept_texts = {each.text for each in page.root.walk() if each.text}
    kept_assets = {part for each in page.root.walk() for part in (each.asset, each.style.picture) if part}
    texts = tuple(text for text in page.texts if text.id in kept_texts)
    assets = tuple(asset for asset in page.assets if asset.id in kept_assets)
    return page.model_copy(update={"texts": texts, "assets": assets})


def _holder(page: Page, id_: str) -> Block | None:
    return next((block for block in page.root.walk() if any(child.id == id_ for child in block.children)), None)


def _stacked(page: Page, holder: Block, children: Sequence[Block]) -> Page:
    """Set children one after the other from where the first one stood, with the gaps that were there."""
    down = holder.layout.flow == "column"
    old = [(each.box.top, each.box.bottom) if down else (each.box.left, each.box.right) for each in holder.children]
    gaps = [after[0] - before[1] for before, after in pairwise(old)]
    at, shifts = old[0][0], dict[str, tuple[int, int]]()
    for place, child in enumerate(children):
        start, length = (child.box.top, child.box.height) if down else (child.box.left, child.box.width)
        shift = at - start
        shifts |= {each.id: (0, shift) if down else (shift, 0) for each in child.walk()}
        at += length + (gaps[place] if place < len(gaps) else 0)
    return _shifted(_with_children(page, holder, children), shifts)


def _with_children(page: Page, holder: Block, children: Sequence[Block]) -> Page:
    update = {"children": tuple(children), "named_by": "edit"}
    return changed(page, lambda block: block.model_copy(update=update) if block.id == holder.id else block)


def _shifted(page: Page, shifts: dict[str, tuple[int, int]]) -> Page:
    """Shift blocks, and the lines of their texts; pictures are still cut from where they stood."""
    lines = {block.text: shifts[block.id] for block in page.root.walk() if block.text and block.id in shifts}
    texts = tuple(_written(text, lines[text.id]) if text.id in lines else text for text in page.texts)

    def shift(block: Block) -> Block:
        if not any(by := shifts.get(block.id, (0, 0))):
            return block
        return block.model_copy(update={"box": _by(block.box, by)})

    return changed(page.model_copy(update={"texts": texts}), shift)


def _written(text: Text, by: tuple[int, int]) -> Text:
    lines = [
        line.model_copy(update={"box": _by(line.box, by), "baseline": line.baseline + by[1]}) for line in text.lines
    ]
    return text.model_copy(update={"lines": tuple(lines)})


def _by(box: ImageBox, by: tuple[int, int]) -> ImageBox:
    across, down = by
    return ImageBox(box.left + across, box.top + down, box.right + across, box.bottom + down)
