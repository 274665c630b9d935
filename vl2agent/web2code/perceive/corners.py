"""Round corners of pictures, avatars too: where a corner shows the color of the page instead of the picture."""

from __future__ import annotations

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.perceive.flats import Mask, view

SAME = 6
"""Levels within which a pixel has the color of the page."""
MIN_PX = 3.0
"""Radii below this cannot be told from a picture that begins with the page's color."""
CUT_OFF = 1 - np.pi / 4
"""The share of a corner's square that an arc leaves to the page."""
ALIKE = 0.8
"""How well what is left has to lie on what an arc leaves."""
MIXED_PX = 0.45
TOGETHER_PX = 1.5
"""Corners that differ by no more are meant to be alike."""

Radii = tuple[float, float, float, float]


def corner_radii(rgb: Pixels, box: ImageBox) -> Radii:
    """Measure the corners of a picture: top left, top right, bottom right, bottom left; 0 is square.

    Args:
        rgb: of the page.
        box: of the picture.
    """
    part = view(rgb, box)
    turned = (part, part[:, ::-1], part[::-1, ::-1], part[::-1])
    outside = _outside(rgb, box)
    radii = [_radius(corner, color) for corner, color in zip(turned, outside, strict=True)]
    if max(radii) - min(radii) <= TOGETHER_PX:
        radii = [float(np.median(radii))] * 4
    return radii[0], radii[1], radii[2], radii[3]


def _outside(rgb: Pixels, box: ImageBox) -> list[Pixels | None]:
    """Return the colors just outside of the corners; None is beyond the page."""
    height, width = rgb.shape[:2]
    places = (
        (box.left - 1, box.top - 1), (box.right, box.top - 1), (box.right, box.bottom), (box.left - 1, box.bottom)
    )  # fmt: skip
    return [rgb[y, x] if 0 <= x < width and 0 <= y < height else None for x, y in places]


def _radius(part: Pixels, outside: Pixels | None) -> float:
    """Measure the top left corner of a picture."""
    if outside is None:
        return 0.0
    side = (min(part.shape[:2]) + 1) // 2
    page = _reached(np.abs(part[:side, :side].astype(np.int16) - outside).max(axis=2) <= SAME)
    if not page.any():
        return 0.0
    near = float(np.sqrt(page.sum() / CUT_OFF))  # the arc's own pixels are mixed, so they were not counted
    able = np.arange(max(MIN_PX, np.floor(near - 2)), min(near + 4, side + 0.5), 0.5).tolist()
    arcs = [_left_over(side, radius) for radius in able]
    alike = [float((page & arc).sum() / max(1, (page | arc).sum())) for arc in arcs]
    if max(alike, default=0.0) < ALIKE:
        return 0.0
    best = [radius for radius, share in zip(able, alike, strict=True) if share == max(alike)]
    return float(np.round(np.mean(best)))


def _reached(mask: Mask) -> Mask:
    """Keep what hangs together with the corner."""
    import cv2

    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    reached: Mask = (labels == labels[0, 0]) & mask
    return reached


def _left_over(side: int, radius: float) -> Mask:
    """Mark the pixels of a corner's square that an arc leaves to the page: browsers mix those half a pixel around it."""
    away = np.maximum(radius - 0.5 - np.arange(side), 0) ** 2
    left: Mask = away[:, None] + away[None, :] >= (radius + MIXED_PX) ** 2
    return left
