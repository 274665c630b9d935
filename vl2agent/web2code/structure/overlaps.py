"""Blocks that stand on others, and are laid over them."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.web2code.ir import Block
from vl2agent.web2code.structure.gaps import parts


def peeled(blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Take off the smallest blocks that stand on others until the rest can be cut; at least one stays and one goes."""
    rest, over = list(blocks), []
    while len(rest) > 1 and not can_be_cut(rest):
        one = _hindrance(rest)
        rest.remove(one)
        over.append(one)
    return rest, over


def can_be_cut(blocks: Sequence[Block]) -> bool:
    """Tell whether a strip runs through some blocks."""
    return len(parts(blocks, "y")) > 1 or len(parts(blocks, "x")) > 1


def _hindrance(blocks: Sequence[Block]) -> Block:
    """Return the smallest block without which the others can be cut, else the smallest that overlaps another."""
    crossing = sorted((block for block in blocks if _overlaps(block, blocks)), key=lambda block: block.box.area)
    candidates = crossing or sorted(blocks, key=lambda block: block.box.area)
    for block in candidates:
        if can_be_cut([other for other in blocks if other is not block]):
            return block
    return candidates[0]


def _overlaps(block: Block, others: Sequence[Block]) -> bool:
    return any(other is not block and block.box.intersection(other.box) for other in others)
