"""A picture file that shows two screens side by side, with a mark around all that differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from vl2agent.errors import RecordingError
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame

GAP_PX, BORDER_PX, AROUND_PX = 8, 2, 4
MARK, MASK = "#d7142b", "#7890d8"


def write_beside(
    path: Path, recorded: Frame, now: Frame, apart: Sequence[ScreenBox], masks: Sequence[ScreenBox] = ()
) -> Path:
    """Draw what was recorded on the left, what is there now on the right; masks are blue, differences red.

    Raises:
        RecordingError: the file cannot be written.
    """
    sides = [_marked(frame, apart, masks) for frame in (recorded, now)]
    width = sum(side.width for side in sides) + GAP_PX
    picture = Image.new("RGB", (width, max(side.height for side in sides)), "white")
    picture.paste(sides[0], (0, 0))
    picture.paste(sides[1], (sides[0].width + GAP_PX, 0))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
    except OSError as error:
        raise RecordingError(path, f"the picture cannot be saved: {error}") from error
    return path


def _marked(frame: Frame, apart: Sequence[ScreenBox], masks: Sequence[ScreenBox]) -> Image.Image:
    image = frame.image.copy()
    pen = ImageDraw.Draw(image)
    for boxes, color, around in ((masks, MASK, 0), (apart, MARK, AROUND_PX)):
        for box in boxes:
            left, top = box.left - frame.region.left - around, box.top - frame.region.top - around
            edges = (left, top, left + box.width + 2 * around - 1, top + box.height + 2 * around - 1)
            pen.rectangle(edges, outline=color, width=BORDER_PX)
    return image
