"""The color of text: what the strongest part of its ink shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STRONGEST = 0.2
"""Share of the inked pixels whose median color is the color of the text."""


def shown_color(pixels: NDArray[np.float32], contrast: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the median color of the fifth of the ink that differs most from its paper.

    Args:
        pixels: [count, 3], those of the ink.
        contrast: [count], how much each differs from its paper.
    """
    strongest = contrast >= np.quantile(contrast, 1 - STRONGEST)
    return np.asarray(np.median(pixels[strongest], axis=0), np.float32)


def css(color: NDArray[np.float32]) -> str:
    """Write a color as #rrggbb."""
    red, green, blue = (round(float(min(max(part, 0), 255))) for part in color)
    return f"#{red:02x}{green:02x}{blue:02x}"
