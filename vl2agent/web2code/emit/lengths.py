"""Numbers as CSS lengths."""

from __future__ import annotations


def px(length: float) -> str:
    """Write a length in pixels, to a hundredth."""
    number = f"{length:.2f}".rstrip("0").rstrip(".")
    return "0" if number in ("0", "-0") else f"{number}px"
