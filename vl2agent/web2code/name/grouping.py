"""Blocks put together that stand side by side, where a model says that they belong together."""

from __future__ import annotations

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Layout, Page
from vl2agent.web2code.name.grammar import Together
from vl2agent.web2code.name.lists import free_ids, listed
from vl2agent.web2code.name.possible import GIVEN, ONCE
from vl2agent.web2code.name.surroundings import changed


def grouped(page: Page, together: Together) -> Page:
    """Put neighbours into a group of their own; the page as it is where they are no neighbours, or have one already."""
    holder = next((block for block in page.root.walk() if _first(block, together) is not None), None)
    known = {block.role for block in page.root.walk()}
    if holder is None or (together.role in ONCE and together.role in known):
        return page
    made = _with_group(holder, together, page)
    return changed(page, lambda block: made if block.id == holder.id else block)


def _first(block: Block, together: Together) -> int | None:
    """Return where in a block the neighbours begin; None where they are not there, or nothing but them."""
    if block.layout.flow not in ("column", "row") or (block.role in GIVEN and block.role != "page"):
        return None
    ids, wanted = [child.id for child in block.children], set(together.ids)
    places = [place for place, id_ in enumerate(ids) if id_ in wanted]
    whole = len(places) == len(wanted) > 1 and places[-1] - places[0] + 1 == len(places) < len(ids)
    return places[0] if whole else None


def _with_group(holder: Block, together: Together, page: Page) -> Block:
    first, ids = _first(holder, together), free_ids(page)
    assert first is not None  # as the caller has found
    last = first + len(set(together.ids))
    children = holder.children[first:last]
    layout = Layout(flow=holder.layout.flow, align=holder.layout.align)
    group = Block(
        id=next(ids),
        box=ImageBox.around(child.box for child in children),
        layout=layout,
        children=children,
        named_by="model",
    )
    list_like = together.role in ("list", "ordered_list")
    group = listed(group, ids, together.role) if list_like else group.model_copy(update={"role": together.role})
    return holder.model_copy(update={"children": (*holder.children[:first], group, *holder.children[last:])})
