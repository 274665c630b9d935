"""Blank strips that run through all of some blocks, between which they can be cut apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block

Axis: TypeAlias = Literal["x", "y"]
SLACK = 0.12
MAX_SLACK_PX: dict[Axis, float] = {"x": 1.0, "y": 3.0}
"""How far blocks may reach into one another and still count as apart: borders that touch, descenders."""


def span(box: ImageBox, axis: Axis) -> tuple[int, int]:
    """Return where a box begins and ends along an axis."""
    return (box.left, box.right) if axis == "x" else (box.top, box.bottom)


def parts(blocks: Sequence[Block], axis: Axis) -> list[list[Block]]:
    """Cut blocks at every blank strip across an axis: along y into bands, along x into columns."""
    result: list[list[Block]] = []
    reach = float("-inf")
    for block in sorted(blocks, key=order(axis)):
        start, end = _core(block.box, axis)
        if start >= reach:
            result.append([])
        result[-1].append(block)
        reach = max(reach, end)
    return result


def order(axis: Axis) -> Callable[[Block], tuple[float, float]]:
    """Return a sort key: along the axis first."""
    other: Axis = "y" if axis == "x" else "x"
    return lambda block: (_core(block.box, axis)[0], span(block.box, other)[0])


def spread(values: Sequence[float]) -> float:
    """Return how far apart the ends of some numbers are."""
    return max(values) - min(values)


def _core(box: ImageBox, axis: Axis) -> tuple[float, float]:
    start, end = span(box, axis)
    slack = min(MAX_SLACK_PX[axis], SLACK * (end - start))
    return start + slack, end - slack
