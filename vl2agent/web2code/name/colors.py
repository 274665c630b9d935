"""Colors as numbers: how colorful one is, how dark, how far two are apart."""

from __future__ import annotations

import math

RGB = tuple[int, int, int]


def rgb(color: str) -> RGB:
    """Read #rrggbb or #rrggbbaa; what shines through is not counted."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def chroma(color: str) -> int:
    """Say how far a color is from grey, 0..255."""
    return max(rgb(color)) - min(rgb(color))


def distance(one: str, other: str) -> float:
    """Say how far two colors are apart, 0..442."""
    return math.dist(rgb(one), rgb(other))


def luminance(color: str) -> float:
    """Say how bright a color is, 0..255."""
    red, green, blue = rgb(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue
