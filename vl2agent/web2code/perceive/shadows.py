"""Measure the shadows of boxes: fit the formula that browsers draw shadows by to the pixels around them.

Boxes that look alike cast alike, and on a crowded page shadows overlap: so boxes with similar edges are fitted
together, every pixel as the sum of all of their shadows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Shadow
from vl2agent.web2code.perceive.flats import Labels, view
from vl2agent.web2code.perceive.paint import Canvas, alpha_of, darkness, hex_of, rgb_of

REACH_PX = 40
NEAR_PX = 2
SAMPLES = 500
"""Pixels looked at around one box."""
ALIKE = 0.45
MAX_FITTED = 12
"""Boxes of one kind that are fitted; the others look the same."""
MIN_LEVELS = 1.5
"""The difference beside the box from which a shadow is looked for."""
MIN_EXPLAINED = 0.6
"""The share of the differences around boxes that their shadows have to explain."""
BLURS = (2.0, 4.0, 8.0, 14.0, 20.0, 30.0, 44.0)

Floats = NDArray[np.float32]
Samples: TypeAlias = tuple[Floats, Floats, Floats, Floats]


@dataclass(frozen=True)
class Caster:
    """A box that may cast a shadow: its number among the casters, where it stands, and how dark it is beside it."""

    number: int
    box: ImageBox
    beside: Floats
    """[4, 3], the mean difference at the top, right, bottom and left; NaN where something else is."""


def find_shadows(rgb: Pixels, boxes: Sequence[ImageBox], canvas: Canvas, owners: Labels) -> list[Shadow | None]:
    """Fit a shadow to every box, None where it casts none.

    Args:
        rgb: the picture.
        boxes: what may cast shadows.
        canvas: everything known, without shadows.
        owners: [height, width], what stands on top at every pixel; negative where nothing can be said.
    """
    shadows: list[Shadow | None] = [None] * len(boxes)
    casters = [Caster(i, box, _beside(rgb, box, canvas, owners)) for i, box in enumerate(boxes)]
    dark = [caster for caster in casters if _is_dark(caster.beside)]
    owners = owners.copy()
    for caster in sorted(dark, key=lambda c: -c.box.area):
        inside = view(owners, caster.box)
        inside[inside >= 0] = owners.max() + 1
    seen = {caster.number: _samples(rgb, caster.box, canvas, owners) for caster in dark}
    for kind in _kinds(dark):
        shadow = _fit(kind, [seen[caster.number] for caster in kind])
        for caster in kind:
            own = shadow if shadow and _explains(shadow, kind, seen[caster.number]) else None
            shadows[caster.number] = own or (_fit([caster], [seen[caster.number]]) if len(kind) > 1 else None)
    return shadows


def _beside(rgb: Pixels, box: ImageBox, canvas: Canvas, owners: Labels) -> Floats:
    """Return the mean difference from the canvas next to every side."""
    height, width = rgb.shape[:2]
    inset_x, inset_y = box.width // 4, box.height // 4
    rows, columns = slice(box.top + inset_y, box.bottom - inset_y), slice(box.left + inset_x, box.right - inset_x)
    strips = (
        (slice(max(box.top - NEAR_PX, 0), box.top), columns),
        (rows, slice(box.right, min(box.right + NEAR_PX, width))),
        (slice(box.bottom, min(box.bottom + NEAR_PX, height)), columns),
        (rows, slice(max(box.left - NEAR_PX, 0), box.left)),
    )
    beside = np.full((4, 3), np.nan, np.float32)
    for side, strip in enumerate(strips):
        under = owners[strip]
        if not under.size or (under != np.median(under)).mean() > 0.5 or np.median(under) < 0:
            continue
        differences = (rgb[strip] - canvas[strip])[under == np.median(under)]
        if np.abs(differences - np.median(differences, axis=0)).mean() < 4:
            beside[side] = np.median(differences, axis=0)
    return beside


def _is_dark(beside: Floats) -> bool:
    """Tell whether at least two sides differ from what is behind, all in the same direction."""
    sides = beside[~np.isnan(beside[:, 0])]
    strength = np.abs(sides).max(axis=1) if len(sides) else np.zeros(0)
    dark = sides[strength >= MIN_LEVELS].mean(axis=1)
    return len(dark) >= 2 and (bool((dark < 0).all()) or bool((dark > 0).all()))


def _kinds(casters: Sequence[Caster]) -> list[list[Caster]]:
    """Group casters that are about as dark; those that stand close are darker between them."""
    kinds: list[list[Caster]] = []
    for caster in sorted(casters, key=lambda c: -c.box.area):
        color = _usual(caster.beside)
        for kind in kinds:
            other = _usual(kind[0].beside)
            strength = max(np.abs(color).max(), np.abs(other).max())
            if np.abs(color - other).max() <= max(3.0, ALIKE * strength):
                kind.append(caster)
                break
        else:
            kinds.append([caster])
    return kinds


def _usual(beside: Floats) -> Floats:
    """Return the median difference of the sides that have one."""
    usual: Floats = np.median(beside[np.abs(beside).max(axis=1) >= MIN_LEVELS], axis=0)
    return usual


def _explains(shadow: Shadow, kind: Sequence[Caster], seen: Samples) -> bool:
    """Tell whether a shadow of all of a kind is what is seen around one of them."""
    x, y, differences, paper = seen
    dark = _Sums(x, y, differences, [caster.box for caster in kind]).dark(
        shadow.x, shadow.y, shadow.blur, shadow.spread
    )
    off = differences - dark[:, None] * alpha_of(shadow.color) * (rgb_of(shadow.color) - paper)
    return float(np.abs(off).mean()) < (1 - MIN_EXPLAINED) * float(np.abs(differences).mean())


def _fit(kind: Sequence[Caster], seen: Sequence[Samples]) -> Shadow | None:
    """Fit one shadow to all casters of a kind."""
    boxes = [caster.box for caster in kind]
    parts = seen[:MAX_FITTED]
    x, y, differences = (np.concatenate([part[i] for part in parts]) for i in range(3))
    if len(x) < 40:
        return None
    sums = _Sums(x, y, differences, boxes)
    best, error = sums.search()
    if error > (1 - MIN_EXPLAINED) * float(np.minimum(differences**2, 400).sum()):
        return None
    dx, dy, blur, spread = (_plain(v) for v in best)
    levels = sums.levels(sums.dark(dx, dy, blur, spread))
    color = _color(levels, np.median(np.concatenate([part[3] for part in parts]), axis=0))
    return None if color is None else Shadow(x=dx, y=dy, blur=max(blur, 0.0), spread=spread, color=color)


def _samples(rgb: Pixels, box: ImageBox, canvas: Canvas, owners: Labels) -> Samples:
    """Return the places, differences and papers of some pixels around a box that stand on what the box stands on."""
    height, width = rgb.shape[:2]
    left, top = max(box.left - REACH_PX, 0), max(box.top - REACH_PX, 0)
    right, bottom = min(box.right + REACH_PX, width), min(box.bottom + REACH_PX, height)
    around = owners[top:bottom, left:right]
    inside = np.zeros(around.shape, np.bool_)
    inside[max(box.top - top, 0) : box.bottom - top, max(box.left - left, 0) : box.right - left] = True
    outside = around[~inside]
    counts = np.bincount(outside[outside >= 0]) if (outside >= 0).any() else np.zeros(1, np.int64)
    y, x = np.nonzero((around == int(np.argmax(counts))) & ~inside)
    gap = np.maximum(
        np.maximum(box.left - left - x, x - (box.right - left) + 1),
        np.maximum(box.top - top - y, y - (box.bottom - top) + 1),
    )
    chosen = np.concatenate([_some(np.flatnonzero(gap <= 8)), _some(np.flatnonzero(gap > 8))])
    x, y = x[chosen] + left, y[chosen] + top
    paper = canvas[y, x]
    return x + np.float32(0.5), y + np.float32(0.5), rgb[y, x].astype(np.float32) - paper, paper


def _some(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Take about half of SAMPLES, spread evenly."""
    return index[:: max(len(index) * 2 // SAMPLES, 1)]


@dataclass(frozen=True)
class _Sums:
    """Pixels around boxes, and what the shadows of all the boxes together do to them."""

    x: Floats
    y: Floats
    differences: Floats
    boxes: Sequence[ImageBox]

    def dark(self, dx: float, dy: float, blur: float, spread: float) -> Floats:
        """Return how dark it is at every pixel."""
        dark = np.zeros(len(self.x), np.float32)
        for box in self.boxes:
            reach = REACH_PX * 2
            near = (
                (self.x > box.left - reach)
                & (self.x < box.right + reach)
                & (self.y > box.top - reach)
                & (self.y < box.bottom + reach)
            )
            dark[near] += darkness(self.x[near], box.left + dx, box.right + dx, blur, spread) * darkness(
                self.y[near], box.top + dy, box.bottom + dy, blur, spread
            )
        return dark

    def levels(self, dark: Floats) -> Floats:
        """Return how many levels a full shadow takes from every channel, by least squares."""
        levels: Floats = (dark[:, None] * self.differences).sum(axis=0) / max(float((dark**2).sum()), 1e-6)
        return levels

    def error(self, dx: float, dy: float, blur: float, spread: float) -> float:
        """Return how far such a shadow is from what is seen."""
        if abs(blur) > BLURS[-1] * 2 or abs(dx) + abs(dy) + abs(spread) > REACH_PX:
            return math.inf
        dark = self.dark(dx, dy, abs(blur), spread)
        return float(np.minimum((self.differences - dark[:, None] * self.levels(dark)) ** 2, 400).sum())

    def search(self) -> tuple[tuple[float, float, float, float], float]:
        """Find offset, blur and spread; no spread and no sideways offset unless they help much."""
        from scipy.optimize import minimize

        starts = [(0.0, dy, blur, 0.0) for blur in BLURS for dy in (0.0, blur / 6, blur / 2)]
        start = min(starts, key=lambda p: self.error(*p))
        simple = minimize(
            lambda p: self.error(0, p[0], p[1], 0), start[1:3], method="Nelder-Mead", options={"maxiter": 60}
        )
        best, least = (0.0, float(simple.x[0]), abs(float(simple.x[1])), 0.0), float(simple.fun)
        steps = np.array([best, *(np.array(best) + move for move in np.diag((2.0, 2.0, 2.0, -2.0)))])
        full = minimize(
            lambda p: self.error(*p), best, method="Nelder-Mead", options={"maxiter": 150, "initial_simplex": steps}
        )
        if full.fun < 0.75 * least:
            dx, dy, blur, spread = (float(v) for v in full.x)
            best, least = (dx, dy, abs(blur), spread), float(full.fun)
        return best, least


def _plain(length: float) -> float:
    """Return whole pixels where they are near, as people write them."""
    return float(round(length)) if abs(length - round(length)) < 0.3 else round(length, 1)


def _color(levels: Floats, paper: Floats) -> str | None:
    """Return the color of the shadow, as see-through as it can be, from what it takes away; None for next to none."""
    if np.abs(levels).max() < MIN_LEVELS:
        return None
    room = np.where(levels < 0, paper, 255 - paper)
    alpha = float(np.clip(np.max(np.abs(levels) / np.maximum(room, 1)), 0.01, 1))
    return hex_of(np.clip(paper + levels / alpha, 0, 255), alpha if alpha < 0.995 else 1.0)
