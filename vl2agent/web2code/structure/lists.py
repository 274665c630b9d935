"""Lists: items that follow one another down a column, nested by how far they are indented."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vl2agent.web2code.ir import Block, Layout, is_painted
from vl2agent.web2code.structure.draft import Draft, hull
from vl2agent.web2code.structure.gaps import spread

INDENT_PX = 6
FLUSH_PX = 4
MIN_PLAIN = 3
MAX_LETTERS = 44
"""Items without a sign before them are short."""


def in_lists(draft: Draft, blocks: Sequence[Block]) -> list[Block]:
    """Put a list around every item that stands alone."""
    return [_listed(draft, [block]) if block.role == "item" else block for block in blocks]


def with_lists(draft: Draft, children: Sequence[Block]) -> list[Block]:
    """Put lists around the items among the children of a column."""
    result: list[Block] = []
    place = 0
    while place < len(children):
        end = _marked_run(children, place) or _plain_run(draft, children, place)
        if end is None:
            result.append(children[place])
            place += 1
        else:
            result.append(_listed(draft, children[place:end]))
            place = end
    return result


def _marked_run(children: Sequence[Block], start: int) -> int | None:
    """Return where items with markers end; blocks that continue an item belong to them."""
    if children[start].marker is None:
        return None
    end = start + 1
    while end < len(children):
        if children[end].marker is None:
            if not _continues(children, start, end):
                break
        elif _is_other_list(children, start, end):
            break
        end += 1
    while children[end - 1].marker is None and not _continues(children, start, end - 1):
        end -= 1
    return end


def _is_other_list(children: Sequence[Block], start: int, place: int) -> bool:
    """Tell whether numbers follow bullets, or bullets numbers, at the same edge."""
    first, block = children[start], children[place]
    flush = abs(first.box.left - block.box.left) <= INDENT_PX
    return flush and (first.marker == "decimal") != (block.marker == "decimal")


def _continues(children: Sequence[Block], start: int, place: int) -> bool:
    """Tell whether a block stands under the text of an item, where the column's own text does not stand."""
    block, before = children[place], children[start:place]
    own = [child.box.left for child in children if child.marker is None]
    flush = any(abs(block.box.left - item.box.left) <= FLUSH_PX for item in before if item.marker)
    return flush and min(own) < block.box.left - INDENT_PX


def _plain_run(draft: Draft, children: Sequence[Block], start: int) -> int | None:
    """Return where short lines end that look alike and follow at one distance, three at least."""
    end = start + 1
    while end < len(children) and _alike(draft, children[start : end + 1]):
        end += 1
    return end if end - start >= MIN_PLAIN else None


def _alike(draft: Draft, blocks: Sequence[Block]) -> bool:
    texts = [draft.text(block) for block in blocks]
    sizes = [
        text.font.size for text in texts if text and len(text.string) <= MAX_LETTERS and text.string[-1] not in ".:"
    ]
    if len(sizes) < len(blocks) or any(
        is_painted(block) or block.role not in ("text", "paragraph") for block in blocks
    ):
        return False
    steps = [b.box.top - a.box.bottom for a, b in pairwise(blocks)]
    flush = spread([block.box.left for block in blocks]) <= FLUSH_PX
    middle = spread([(block.box.left + block.box.right) / 2 for block in blocks]) <= FLUSH_PX
    return spread(sizes) <= 0.06 * sizes[0] and spread(steps) <= FLUSH_PX and (flush or middle)


def _listed(draft: Draft, blocks: Sequence[Block]) -> Block:
    """Put a list around items: what is indented further is a list in the item before it."""
    items: list[Block] = []
    place = 0
    while place < len(blocks):
        own, end = blocks[place], place + 1
        while end < len(blocks) and blocks[end].marker is not None and blocks[end].box.left > own.box.left + INDENT_PX:
            end += 1
        inner = blocks[place + 1 : end]
        if own.marker is None and items and items[-1].marker is not None:
            items[-1] = _longer(items[-1], [own])
        else:
            items.append(own if own.role == "item" else draft.group([own], Layout(), "item"))
        if inner:
            items[-1] = _longer(items[-1], [_listed(draft, inner)])
        place = end
    ordered = all(item.marker == "decimal" for item in items)
    return draft.group(items, Layout(align="stretch"), "ordered_list" if ordered else "list")


def _longer(item: Block, more: Sequence[Block]) -> Block:
    children = (*item.children, *more)
    return item.model_copy(update={"children": children, "box": hull(children), "layout": Layout(align="start")})
