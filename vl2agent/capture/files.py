"""Pictures on disk as a screen, and the one place where a picture file is opened."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from vl2agent.capture.base import CaptureScreen
from vl2agent.errors import ImageError, InputError
from vl2agent.geometry import Display, Size
from vl2agent.steps import Frame, Settled

MAX_PIXELS = 64_000_000
"""Larger than an 8K screen twice over; a file that claims more is refused before it is decoded."""


def load_frame(path: str | Path) -> Frame:
    """Read a PNG, JPEG or WebP file as a frame, the way up that its camera says.

    Raises:
        ImageError: no such file, not a picture, cut short, or larger than 64 megapixels.
    """
    return _opened(path, path)


def read_frame(data: bytes, name: str) -> Frame:
    """Read the content of such a file; `name` is what errors call it.

    Raises:
        ImageError: as `load_frame`.
    """
    return _opened(io.BytesIO(data), name)


def _opened(source: str | Path | io.BytesIO, path: str | Path) -> Frame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is stricter
            with Image.open(source, formats=("PNG", "JPEG", "WEBP", "BMP", "GIF")) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise ImageError(path, f"{image.width}x{image.height} pixels, more than {MAX_PIXELS:,}")
                return Frame.from_image(ImageOps.exif_transpose(image))
    except FileNotFoundError:
        raise ImageError(path, "no such file") from None
    except IsADirectoryError:
        raise ImageError(path, "it is a folder") from None
    except UnidentifiedImageError:
        raise ImageError(path, "not a picture") from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ImageError(path, str(error) or type(error).__name__) from error


class ImageScreen(CaptureScreen):
    """A screen that shows pictures one after the other, and goes on showing the last one.

    Args:
        pictures: files or frames, at least one, all of one size.

    Raises:
        InputError: no picture, or sizes differ.
        ImageError: a file cannot be read.
    """

    def __init__(self, *pictures: str | Path | Frame) -> None:
        frames: Sequence[Frame] = [item if isinstance(item, Frame) else load_frame(item) for item in pictures]
        if not frames:
            raise InputError("expected at least one picture, got none")
        if len(sizes := {str(frame.size) for frame in frames}) > 1:
            raise InputError(f"expected pictures of one size, got {', '.join(sorted(sizes))}")
        self._frames, self._next = frames, 0

    @property
    def size(self) -> Size:
        return self._frames[0].size

    @property
    def displays(self) -> tuple[Display, ...]:
        first = self._frames[0]
        return (Display("pictures", first.region, first.scale),)

    def grab(self) -> Frame:
        frame = self._frames[self._next]
        self._next = min(self._next + 1, len(self._frames) - 1)
        return frame

    def settled(self, timeout_s: float = 3.0, *, quiet_s: float = 0.0, min_wait_s: float = 0.0) -> Settled:
        """Return the next picture at once: pictures do not move."""
        return Settled(self.grab(), "settled", 0.0)
