"""Pictures in requests: `data:` URLs, looked at before they are kept and decoded only when their turn has come.

Nothing is ever fetched: an address in a request must not make a server look inside its own network.
"""

from __future__ import annotations

import base64
import binascii
import io
import re

from PIL import Image, ImageOps, UnidentifiedImageError

from vl2agent.serve.limits import Limits
from vl2agent.serve.refusal import Refusal, too_large, unfit

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
_URL = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE)


class Upload:
    """A picture as it came, still encoded.

    Raises:
        Refusal: it is no data URL, no picture, or too large.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        head = _URL.match(url)
        if head is None:
            raise unfit(
                f"expected a picture as data:image/png;base64,..., got {url[:40]!r}; addresses are not fetched",
                param="messages",
                code="invalid_image_url",
            )
        try:
            self._data = base64.b64decode(url[head.end() :], validate=True)
        except (binascii.Error, ValueError) as error:
            raise _unreadable(f"its base64 is damaged: {error}") from None
        self._limits = limits

    def look(self) -> Image.Image:
        """Open it without decoding: its size is known, and that it is bearable.

        Raises:
            Refusal: it is no picture, or too large.
        """
        try:
            image = Image.open(io.BytesIO(self._data), formats=FORMATS)
            _require_bearable(image, self._limits)
            if "exif" in image.info:  # turned upright, as the viewers of photographs do
                ImageOps.exif_transpose(image, in_place=True)
        except Refusal:
            raise
        except UnidentifiedImageError:
            raise _unreadable(f"expected {', '.join(FORMATS)}, found something else") from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise too_large("pixels of a picture", self._limits.max_pixels) from None
        except Exception as error:  # noqa: BLE001  decoders raise OSError, SyntaxError, struct.error and more
            raise _unreadable(str(error) or type(error).__name__) from None
        return image

    def decode(self) -> Image.Image:
        """Decode it.

        Raises:
            Refusal: it is damaged.
        """
        image = self.look()
        try:
            image.load()
        except Exception as error:  # noqa: BLE001  as above
            raise _unreadable(f"{str(error) or type(error).__name__}; is it whole?") from None
        return image


def _require_bearable(image: Image.Image, limits: Limits) -> None:
    if image.width * image.height > limits.max_pixels:
        raise too_large("pixels of a picture", limits.max_pixels, image.width * image.height)
    if image.mode not in MODES:
        raise _unreadable(f"expected 8-bit colours, got mode {image.mode}")


def _unreadable(reason: str) -> Refusal:
    return unfit(f"a picture cannot be read: {reason}", param="messages", code="invalid_image")
