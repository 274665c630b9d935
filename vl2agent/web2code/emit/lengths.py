"""Numbers as CSS lengths."""

from __future__ import annotations


def px(length: float) -> str:
    """Write a length in pixels, to a hundredth."""
    number = f"{length:.2f}".rstrip("0").rstrip(".")
    return "0" if number in ("0", "-0") else f"{number}px"


def half(length: float) -> float:
    """Round to half a pixel, as a person would write it."""
    return round(length * 2) / 2
