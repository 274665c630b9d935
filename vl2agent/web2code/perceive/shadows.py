"""Measure the shadow of a box: fit the formula that browsers draw shadows by to the pixels around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Shadow
from vl2agent.web2code.perceive.flats import Mask
from vl2agent.web2code.perceive.paint import Canvas, darkness, hex_of

REACH_PX = 48
NEAR_PX = 3
SAMPLES = 1500
MIN_LEVELS = 1.5
"""The mean difference beside the box from which a shadow is looked for."""
MIN_EXPLAINED = 0.6
"""The share of the differences around a box that its shadow has to explain."""
BLURS = (2.0, 6.0, 14.0, 28.0, 48.0)


def fit_shadow(rgb: Pixels, box: ImageBox, canvas: Canvas, other: Mask) -> Shadow | None:
    """Fit a shadow to what differs from the canvas around a box; None when there is none.

    Args:
        rgb: the picture.
        box: what casts the shadow.
        canvas: what is behind it.
        other: pixels that show something else: other boxes, texts.
    """
    if not _beside(rgb, box, canvas, other):
        return None
    x, y, differences = _samples(rgb, box, canvas, other)
    if len(x) < 50:
        return None
    best, error = _search(x, y, differences, box)
    total = float((differences**2).sum())
    if error > (1 - MIN_EXPLAINED) * total:
        return None
    dx, dy, blur, spread = (float(round(v)) if abs(v - round(v)) < 0.3 else round(v, 1) for v in best)
    levels = _levels(_dark(x, y, box, dx, dy, blur, spread), differences)
    paper = np.median(canvas[box.top : box.bottom, box.left : box.right].reshape(-1, 3), axis=0)
    color = _color(levels, paper)
    return None if color is None else Shadow(x=dx, y=dy, blur=blur, spread=spread, color=color)


def _beside(rgb: Pixels, box: ImageBox, canvas: Canvas, other: Mask) -> bool:
    """Tell whether the pixels next to any side differ from what is behind."""
    height, width = rgb.shape[:2]
    inset_x, inset_y = box.width // 4, box.height // 4
    rows, columns = slice(box.top + inset_y, box.bottom - inset_y), slice(box.left + inset_x, box.right - inset_x)
    strips = [
        (slice(box.bottom, min(box.bottom + NEAR_PX, height)), columns),
        (slice(max(box.top - NEAR_PX, 0), box.top), columns),
        (rows, slice(max(box.left - NEAR_PX, 0), box.left)),
        (rows, slice(box.right, min(box.right + NEAR_PX, width))),
    ]
    for strip in strips:
        able = ~other[strip]
        if able.size and able.mean() > 0.5:
            if np.abs(rgb[strip] - canvas[strip]).max(axis=2)[able].mean() >= MIN_LEVELS:
                return True
    return False


def _samples(
    rgb: Pixels, box: ImageBox, canvas: Canvas, other: Mask
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the places and differences of some pixels around a box."""
    height, width = rgb.shape[:2]
    left, top = max(box.left - REACH_PX, 0), max(box.top - REACH_PX, 0)
    right, bottom = min(box.right + REACH_PX, width), min(box.bottom + REACH_PX, height)
    able = ~other[top:bottom, left:right]
    able[box.top - top : box.bottom - top, box.left - left : box.right - left] = False
    y, x = np.nonzero(able)
    near = (np.maximum(np.maximum(box.left - left - x, x - (box.right - left)), 0) < 12) & (
        np.maximum(np.maximum(box.top - top - y, y - (box.bottom - top)), 0) < 12
    )
    chosen = np.concatenate([_some(np.flatnonzero(near)), _some(np.flatnonzero(~near))])
    x, y = x[chosen] + left, y[chosen] + top
    differences = rgb[y, x].astype(np.float32) - canvas[y, x]
    return x + np.float32(0.5), y + np.float32(0.5), differences


def _some(index: NDArray[np.int64]) -> NDArray[np.int64]:
    return index[:: max(len(index) * 2 // SAMPLES, 1)]


def _dark(
    x: NDArray[np.float32], y: NDArray[np.float32], box: ImageBox, dx: float, dy: float, blur: float, spread: float
) -> NDArray[np.float32]:
    return darkness(x, box.left + dx, box.right + dx, blur, spread) * darkness(
        y, box.top + dy, box.bottom + dy, blur, spread
    )


def _levels(dark: NDArray[np.float32], differences: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how many levels a full shadow takes from every channel, by least squares."""
    levels: NDArray[np.float32] = (dark[:, None] * differences).sum(axis=0) / max(float((dark**2).sum()), 1e-6)
    return levels


def _search(
    x: NDArray[np.float32], y: NDArray[np.float32], differences: NDArray[np.float32], box: ImageBox
) -> tuple[tuple[float, float, float, float], float]:
    """Find offset, blur and spread; the simplest that fit: no spread, no sideways offset unless they help."""
    from scipy.optimize import minimize

    def error(dx: float, dy: float, blur: float, spread: float) -> float:
        dark = _dark(x, y, box, dx, dy, abs(blur), spread)
        off = differences - dark[:, None] * _levels(dark, differences)
        return float(np.minimum(off**2, 400).sum())

    blur = min(BLURS, key=lambda b: min(error(0, dy, b, 0) for dy in (0.0, b / 4)))
    simple = minimize(
        lambda p: error(0, p[0], p[1], 0), (blur / 6, blur), method="Nelder-Mead", options={"maxiter": 60}
    )
    best, least = (0.0, float(simple.x[0]), abs(float(simple.x[1])), 0.0), float(simple.fun)
    full = minimize(lambda p: error(*p), best, method="Nelder-Mead", options={"maxiter": 120})
    if full.fun < 0.7 * least:
        best = (float(full.x[0]), float(full.x[1]), abs(float(full.x[2])), float(full.x[3]))
        least = float(full.fun)
    return best, least


def _color(levels: NDArray[np.float32], paper: NDArray[np.float32]) -> str | None:
    """Return the color of the shadow, as see-through as it can be, from what it takes away; None for next to none."""
    if np.abs(levels).max() < 2 * MIN_LEVELS:
        return None
    room = np.where(levels < 0, paper, 255 - paper)
    alpha = float(np.clip(np.max(np.abs(levels) / np.maximum(room, 1)), 0.01, 1))
    return hex_of(np.clip(paper + levels / alpha, 0, 255), alpha if alpha < 0.995 else 1.0)
