"""What the model thought of each coordinate while it wrote a box.

A number that is one token shows the probability of every coordinate at once. A number written in digits shows them
along the path that was taken: at "3" of 345 the share of every first digit is known, but how the share of "7" would
have been split over 7, 70..79 and 700..799 is not, because that path was never walked. Such a share is spread evenly
over its numbers and counted in `untold`; sums over whole shares, and everything else, are exact.

Probabilities are the model's own (temperature 1, no penalty), given the numbers before and restricted to what is
allowed at this place: whole numbers of 0..999, with x2 > x1 and y2 > y1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

GRID = 1000
"""Coordinates are 0..999, relative to the unpadded image."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CoordinateDistribution:
    """One edge of a box."""

    value: int
    """What was written."""
    probabilities: Floats
    """[1000], summing to 1; 0 where the order of the edges forbids."""
    shares: Ints
    """[1000]: numbers with the same label share one known probability, spread evenly; -1 where not allowed."""
    wanted: float | None
    """Probability, before any restriction, that a number comes at this place at all; low: the model wanted to write
    something else. None where only one token was possible, and the model was not asked."""

    @property
    def confidence(self) -> float:
        """Probability of the number that was written: exact, as its path was walked."""
        return float(self.probabilities[self.value])

    def near(self, distance: int) -> float:
        """Probability that the edge lies at most this far from what was written."""
        return float(self.probabilities[max(0, self.value - distance) : self.value + distance + 1].sum())

    @property
    def mean(self) -> float:
        """The expected coordinate; off by at most `mean_error`."""
        return float(self.probabilities @ np.arange(GRID))

    @property
    def std(self) -> float:
        """Standard deviation around the mean, in grid units."""
        return float(np.sqrt(self.probabilities @ (np.arange(GRID) - self.mean) ** 2))

    @property
    def untold(self) -> float:
        """Probability that is spread evenly because its path was not walked; 0 where numbers are single tokens."""
        return float(sum(mass for values, mass in self._spread))

    @property
    def mean_error(self) -> float:
        """A bound on how far the mean can be off because of `untold`."""
        means = [(values, float(values.mean()), mass) for values, mass in self._spread]
        return float(sum(mass * max(mean - values[0], values[-1] - mean) for values, mean, mass in means))

    @cached_property
    def _spread(self) -> list[tuple[Ints, float]]:
        groups = [np.flatnonzero(self.shares == label) for label in np.unique(self.shares[self.shares >= 0])]
        return [(values, float(self.probabilities[values].sum())) for values in groups if len(values) > 1]


@dataclass(frozen=True, slots=True)
class BoxDistribution:
    """A box, each edge given those written before it: x1, y1, x2, y2."""

    x1: CoordinateDistribution
    y1: CoordinateDistribution
    x2: CoordinateDistribution
    y2: CoordinateDistribution

    @property
    def edges(self) -> tuple[CoordinateDistribution, ...]:
        """The four in the order written."""
        return self.x1, self.y1, self.x2, self.y2

    @property
    def box(self) -> tuple[int, int, int, int]:
        """What was written, 0..999."""
        return self.x1.value, self.y1.value, self.x2.value, self.y2.value

    @property
    def confidences(self) -> tuple[float, float, float, float]:
        """Probability of each edge, in the order written."""
        return self.x1.confidence, self.y1.confidence, self.x2.confidence, self.y2.confidence

    @property
    def confidence(self) -> float:
        """Probability of exactly this box: the product over the edges."""
        return float(np.prod(self.confidences))

    @property
    def expected_point(self) -> tuple[float, float]:
        """The expected centre, 0..999."""
        return (self.x1.mean + self.x2.mean) / 2, (self.y1.mean + self.y2.mean) / 2


def boxes_of(coordinates: Sequence[CoordinateDistribution]) -> tuple[BoxDistribution, ...]:
    """Group the coordinates of a reply by four; a box that was cut off is left out."""
    whole = len(coordinates) - len(coordinates) % 4
    return tuple(BoxDistribution(*coordinates[start : start + 4]) for start in range(0, whole, 4))


class CoordinateReader:
    """Collect the distribution of one coordinate while its tokens come."""

    def __init__(self, low: int, high: int) -> None:
        self._probabilities = np.zeros(GRID)
        self._probabilities[low : high + 1] = 1 / (high + 1 - low)
        self._shares = np.full(GRID, -1, dtype=np.int64)
        self._shares[low : high + 1] = 0
        self.wanted: float | None = None

    def split(self, values: Ints, shares: Ints, weights: Floats) -> None:
        """Divide the probability of numbers that were one share so far.

        Args:
            values: all numbers that can still be meant.
            shares: for each the index of its new share; the numbers of one share stay alike.
            weights: for each new share its part of the probability, in any unit.
        """
        if not weights.sum() > 0:
            return  # all the weight lies outside: nothing is known of these numbers
        mass = self._probabilities[values].sum()
        self._probabilities[values] = mass * (weights / weights.sum() / np.bincount(shares))[shares]
        self._shares[values] = self._shares.max() + 1 + shares

    def finish(self, value: int) -> CoordinateDistribution:
        """Give what was collected."""
        return CoordinateDistribution(value, self._probabilities, self._shares, self.wanted)
