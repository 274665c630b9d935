"""Progress bars: a flat box that is filled from the left."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.web2code.ir import Block, FieldState, is_painted

HEIGHT_PX = (3, 24)
MIN_RATIO = 4.0
SAME_PX = 1


def with_gauges(blocks: Sequence[Block]) -> list[Block]:
    """Make progress bars of boxes that hold their filled part, and of two boxes that together are one bar."""
    result = [_nested(block) or block for block in blocks]
    for fill in [block for block in result if _is_bare(block)]:
        touching = [other for other in result if _is_bare(other) and other is not fill and _touch(fill, other)]
        if len(touching) == 1 and touching[0].box.left > fill.box.left:
            (rest,) = touching
            others = [other for other in result if _is_bare(other) and other is not fill and _touch(rest, other)]
            if not others and _is_bar(fill, rest):
                result[result.index(rest)] = _gauge(rest, fill)
                result.remove(fill)
    return result


def _nested(block: Block) -> Block | None:
    fill = block.children[0] if len(block.children) == 1 else None
    if fill is None or block.text or not is_painted(block) or not _is_bare(fill) or not _is_bar(block, fill):
        return None
    return _gauge(block, fill) if abs(fill.box.left - block.box.left) <= SAME_PX and _level(block, fill) else None


def _is_bare(block: Block) -> bool:
    style = block.style
    framed = style.top or style.right or style.bottom or style.left
    plain = block.role == "group" and style.background is not None and not framed
    return plain and not (block.children or block.text or block.asset)


def _touch(a: Block, b: Block) -> bool:
    apart = max(a.box.left, b.box.left) - min(a.box.right, b.box.right)
    return _level(a, b) and abs(apart) <= SAME_PX


def _level(a: Block, b: Block) -> bool:
    return abs(a.box.top - b.box.top) <= SAME_PX and abs(a.box.bottom - b.box.bottom) <= SAME_PX


def _is_bar(a: Block, b: Block) -> bool:
    """Tell whether two boxes together are as long and thin as a bar."""
    whole = a.box.union(b.box)
    return HEIGHT_PX[0] <= whole.height <= HEIGHT_PX[1] and whole.width >= MIN_RATIO * whole.height


def _gauge(bar: Block, fill: Block) -> Block:
    box = bar.box.union(fill.box)
    value = round(fill.box.width / box.width, 3)
    state = FieldState(value=min(value, 1.0))
    return bar.model_copy(update={"role": "progress", "box": box, "children": (fill,), "field": state})
