"""Lists of links: what navigation holds is a list, each of its entries an item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, groupby

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Layout, Page, Role, Style, rebuild

LEAST = 2


def name_lists(page: Page) -> Page:
    """Make lists of the links in navigation that follow each other, with an item around each, as HTML wants."""
    ids = free_ids(page)
    inside = {each.id for block in page.root.walk() if block.role == "nav" for each in block.walk()}

    def change(block: Block) -> Block:
        free = block.role in ("group", "nav") and block.layout.flow in ("row", "column")
        return _with_lists(block, ids) if free and block.id in inside else block

    root = rebuild(page.root, change)
    return page if root == page.root else page.model_copy(update={"root": root})


def free_ids(page: Page) -> Iterator[str]:
    """Yield ids that no block of a page has."""
    last = max(int(block.id[1:]) for block in page.root.walk())
    return (f"b{number}" for number in count(last + 1))


def _with_lists(block: Block, ids: Iterator[str]) -> Block:
    """Put entries that follow each other into lists; a block that holds nothing else becomes one."""
    children = [entry for child in block.children for entry in _entries(child)]
    if all(map(_is_entry, children)) and len(children) >= LEAST:
        return listed(block.model_copy(update={"children": tuple(children)}), ids)
    made = list[Block]()
    for alike, run in groupby(children, _is_entry):
        entries = list(run)
        made += [_list_of(entries, block.layout, ids)] if alike and len(entries) >= LEAST else entries
    return block.model_copy(update={"children": tuple(made)}) if tuple(made) != block.children else block


def _entries(child: Block) -> Sequence[Block]:
    """Take the items of a list beside other entries for entries of the same list."""
    bare = child.role == "list" and child.style == Style() and child.layout.flow == "column"
    return child.children if bare and all(map(_is_entry, child.children)) else (child,)


def _is_entry(block: Block) -> bool:
    """Tell whether a block is one link, with a sign or two."""
    links = sum(each.role == "link" for each in block.walk())
    return links == 1 and block.role in ("group", "link", "item")


def listed(block: Block, ids: Iterator[str], role: Role = "list") -> Block:
    """Make a group a list; what is something else already gets a list inside it."""
    if block.role == "group":
        items = tuple(_item(child, ids) for child in block.children)
        return block.model_copy(update={"role": role, "children": items})
    inner = _list_of(block.children, block.layout, ids).model_copy(update={"role": role})
    return block.model_copy(update={"children": (inner,), "layout": Layout()})


def _list_of(entries: Sequence[Block], layout: Layout, ids: Iterator[str]) -> Block:
    items = tuple(_item(entry, ids) for entry in entries)
    return Block(
        id=next(ids), role="list", box=ImageBox.around(item.box for item in items), layout=layout, children=items
    )


def _item(child: Block, ids: Iterator[str]) -> Block:
    if child.role == "item" or (child.role == "group" and not child.text):
        return child.model_copy(update={"role": "item"})
    return Block(id=next(ids), role="item", box=child.box, children=(child,))
