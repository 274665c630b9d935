"""The pixels of recorded frames, put together from whole pictures and from patches.

Every file is checked against its digest when it is read, and events against their checksums: so what is put together
of them is what was seen, and needs no checking of its own.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from vl2agent.errors import RecordingDamaged
from vl2agent.geometry import ScreenBox, Size
from vl2agent.recording.schema import FRAMES, FrameSeen, PictureKept
from vl2agent.recording.storage import Storage
from vl2agent.steps import Frame, Pixels

REMEMBERED = 8
"""Frames whose pixels are kept, so that going through a recording puts each patch on once."""

MAX_PIXELS = 64_000_000
"""Of one frame; what claims to have more is refused before it is decoded."""

_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)
"""What Pillow raises where a PNG file is none."""


class Pictures:
    """Frames by number.

    Args:
        path: the recording, for errors.
        files: its files.
        seen: the frames.
        kept: what their pictures are made of.
    """

    def __init__(self, path: Path, files: Storage, seen: Iterable[FrameSeen], kept: Iterable[PictureKept]) -> None:
        self._path, self._files = path, files
        self._seen: Mapping[int, FrameSeen] = {event.frame: event for event in seen}
        self._kept: Mapping[int, PictureKept] = {event.frame: event for event in kept}
        self._pixels: OrderedDict[int, Pixels] = OrderedDict()

    def digest(self, frame: int) -> str | None:
        """Give the name of a frame's picture by content; None when it is a gap."""
        kept = self._kept.get(frame)
        return kept.digest if kept else None

    def frame(self, number: int) -> Frame | None:
        """Give a frame as it was seen; None when it is a gap.

        Raises:
            RecordingDamaged: its picture is missing, or is another one.
        """
        seen, kept = self._seen.get(number), self._kept.get(number)
        if seen is None or kept is None:
            return None
        frame = Frame(self._composed(number), seen.region, seen.mono_s, seen.scale, seen.windows, seen.tells_windows)
        frame.__dict__["digest"] = kept.digest  # its parts were checked when they were read
        return frame

    def _composed(self, number: int) -> Pixels:
        """Put a frame together, from the nearest one that is known."""
        chain = []
        last: int | None = number
        while last is not None and last not in self._pixels:
            chain.append(last)
            last = self._base(last)
        pixels = None if last is None else self._pixels[last]
        for each in reversed(chain):
            pixels = self._next(each, pixels)
            self._pixels[each] = pixels
        self._pixels.move_to_end(number)
        while len(self._pixels) > REMEMBERED:
            self._pixels.popitem(last=False)
        return self._pixels[number]

    def _base(self, number: int) -> int | None:
        """Name the frame that this one's patches lie on.

        Raises:
            RecordingDamaged: it is none of the frames before.
        """
        base = self._kept[number].base
        if base is not None and not (0 <= base < number and base in self._kept and base in self._seen):
            raise RecordingDamaged(self._path, f"frame {number} is made of frame {base}, which has no picture")
        return base

    def _next(self, number: int, base: Pixels | None) -> Pixels:
        """Make one frame of the one that it is based on.

        Raises:
            RecordingDamaged: the result is not what was seen.
        """
        region, kept = self._seen[number].region, self._kept[number]
        if base is None:
            return self._decoded(kept.digest, region.size, number)
        if base.shape[:2] != (region.height, region.width):
            raise RecordingDamaged(self._path, f"frame {number} is made of frame {kept.base}, which has another size")
        if not kept.patches:
            return base
        pixels = base.copy()
        for patch in kept.patches:
            pixels[self._place(patch.box, region, number)] = self._decoded(patch.digest, patch.box.size, number)
        return pixels

    def _place(self, box: ScreenBox, region: ScreenBox, number: int) -> tuple[slice, slice]:
        if box.intersection(region) != box:
            raise RecordingDamaged(self._path, f"frame {number}: a patch at {box} lies outside of {region}")
        top, left = box.top - region.top, box.left - region.left
        return slice(top, top + box.height), slice(left, left + box.width)

    def _decoded(self, digest: str, size: Size, number: int) -> Pixels:
        """Read a picture's file.

        Raises:
            RecordingDamaged: it is missing, cannot be read, or holds another picture than its name says.
        """
        name = f"{FRAMES}/{digest}.png"
        try:
            pixels = _pixels(self._files.read(name), size)
        except _UNREADABLE as error:
            raise RecordingDamaged(self._path, f"{name}, of frame {number}, cannot be read: {error}") from error
        if Frame(pixels, ScreenBox(0, 0, size.width_px, size.height_px), 0.0).digest != digest:
            raise RecordingDamaged(self._path, f"{name}, of frame {number}, is not the picture that was seen")
        return pixels


def _pixels(data: bytes, size: Size) -> Pixels:
    """Decode a PNG file of exactly this size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the checks below are stricter
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            if image.size != (size.width_px, size.height_px) or image.width * image.height > MAX_PIXELS:
                raise ValueError(f"expected {size} pixels, got {image.width}x{image.height}")
            raw = image.convert("RGB").tobytes("raw", "BGRX")
    return np.frombuffer(raw, np.uint8).reshape(size.height_px, size.width_px, 4)
