"""Where two pictures of one size differ, and a picture that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame

FADED = 0.35
"""How strongly what is the same is shown beneath the differences."""
DIFFERENT, MASKED, FRAME = (215, 20, 40), (150, 170, 215), (215, 20, 40)
MARGIN_PX = 6


@dataclass(frozen=True, slots=True)
class Difference:
    """Which pixels differ: [height, width] bool; where masks lie none does."""

    pixels: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """Of the whole picture, 0 to 1."""
        return float(self.pixels.mean())

    @property
    def edges(self) -> tuple[int, int, int, int] | None:
        """The smallest box around all of them, in the picture's pixels; None where none differs."""
        rows, columns = np.flatnonzero(self.pixels.any(axis=1)), np.flatnonzero(self.pixels.any(axis=0))
        if not rows.size:
            return None
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

    @property
    def words(self) -> str:
        return f"{int(self.pixels.sum())} pixels within {list(self.edges or ())}"


def compare(expected: Frame, actual: Frame, masks: Sequence[ScreenBox], tolerance: int) -> Difference | None:
    """Compare each pixel; None where the sizes differ.

    Args:
        expected: how it should look.
        actual: how it looks; the masks are places on its screen.
        masks: parts that do not count.
        tolerance: by how much a channel may be off.
    """
    if expected.size != actual.size:
        return None
    one, other = expected.pixels[..., :3].astype(np.int16), actual.pixels[..., :3].astype(np.int16)
    differs: NDArray[np.bool_] = (np.abs(one - other) > tolerance).any(axis=2)
    for left, top, right, bottom in _masked(actual, masks):
        differs[top:bottom, left:right] = False
    return Difference(differs)


def draw_difference(expected: Frame, actual: Frame, difference: Difference, masks: Sequence[ScreenBox]) -> Image.Image:
    """Draw what differs in red on the faded expected picture, masks in blue, a frame around it all."""
    faded = Image.blend(
        Image.new("RGB", expected.image.size, "white"), expected.image.convert("L").convert("RGB"), FADED
    )
    pen = ImageDraw.Draw(faded)
    for left, top, right, bottom in _masked(actual, masks):
        pen.rectangle((left, top, right - 1, bottom - 1), fill=MASKED)
    faded.paste(DIFFERENT, mask=Image.fromarray(difference.pixels.astype(np.uint8) * 255))
    if edges := difference.edges:
        left, top, right, bottom = edges
        around = (left - MARGIN_PX, top - MARGIN_PX, right + MARGIN_PX - 1, bottom + MARGIN_PX - 1)
        ImageDraw.Draw(faded).rectangle(around, outline=FRAME, width=2)
    return faded


def _masked(frame: Frame, masks: Sequence[ScreenBox]) -> list[tuple[int, int, int, int]]:
    """Give the masks as they lie on the picture."""
    shown = (frame.region.intersection(mask) for mask in masks)
    return [frame.view.box_to_image(box).edges for box in shown if box is not None]
