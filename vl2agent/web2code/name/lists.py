"""Lists of links: what navigation holds is a list, each of its rows an item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import count

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Layout, Page, Role, rebuild

LEAST = 3
PART = 0.6
"""At least so many of the parts of a list hold one link each."""


def name_lists(page: Page) -> Page:
    """Make lists of the links in navigation; every part gets an item around it, as HTML wants."""
    ids = free_ids(page)
    inside = {each.id for block in page.root.walk() if block.role == "nav" for each in block.walk()}

    def change(block: Block) -> Block:
        return listed(block, ids) if block.id in inside and _lists_links(block) else block

    root = rebuild(page.root, change)
    return page if root == page.root else page.model_copy(update={"root": root})


def free_ids(page: Page) -> Iterator[str]:
    """Yield ids that no block of a page has."""
    last = max(int(block.id[1:]) for block in page.root.walk())
    return (f"b{number}" for number in count(last + 1))


def _lists_links(block: Block) -> bool:
    """Tell whether most parts of a block are one link each."""
    if block.role not in ("group", "nav") or len(block.children) < LEAST:
        return False
    single = [child for child in block.children if _links(child) == 1]
    return len(single) >= LEAST and len(single) >= PART * len(block.children)


def _links(block: Block) -> int:
    return sum(each.role == "link" for each in block.walk())


def listed(block: Block, ids: Iterator[str], role: Role = "list") -> Block:
    """Make a group a list; what is something else already gets a list inside it."""
    items = tuple(_item(child, ids) for child in block.children)
    if block.role == "group":
        return block.model_copy(update={"role": role, "children": items})
    inner = Block(id=next(ids), role=role, box=around(items), layout=block.layout, children=items)
    return block.model_copy(update={"children": (inner,), "layout": Layout()})


def _item(child: Block, ids: Iterator[str]) -> Block:
    if child.role == "group" and not child.text:
        return child.model_copy(update={"role": "item"})
    return Block(id=next(ids), role="item", box=child.box, children=(child,))


def around(blocks: Sequence[Block]) -> ImageBox:
    """Return the smallest box around blocks."""
    return reduce(ImageBox.union, [block.box for block in blocks])
