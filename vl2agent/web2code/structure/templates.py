"""Equal siblings share a template: the same shape with other data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count

from vl2agent.web2code.ir import Block, is_painted

MIN_EQUAL = 2
STEP_PX = 8
"""Widths of painted boxes are compared in such steps."""


def with_templates(root: Block) -> Block:
    """Name the shape of every block that has siblings of the same shape."""
    return _named(root, count(1))


def _named(block: Block, numbers: Iterator[int]) -> Block:
    """Name the children's shapes, then look into the children."""
    shapes = [_shape(child) for child in block.children]
    often = Counter(shapes)
    names: dict[object, str] = {}
    children = []
    for child, shape in zip(block.children, shapes, strict=True):
        if often[shape] >= MIN_EQUAL and child.children:
            if shape not in names:
                names[shape] = f"t{next(numbers)}"
            child = child.model_copy(update={"template": names[shape]})
        children.append(_named(child, numbers))
    return block.model_copy(update={"children": tuple(children)}) if children else block


def _shape(block: Block) -> object:
    """Return what equal siblings have in common: roles and flow all the way down, and the size of painted boxes."""
    size = round(block.box.width / STEP_PX) if is_painted(block) else None
    return block.role, block.layout.flow, block.marker, size, tuple(_shape(child) for child in block.children)
