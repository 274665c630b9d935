"""What is converted: a picture from a file, from memory or from a screen, at CSS pixels."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from PIL import Image

from vl2agent.capture.files import load_frame, read_frame
from vl2agent.errors import ImageError, InputError
from vl2agent.steps import Frame

Source: TypeAlias = Image.Image | Frame | bytes | str | Path
"""A picture, a frame of a screen, the content of a picture file, or its path."""

MAX_HEIGHT_PX = 12_000
"""Of a page; a browser's own pictures end at 16,384 pixels."""
MAX_WIDTH_PX = 4_000


def page_picture(source: Source, scale: float | None = None) -> tuple[Image.Image, float]:
    """Return the picture of a page, opaque RGB, one pixel for each CSS pixel; and its scale before that.

    Args:
        source: where it is.
        scale: its pixels per CSS pixel, as 2.0 for a HiDPI screenshot; None takes that of a frame, else 1.

    Raises:
        ImageError: it is no readable picture, or larger than a page may be.
        InputError: no such scale, or nothing that has a picture.
    """
    frame = _frame(source)
    scale = frame.scale if scale is None else scale
    if not 0.25 <= scale <= 8:
        raise InputError(f"expected a scale from 0.25 to 8, got {scale:g}")
    size = max(1, round(frame.size.width_px / scale)), max(1, round(frame.size.height_px / scale))
    if size[0] > MAX_WIDTH_PX or size[1] > MAX_HEIGHT_PX:
        name = source if isinstance(source, str | Path) else "the picture"
        wanted = f"a page of at most {MAX_WIDTH_PX}x{MAX_HEIGHT_PX} CSS pixels"
        raise ImageError(name, f"it is {size[0]}x{size[1]}; cut it into parts", wanted)
    if frame.image.size == size:
        return frame.image, scale
    # a mean over each CSS pixel keeps edges where they are; other ways leave halos beside them
    return frame.image.resize(size, Image.Resampling.BOX if scale > 1 else Image.Resampling.LANCZOS), scale


def _frame(source: Source) -> Frame:
    if isinstance(source, Frame):
        return source
    if isinstance(source, Image.Image):
        return Frame.from_image(source)
    if isinstance(source, bytes):
        return read_frame(source, "the picture")
    if isinstance(source, str | Path):
        return load_frame(source)
    raise InputError(
        f"expected a Pillow image, a frame, the bytes of a picture file or its path, got {type(source).__name__}"
    )
