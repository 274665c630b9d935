"""What to change about blocks, from where a browser put them: measured, not guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vl2agent.web2code.ir import Block, BlockId, Page, Text, Trim, rebuild
from vl2agent.web2code.judge import Drawn, Judgement, text_ink

SLACK_PX = 0.75
"""What is off by less is left alone: ink has no half pixels."""
MAX_SPACING_PX = 2.0
MAX_STEP = 0.12
"""Largest change of a font's size in one round, as a share of it."""


@dataclass(frozen=True)
class Change:
    """A block, and its text where it has one, as they might be better.

    Args:
        what: the change in words.
    """

    what: str
    block: Block
    text: Text | None = None


def applied(page: Page, changes: Iterable[Change]) -> Page:
    """Return a page with blocks and texts exchanged; the tree stays as it is."""
    by_id = {change.block.id: change for change in changes}
    texts = {change.text.id: change.text for change in by_id.values() if change.text}

    def changed(block: Block) -> Block:
        if block.id not in by_id:
            return block
        return by_id[block.id].block.model_copy(update={"children": block.children})

    return page.model_copy(
        update={
            "root": rebuild(page.root, changed),
            "texts": tuple(texts.get(text.id, text) for text in page.texts),
        }
    )


def corrections(page: Page, judgement: Judgement) -> dict[BlockId, Change]:
    """Say for each block that came out elsewhere, or in another size, what would put it right."""
    found: dict[BlockId, Change] = {}
    for block in page.root.walk():
        drawn = judgement.drawn.get(block.id)
        if drawn is None or block.role == "page":
            continue
        change = _of_text(page, block, drawn) if block.text else _of_box(block, drawn)
        if change:
            found[block.id] = change
    return found


def _of_box(block: Block, drawn: Drawn) -> Change | None:
    """Move and stretch a box by what its edges are off."""
    if drawn.box is None:
        return None
    left, top, right, bottom = drawn.box
    box = block.box
    off = box.left - left, box.top - top, box.width - (right - left), box.height - (bottom - top)
    return _moved(block, off)


def _of_text(page: Page, block: Block, drawn: Drawn) -> Change | None:
    """Move a text by what its ink is off; space its letters and lines so that it ends where it did."""
    assert block.text is not None
    if drawn.ink is None:
        return None
    wanted, got = text_ink(page, block), drawn.ink
    off = wanted.left - got.left, wanted.top - got.top, wanted.width - got.width, 0.0
    return _moved(block, off)


def _moved(block: Block, off: tuple[float, float, float, float]) -> Change | None:
    x, y, width, height = (each if abs(each) > SLACK_PX else 0.0 for each in off)
    if not (x or y or width or height):
        return None
    trim = block.trim
    fixed = Trim(x=trim.x + x, y=trim.y + y, width=trim.width + width, height=trim.height + height)
    return Change(
        f"moved by {x:+g}, {y:+g}, sized by {width:+g}, {height:+g}", block.model_copy(update={"trim": fixed})
    )
