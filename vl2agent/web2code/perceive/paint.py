"""Draw boxes as a browser draws them, so that what was found can be held against the picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Gradient, Shadow, Style

Canvas = NDArray[np.float32]
"""[height, width, 3], red, green, blue, 0..255."""
Cover = NDArray[np.float32]

FINE = 8
"""Samples a pixel has in each direction, where an edge is round."""
Radii = tuple[float, float, float, float]


def rgb_of(color: str) -> NDArray[np.float32]:
    """Read #rrggbb; an alpha after it is left out."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def alpha_of(color: str) -> float:
    """Read the alpha of #rrggbbaa."""
    return int(color[7:9], 16) / 255 if len(color) == 9 else 1.0


def hex_of(rgb: NDArray[np.generic] | tuple[float, ...], alpha: float = 1.0) -> str:
    """Write #rrggbb, or #rrggbbaa where alpha is not 1."""
    parts = [min(255, max(0, round(float(v)))) for v in rgb]
    if alpha < 1:
        parts.append(min(255, max(0, round(alpha * 255))))
    return "#" + "".join(f"{v:02x}" for v in parts)


def paint(canvas: Canvas, box: ImageBox, style: Style) -> None:
    """Draw a box with its shadows, background and borders."""
    for shadow in reversed(style.shadows):
        cast(canvas, box, style.radius, shadow)
    place = canvas[box.top : box.bottom, box.left : box.right]
    high, wide = place.shape[:2]
    edges = [edge.width if edge else 0.0 for edge in (style.top, style.right, style.bottom, style.left)]
    outer = rounded(wide, high, style.radius)
    if style.background is not None:
        fill = fill_of(style.background, wide, high)
        place += (fill - place) * (outer * _alpha(style.background))[..., None]
    if not any(edges):
        return
    inner = _inner(wide, high, style.radius, edges)
    ring = np.clip(outer - inner, 0, 1)[..., None]
    place += (_edge_colors(style, wide, high, edges) - place) * ring


def fill_of(background: str | Gradient, width: int, height: int) -> NDArray[np.float32]:
    """Return a background's colors, of shape [height, width, 3] or one that stretches to it."""
    if isinstance(background, str):
        return rgb_of(background)[None, None]
    across, down = direction(background.angle)
    x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) * across
    y = (np.arange(height, dtype=np.float32) + 0.5 - height / 2) * down
    length = abs(width * across) + abs(height * down)
    t = (x[None] + y[:, None]) / length + 0.5
    at = [stop.at for stop in background.stops]
    colors = np.stack([rgb_of(stop.color) for stop in background.stops])
    return np.stack([np.interp(t, at, colors[:, c]) for c in range(3)], axis=-1).astype(np.float32)


def direction(angle: float) -> tuple[float, float]:
    """Return how far right and down one step along a gradient of this angle leads."""
    return math.sin(math.radians(angle)), -math.cos(math.radians(angle))


def rounded(width: int, height: int, radii: Radii) -> Cover:
    """Return how much of every pixel a box with round corners covers."""
    cover = np.ones((height, width), np.float32)
    biggest = min(width, height) / 2
    for radius, flip_x, flip_y in zip(radii, (False, True, True, False), (False, False, True, True), strict=True):
        r = min(radius, biggest)
        if r <= 0:
            continue
        n = min(math.ceil(r), width, height)
        corner = cover[::-1] if flip_y else cover
        corner = corner[:, ::-1] if flip_x else corner
        corner[:n, :n] = np.minimum(corner[:n, :n], quarter(r, n))
    return cover


def quarter(radius: float, size: int) -> Cover:
    """Return the cover of the top left pixels of a box with this radius."""
    steps = (np.arange(size * FINE, dtype=np.float32) + 0.5) / FINE
    off = np.maximum(radius - steps, 0) ** 2
    inside = off[None] + off[:, None] <= radius**2
    return np.asarray(inside.reshape(size, FINE, size, FINE).mean(axis=(1, 3)), np.float32)


def cast(canvas: Canvas, box: ImageBox, radii: Radii, shadow: Shadow) -> None:
    """Draw the shadow of a box, also where the box itself will stand."""
    reach = math.ceil(1.5 * shadow.blur + max(shadow.spread, 0)) + 1
    left = max(math.floor(box.left + shadow.x) - reach, 0)
    top = max(math.floor(box.top + shadow.y) - reach, 0)
    right = min(math.ceil(box.right + shadow.x) + reach, canvas.shape[1])
    bottom = min(math.ceil(box.bottom + shadow.y) + reach, canvas.shape[0])
    if right <= left or bottom <= top:
        return
    place = canvas[top:bottom, left:right]
    x = np.arange(left, right, dtype=np.float32) + 0.5
    y = np.arange(top, bottom, dtype=np.float32) + 0.5
    cover = (
        darkness(x, box.left + shadow.x, box.right + shadow.x, shadow.blur, shadow.spread)[None]
        * (darkness(y, box.top + shadow.y, box.bottom + shadow.y, shadow.blur, shadow.spread)[:, None])
    )
    place += (rgb_of(shadow.color) - place) * (cover * alpha_of(shadow.color))[..., None]


def darkness(at: NDArray[np.floating], first: float, last: float, blur: float, spread: float) -> NDArray[np.float32]:
    """Return how dark a shadow is along one axis; a box's shadow is the product of both."""
    from scipy.special import ndtr

    sigma = max(blur / 2, 1e-3)
    dark = ndtr((at - first + spread) / sigma) - ndtr((at - last - spread) / sigma)
    return np.asarray(dark, np.float32)


def _alpha(background: str | Gradient) -> float:
    return alpha_of(background) if isinstance(background, str) else 1.0


def _inner(width: int, height: int, radii: Radii, edges: list[float]) -> Cover:
    """Return the cover of what is inside of the borders."""
    top, right, bottom, left = (round(edge) for edge in edges)
    inner = np.zeros((height, width), np.float32)
    if left + right >= width or top + bottom >= height:
        return inner
    shrunk = (
        max(radii[0] - max(top, left), 0.0),
        max(radii[1] - max(top, right), 0.0),
        max(radii[2] - max(bottom, right), 0.0),
        max(radii[3] - max(bottom, left), 0.0),
    )
    inner[top : height - bottom, left : width - right] = rounded(width - left - right, height - top - bottom, shrunk)
    return inner


def _edge_colors(style: Style, width: int, height: int, edges: list[float]) -> NDArray[np.float32]:
    """Return the border's color at every pixel; sides meet in the corners' diagonals."""
    colors = np.zeros((height, width, 3), np.float32)
    x, y = np.arange(width) + 0.5, (np.arange(height) + 0.5)[:, None]
    nearness = [
        np.broadcast_to(distance / edge if edge else np.inf, (height, width))
        for distance, edge in zip((y, width - x[None], height - y, x[None]), edges, strict=True)
    ]
    nearest = np.argmin(np.stack(nearness), axis=0)
    for side, edge in enumerate((style.top, style.right, style.bottom, style.left)):
        if edge:
            colors[nearest == side] = rgb_of(edge.color)
    return colors
