"""Find linear gradients: areas whose colors change along one direction, and stay the same across it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Gradient, Stop
from vl2agent.web2code.perceive.flats import Flats, Mask
from vl2agent.web2code.perceive.paint import direction, hex_of

MIN_AREA = 400
MIN_PX = 8
MIN_CHANGE = 4
"""Levels between the ends; less is a flat color to the eye."""
SAMPLES = 6000
SNAP_DEGREES = 1.5
OFF = 1.6
"""Levels that a pixel may be off: dithering takes one."""
NEAR = 1.0
"""The same for the median color across a gradient."""
MIN_FILLED = 0.3
MIN_FITTED = 0.7
"""The share of pixels that have to fit; shadows fall on the others."""
BINS = 96
WORTH = 0.08
"""How much more has to fit for another stop to be worth it."""
ENOUGH = 0.97
MAX_BLURRED = 0.15


@dataclass(frozen=True)
class Shaded:
    """An area with a gradient: its shading's number, its box, and the colors."""

    number: int
    box: ImageBox
    gradient: Gradient


def find_gradients(rgb: Pixels, flats: Flats, letters: Mask) -> list[Shaded]:
    """Find the shadings that are linear gradients.

    Args:
        rgb: the picture.
        flats: its areas and shadings.
        letters: pixels of texts.
    """
    from scipy import ndimage

    found = []
    able = flats.shading_areas >= MIN_AREA
    able[flats.shadings[flats.papers | (flats.blurred > MAX_BLURRED)]] = False
    able[0] = False
    numbers = np.flatnonzero(able)
    renumber = np.zeros(len(able), np.int32)
    renumber[numbers] = np.arange(1, len(numbers) + 1)
    places = ndimage.find_objects(renumber[flats.shading]) if len(numbers) else []
    for number, place in zip(numbers, places, strict=True):
        box = ImageBox(place[1].start, place[0].start, place[1].stop, place[0].stop)
        mask = flats.shading[place] == number
        if min(box.width, box.height) < MIN_PX or mask.mean() < MIN_FILLED:
            continue
        gradient = fit_gradient(rgb[place], mask & ~letters[place])
        if gradient is not None:
            found.append(Shaded(int(number), box, gradient))
    return found


def fit_gradient(rgb: Pixels, mask: Mask) -> Gradient | None:
    """Fit a gradient over a whole box to some of its pixels; None when they have none."""
    y, x = np.nonzero(mask)
    if len(x) < MIN_AREA // 4:
        return None
    some = slice(None, None, max(len(x) // SAMPLES, 1))
    x, y = x[some], y[some]
    colors = rgb[y, x].astype(np.float64)
    height, width = mask.shape
    angle = _angle(x, y, colors)
    across, down = direction(angle)
    length = abs(width * across) + abs(height * down)
    t = ((x + 0.5 - width / 2) * across + (y + 0.5 - height / 2) * down) / length + 0.5
    at, means, counts = _profile(t, colors)
    knots, values = _stops(at, means, counts)
    fitted = np.stack([np.interp(t, knots, values[:, k]) for k in range(3)], axis=1)
    fitting = np.abs(fitted - colors).max(axis=1) <= 2 * OFF
    if fitting.mean() < MIN_FITTED or np.ptp(values, axis=0).max() < MIN_CHANGE:
        return None
    return Gradient(
        angle=angle,
        stops=tuple(Stop(color=hex_of(c), at=round(float(s), 3)) for s, c in zip(knots, values, strict=True)),
    )


def _angle(x: NDArray[np.int64], y: NDArray[np.int64], colors: NDArray[np.float64]) -> float:
    """Return the direction of the steepest change in CSS degrees, a round number where it is near one."""
    known = np.stack([x - x.mean(), y - y.mean(), np.ones(len(x))], axis=1)
    slopes = np.linalg.lstsq(known, colors, rcond=None)[0][:2]
    _, _, directions = np.linalg.svd(slopes.T)
    across, down = directions[0]
    angle = math.degrees(math.atan2(across, -down)) % 180
    for whole in (0, 45, 90, 135, 180):
        if abs(angle - whole) < SNAP_DEGREES:
            angle = float(whole)
    return 180.0 if angle == 0 else round(angle, 1)


def _profile(
    t: NDArray[np.float64], colors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the median colors at some places along the gradient, and how many pixels each has."""
    order = np.argsort(t)
    parts = np.array_split(order, min(BINS, max(len(t) // 30, 4)))
    at = np.array([t[part].mean() for part in parts])
    means = np.stack([np.median(colors[part], axis=0) for part in parts])
    return at, means, np.array([len(part) for part in parts])


def _stops(
    at: NDArray[np.float64], colors: NDArray[np.float64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the places and colors of the fewest stops that fit; shadows may fall on some of the gradient."""
    steps = np.linspace(0, 1, 21)[1:-1]
    best = (-1.0, steps, colors)
    for inner in (((),), [(k,) for k in steps], [(a, b) for a in steps[::2] for b in steps[::2] if a < b]):
        for middle in inner:
            knots = np.array([0.0, *middle, 1.0])
            values, share = _fit(at, colors, counts, knots)
            worth = WORTH if best[0] >= 0 and len(knots) > len(best[1]) else 0
            if share > best[0] + worth:
                best = share, knots, values
        if best[0] > ENOUGH:
            break
    return best[1], best[2]


def _fit(
    at: NDArray[np.float64], colors: NDArray[np.float64], counts: NDArray[np.int64], knots: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Fit colors to stops so that most places fit well, whatever the others do; return the share that fits, too."""
    basis = np.stack([np.interp(at, knots, np.eye(len(knots))[k]) for k in range(len(knots))], axis=1)
    weights = np.ones(len(at))
    for _ in range(8):
        root = np.sqrt(weights)[:, None]
        values = np.linalg.lstsq(basis * root, colors * root, rcond=None)[0]
        off = np.abs(basis @ values - colors).max(axis=1)
        weights = 1 / np.maximum(off, 0.5) ** 1.5
    return np.clip(values, 0, 255), float(counts[off <= NEAR].sum() / counts.sum())
