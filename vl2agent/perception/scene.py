"""A frame as it was read: lines of text, panes and marks, and the questions that geometry answers about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import median

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.perception.shapes import Shapes
from vl2agent.perception.text import Line
from vl2agent.steps import Pixels


@dataclass(frozen=True, eq=False)
class Scene:
    """What one picture shows.

    Args:
        bgr: its pixels, [height, width, 3].
        lines: what is written, in reading order.
        shapes: what is drawn.
        scale: physical pixels per logical one.
    """

    bgr: Pixels
    lines: tuple[Line, ...]
    shapes: Shapes
    scale: float = 1.0

    @cached_property
    def text_height(self) -> float:
        """The usual height of a line in pixels: what is much taller is a heading."""
        return float(median([line.box.height for line in self.lines if len(line.text) > 2] or [12 * self.scale]))

    def pane_around(self, box: ImageBox) -> ImageBox | None:
        """Return the smallest pane that a box lies on and does not fill."""
        return next((pane for pane in self.shapes.panes if encloses(pane, box) and pane.area > 1.2 * box.area), None)

    def ink(self, box: ImageBox) -> NDArray[np.float64]:
        """Return the color (blue, green, red) that differs most from the paper of a box."""
        pixels = self.bgr[box.top : box.bottom, box.left : box.right].reshape(-1, 3).astype(np.float64)
        difference = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1)
        strongest: NDArray[np.float64] = pixels[difference >= 0.7 * difference.max()].mean(axis=0)
        return strongest

    def paper(self, box: ImageBox) -> NDArray[np.float64]:
        """Return the usual color of a box."""
        pixels = self.bgr[box.top : box.bottom, box.left : box.right].reshape(-1, 3)
        usual: NDArray[np.float64] = np.median(pixels, axis=0)
        return usual


def encloses(outer: ImageBox, inner: ImageBox, slack: int = 2) -> bool:
    """Tell whether a box lies inside another, give or take some pixels."""
    return (
        outer.left - slack <= inner.left
        and outer.top - slack <= inner.top
        and inner.right <= outer.right + slack
        and inner.bottom <= outer.bottom + slack
    )
