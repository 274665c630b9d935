"""How two boxes lie to each other."""

from __future__ import annotations

from vl2agent.geometry import ImageBox


def middle_y(box: ImageBox) -> float:
    """Return the height on the screen at which a box is centered."""
    return (box.top + box.bottom) / 2


def same_row(a: ImageBox, b: ImageBox) -> bool:
    """Tell whether the middle of the lower one of two boxes is beside the other."""
    low, high = sorted((a, b), key=lambda box: box.height)
    return high.top <= middle_y(low) < high.bottom


def gap_x(a: ImageBox, b: ImageBox) -> int:
    """Return the free pixels between two boxes from left to right; negative when they overlap."""
    return max(a.left, b.left) - min(a.right, b.right)


def gap_y(a: ImageBox, b: ImageBox) -> int:
    """Return the free pixels between two boxes from top to bottom; negative when they overlap."""
    return max(a.top, b.top) - min(a.bottom, b.bottom)
