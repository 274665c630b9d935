"""Containment: what stands inside a box becomes its child."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Style, is_painted

MIN_INSIDE = 0.9
"""The share of a block that lies in the box it belongs to: ink and borders stick out by a pixel or two."""
MIN_INSIDE_LINE = 0.6
"""The same for a line of text that begins in a box and is longer than it."""
SAME_PX = 1


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
    if block.asset:
        style = block.style.model_copy(update={"picture": block.asset})
        block = block.model_copy(update={"role": "group", "asset": None, "style": style})
    if len(inside) == 1 and _fills(inside[0], block):
        return inside[0].model_copy(update={"id": block.id, "box": block.box, "style": _over(block, inside[0])})
    return block.model_copy(update={"children": (*block.children, *inside)})


def _parents(blocks: Sequence[Block]) -> dict[str, str]:
    """Return the parent's id of every block that stands in another; of equal boxes the first is outside."""
    size = {block.id: (block.box.area, -place) for place, block in enumerate(blocks)}
    holders = sorted((block for block in blocks if _may_hold(block)), key=lambda block: size[block.id])
    parents = {}
    for block in blocks:
        for holder in holders:
            if size[holder.id] > size[block.id] and (holds(holder.box, block.box) or _runs_out(holder, block)):
                parents[block.id] = holder.id
                break
    return parents


def _may_hold(block: Block) -> bool:
    return block.text is None and block.role != "rule"


def holds(outer: ImageBox, inner: ImageBox) -> bool:
    """Tell whether a box stands in another, a few pixels of slack allowed."""
    common = outer.intersection(inner)
    return common is not None and common.area >= MIN_INSIDE * inner.area


def _runs_out(outer: Block, inner: Block) -> bool:
    """Tell whether a line of text begins in a painted box, and goes on beyond its right edge."""
    box, line = outer.box, inner.box
    if inner.text is None or outer.asset or not is_painted(outer) or line.left < box.left:
        return False
    inside = box.top <= line.top and line.bottom <= box.bottom
    return inside and box.right - line.left >= MIN_INSIDE_LINE * line.width


def _fills(child: Block, block: Block) -> bool:
    """Tell whether a box is painted all over another one, so that one box can show both."""
    edges = zip(child.box.edges, block.box.edges, strict=True)
    paints = child.role == "group" and block.role == "group" and child.asset is None and child.text is None
    return paints and all(abs(a - b) <= SAME_PX for a, b in edges) and not (child.style.picture and block.style.picture)


def _over(block: Block, child: Block) -> Style:
    """Return the style of a box with another one painted over it."""
    under, over = block.style, child.style
    changes = {side: getattr(over, side) or getattr(under, side) for side in ("top", "right", "bottom", "left")}
    opaque = over.background is not None and not (isinstance(over.background, str) and len(over.background) > 7)
    background = over.background if opaque else under.background or over.background
    radius = tuple(max(a, b) for a, b in zip(under.radius, over.radius, strict=True))
    return over.model_copy(
        update={
            **changes,
            "background": background,
            "picture": over.picture or under.picture,
            "radius": radius,
            "shadows": under.shadows + over.shadows,
        }
    )
