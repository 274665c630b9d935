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
MIN_FILLED = 0.3


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
    flat = np.unique(flats.shadings[(flats.areas > 0.5 * flats.shading_areas[flats.shadings])])
    able = flats.shading_areas >= MIN_AREA
    able[0] = False
    able[flat] = False
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
    stops = _stops(t, colors)
    fitted = np.stack([np.interp(t, [s for s, _ in stops], [c[k] for _, c in stops]) for k in range(3)], axis=1)
    off = np.abs(fitted - colors).max(axis=1)
    change = max(np.abs(np.asarray(c) - np.asarray(stops[0][1])).max() for _, c in stops)
    if off.mean() > OFF or np.percentile(off, 95) > 3 * OFF or change < MIN_CHANGE:
        return None
    return Gradient(angle=angle, stops=tuple(Stop(color=hex_of(c), at=round(float(s), 3)) for s, c in stops))


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


def _stops(t: NDArray[np.float64], colors: NDArray[np.float64]) -> list[tuple[float, NDArray[np.float64]]]:
    """Describe the colors along the gradient by few stops, the first at 0 and the last at 1."""
    bins = min(64, max(4, len(t) // 20))
    index = np.minimum((t * bins).astype(int), bins - 1).clip(0)
    counts = np.bincount(index, minlength=bins)
    means = (
        np.stack([np.bincount(index, colors[:, k], bins) for k in range(3)], axis=1) / np.maximum(counts, 1)[:, None]
    )
    at = np.bincount(index, t, bins) / np.maximum(counts, 1)
    at, means = at[counts > 0], means[counts > 0]
    if len(at) < 2:
        return [(0.0, means[0]), (1.0, means[0])]
    kept = _corners(at, means, 0, len(at) - 1)
    stops = [(float(at[i]), means[i]) for i in kept]
    return _stretched(stops)


def _corners(at: NDArray[np.float64], colors: NDArray[np.float64], first: int, last: int) -> list[int]:
    """Keep the ends and, where a straight line between them is off, the worst point, and so on."""
    if last - first < 2:
        return [first, last]
    share = (at[first : last + 1] - at[first]) / (at[last] - at[first])
    line = colors[first] + share[:, None] * (colors[last] - colors[first])
    off = np.abs(line - colors[first : last + 1]).max(axis=1)
    worst = int(np.argmax(off))
    if off[worst] < OFF:
        return [first, last]
    return _corners(at, colors, first, first + worst)[:-1] + _corners(at, colors, first + worst, last)


def _stretched(stops: list[tuple[float, NDArray[np.float64]]]) -> list[tuple[float, NDArray[np.float64]]]:
    """Lead the first and the last piece on to 0 and 1: bins end before the box does."""
    (a, first), (b, second) = stops[0], stops[1]
    start = (0.0, np.clip(first - (second - first) * a / (b - a), 0, 255))
    (c, before), (d, last) = stops[-2], stops[-1]
    end = (1.0, np.clip(last + (last - before) * (1 - d) / (d - c), 0, 255))
    return [start, *stops[1:-1], end]
