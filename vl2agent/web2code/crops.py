"""Parts of a page as a model sees them best: cut out, and resized to fill the tiles it looks through.

One tile costs DeepSeek-VL2 421 tokens, two side by side 617, four 1023.
"""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from vl2agent.calls import Shot
from vl2agent.canvas import TILE_PX, fitted
from vl2agent.geometry import ImageBox, ScreenBox, Size

WIDE, TALL, SQUARE = Size(2 * TILE_PX, TILE_PX), Size(TILE_PX, 2 * TILE_PX), Size(2 * TILE_PX, 2 * TILE_PX)
SMALL = Size(TILE_PX, TILE_PX)
OBLONG = 1.8
"""From so many times as wide as high on, two tiles show nearly as much as four."""
LARGER = 2.0
"""No picture is blown up more."""
MARGIN_PX = 8
"""Of the surroundings, what is shown around a part."""


def shots(image: Image.Image, box: ImageBox) -> Iterator[Shot]:
    """Cut a part out of a picture of a page, at falling costs: as large as is useful, then smaller."""
    shown = with_margin(box, Size(*image.size))
    part = image.convert("RGB").crop(shown.edges)
    for canvas in _canvases(shown):
        yield Shot(_resized(part, canvas), ScreenBox(*shown.edges))


def with_margin(box: ImageBox, size: Size) -> ImageBox:
    """Return what is shown of a page of some size when a part of it is."""
    left, top = max(0, box.left - MARGIN_PX), max(0, box.top - MARGIN_PX)
    return ImageBox(left, top, min(size.width_px, box.right + MARGIN_PX), min(size.height_px, box.bottom + MARGIN_PX))


def _canvases(box: ImageBox) -> tuple[Size, ...]:
    if box.width >= OBLONG * box.height:
        return (WIDE, SMALL)
    return (TALL, SMALL) if box.height >= OBLONG * box.width else (SQUARE, SMALL)


def _resized(part: Image.Image, canvas: Size) -> Image.Image:
    scale = min(fitted(Size(*part.size), canvas), LARGER)
    size = (max(1, int(part.width * scale)), max(1, int(part.height * scale)))
    return part.resize(size, Image.Resampling.LANCZOS)
