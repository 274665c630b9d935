"""Pictures as data URLs, encoded once however often they are sent."""

from __future__ import annotations

import base64
import io
from collections import OrderedDict
from functools import lru_cache
from threading import Lock

from blake3 import blake3
from PIL import Image

from vl2agent.errors import InputError

REMEMBERED = 8
"""Pictures: the frames and crops of a step or two."""
FAST = 1
"""zlib's level: a screen takes a tenth of the time of level 9 and little more room."""


class PngCache:
    """Encodes pictures as `data:image/png;base64,...`, and remembers the last ones by their content."""

    def __init__(self) -> None:
        self._urls: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def url(self, image: Image.Image) -> str:
        """Encode a picture, or give what was encoded before.

        Raises:
            InputError: it has no area, or no plain 8-bit colours.
        """
        picture = _eight_bit(image)
        key = blake3(f"{picture.mode} {picture.size}".encode()).update(picture.tobytes()).digest()
        with self._lock:
            if key in self._urls:
                self._urls.move_to_end(key)
                return self._urls[key]
        url = _encoded(picture)
        with self._lock:
            self._urls[key] = url
            while len(self._urls) > REMEMBERED:
                self._urls.popitem(last=False)
        return url


@lru_cache(maxsize=64)
def blank_url(width: int, height: int) -> str:
    """Encode an empty picture: it costs a model as many tokens as any of its size, and a request few bytes."""
    return _encoded(Image.new("1", (width, height)))


def _eight_bit(image: Image.Image) -> Image.Image:
    """Convert to RGB, or RGBA where something is transparent, leaving behind what the file said of it."""
    if not all(image.size) or image.mode[:1] in ("I", "F"):
        raise InputError(f"expected a picture of 8-bit colours with an area, got mode {image.mode}, size {image.size}")
    picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
    picture.info = {}
    return picture


def _encoded(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=FAST)
    return "data:image/png;base64," + base64.b64encode(buffer.getbuffer()).decode("ascii")
