"""Pictures that a plan may be made on: the screen at the sizes that cost less and less, and the window in use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from vl2agent.calls import Shot
from vl2agent.canvas import CANVASES, fitted
from vl2agent.errors import CoordinateError
from vl2agent.geometry import Size
from vl2agent.steps import Frame


@dataclass(frozen=True, slots=True)
class Sized:
    """A frame at a size.

    Args:
        frame: the screen, or a part of it.
        size: what it is resized to; None sends it as it is.
        scale: pixels that the model sees for one of the frame's.
    """

    frame: Frame
    size: Size | None
    scale: float

    @property
    def legible(self) -> float:
        """Pixels that the model sees for a logical pixel of the screen."""
        return self.scale * self.frame.scale

    def shot(self) -> Shot:
        """Make the picture."""
        return Shot.of(self.frame, self.size)

    def blank(self) -> Shot:
        """Make a picture that costs the same, for counting: nothing is resized."""
        if self.size is None:
            return self.shot()
        return Shot(Image.new("1", (self.size.width_px, self.size.height_px)), self.frame.region)


def sizes(frame: Frame) -> Iterator[Sized]:
    """Give a frame as it is, then fitted to ever smaller canvases."""
    width, height = frame.size.width_px, frame.size.height_px
    scales = {fitted(frame.size, canvas) for canvas in CANVASES}
    best = min(max(scales), 1.0)
    yield Sized(frame, None, best)
    for scale in sorted((scale for scale in scales if scale < best), reverse=True):
        yield Sized(frame, Size(max(1, round(width * scale)), max(1, round(height * scale))), scale)


def in_use(frame: Frame) -> Frame | None:
    """Return the part of the frame that shows the active window; None where no window is known, or it shows it all."""
    active = next((window for window in frame.windows if window.active), None)
    if active is None:
        return None
    try:
        part = frame.crop(active.box)
    except CoordinateError:
        return None
    return part if part.region != frame.region else None
