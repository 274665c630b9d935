"""Containment: what stands inside a box becomes its child."""

from __future__ import annotations

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block

MIN_INSIDE = 0.9
"""The share of a block that lies in the box it belongs to: ink and borders stick out by a pixel or two."""


def nested(root: Block) -> Block:
    """Hang every child of the root under the smallest box that holds it; pictures with something on them are grounds."""
    parents = _parents(root.children)
    children: dict[str | None, list[Block]] = {}
    for block in root.children:
        children.setdefault(parents.get(block.id), []).append(block)
    return root.model_copy(update={"children": tuple(_hung(block, children) for block in children.get(None, []))})


def _hung(block: Block, children: dict[str | None, list[Block]]) -> Block:
    inside = tuple(_hung(child, children) for child in children.get(block.id, []))
    if not inside:
        return block
    changes: dict[str, object] = {"children": inside}
    if block.asset:
        style = block.style.model_copy(update={"picture": block.asset})
        changes |= {"role": "group", "asset": None, "style": style}
    return block.model_copy(update=changes)


def _parents(blocks: tuple[Block, ...]) -> dict[str, str]:
    """Return the parent's id of every block that stands in another; of equal boxes the first is outside."""
    by_size = sorted((block for block in blocks if _may_hold(block)), key=lambda block: block.box.area)
    rank = {block.id: place for place, block in enumerate(blocks)}
    parents = {}
    for block in blocks:
        for holder in by_size:
            larger = (holder.box.area, -rank[holder.id]) > (block.box.area, -rank[block.id])
            if larger and holder.id != block.id and holds(holder.box, block.box):
                parents[block.id] = holder.id
                break
    return parents


def _may_hold(block: Block) -> bool:
    return block.text is None and block.role != "rule"


def holds(outer: ImageBox, inner: ImageBox) -> bool:
    """Tell whether a box stands in another, a few pixels of slack allowed."""
    common = outer.intersection(inner)
    return common is not None and common.area >= MIN_INSIDE * inner.area
