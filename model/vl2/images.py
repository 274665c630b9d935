"""Pictures from anywhere, checked before any compute, and cut into the tiles that the model sees.

Files and bytes are turned upright as their EXIF orientation says, the way viewers show them; PIL images and arrays are
taken as they stand. Transparent parts are laid over white; the reference would show the colour hidden under them. An
opaque picture gives the same bytes either way.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.Image import Resampling, Transpose

from vl2.errors import ImageError
from vl2.tiling import TILE_SIZE, TileGrid

ImageSource: TypeAlias = Image.Image | str | Path | bytes | np.ndarray
"""A picture, the path of one, an encoded file's bytes, or uint8 pixels [height, width(, 1, 3 or 4)] in RGB order."""

MAX_PIXELS = 89_478_485
"""Larger pictures are refused; more than twice an 8K screen, and where Pillow begins to suspect a bomb."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Files that are read. Others that Pillow knows start programs (EPS) or are no pictures of screens."""

MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"})
PADDING = (127, 127, 127)
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip


def load_image(source: ImageSource) -> Image.Image:
    """Read a picture as RGB.

    Raises:
        ImageError: no file, damaged, without area, too large, or in a mode that has no plain 8-bit colours.
    """
    with _opened(source) as (image, turn):
        rgb = _rgb(image)
        return rgb if turn is None else rgb.transpose(turn)


def image_size(source: ImageSource) -> tuple[int, int]:
    """Give (width, height) as `load_image` would, without decoding pixels.

    Raises:
        ImageError: as `load_image`, save that a file cut short may go unnoticed.
    """
    with _opened(source) as (image, turn):
        width, height = image.size
        swapped = turn in (Transpose.TRANSPOSE, Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90)
        return (height, width) if swapped else (width, height)


def tiles_of(image: Image.Image, grid: TileGrid, tile_size: int = TILE_SIZE) -> np.ndarray:
    """Cut an RGB picture into its tiles: the whole of it first, then the grid row by row.

    Returns:
        uint8 [1 + across * down, 3, tile_size, tile_size].

    Raises:
        ImageError: it is so thin that nothing of it would be left.
    """
    size = grid.canvas(tile_size)
    if not all(_fitted(image.size, size)):
        raise ImageError(
            f"{image.width}x{image.height}",
            f"so thin that nothing of it is left on the {size[0]}x{size[1]} canvas the model sees; crop it",
        )
    whole = np.asarray(letterbox(image, (tile_size, tile_size)))[None]
    local = np.asarray(letterbox(image, size)).reshape(grid.down, tile_size, grid.across, tile_size, 3)
    tiles_HWC = np.concatenate([whole, local.swapaxes(1, 2).reshape(-1, tile_size, tile_size, 3)])
    return np.ascontiguousarray(tiles_HWC.transpose(0, 3, 1, 2))


def letterbox(image: Image.Image, canvas: tuple[int, int]) -> Image.Image:
    """Resize to fit a canvas, centred on grey.

    A picture so thin that a side rounds to nothing gives plain grey.

    Source: `PIL.ImageOps.pad` with bicubic resampling as of Pillow 13, reproduced with every version.
    """
    fitted = _fitted(image.size, canvas)
    if fitted == canvas:
        return _resized(image, canvas)
    padded = Image.new("RGB", canvas, PADDING)
    if all(fitted):
        offset = round((canvas[0] - fitted[0]) * 0.5), round((canvas[1] - fitted[1]) * 0.5)
        padded.paste(_resized(image, fitted), offset)
    return padded


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize one direction at a time, in the order of Pillow 13: others round tall pictures differently."""
    (width, height), (new_width, new_height) = image.size, size
    vertical_first = height > new_height and height - new_height > 2 * (width - new_width)
    between = (width, new_height) if vertical_first else (new_width, height)
    return image.resize(between, Resampling.BICUBIC).resize(size, Resampling.BICUBIC)


def _fitted(size: tuple[int, int], canvas: tuple[int, int]) -> tuple[int, int]:
    (width, height), (across, down) = size, canvas
    if width / height > across / down:
        return across, round(height / width * across)
    if width / height < across / down:
        return round(width / height * down), down
    return canvas


@contextmanager
def _opened(source: ImageSource) -> Iterator[tuple[Image.Image, Transpose | None]]:
    """Open and check a picture; say how it has to be turned. Failures inside, as in decoding, are ImageErrors too."""
    name = _name(source)
    try:
        if isinstance(source, Image.Image):
            yield _checked(source, name), None
        elif isinstance(source, np.ndarray):
            yield _checked(_from_array(source, name), name), None
        elif isinstance(source, str | Path | bytes):
            file = io.BytesIO(source) if isinstance(source, bytes) else source
            with Image.open(file, formats=FORMATS) as image:
                yield _checked(image, name), _turn(image)
        else:
            raise ImageError(name, "expected a PIL image, a path, bytes or a uint8 array")
    except ImageError:
        raise
    except FileNotFoundError:
        raise ImageError(name, "expected a picture, found no such file") from None
    except UnidentifiedImageError:
        raise ImageError(name, f"expected a picture ({', '.join(FORMATS)}), found something else") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(name, f"expected at most {MAX_PIXELS} pixels: {error}") from None
    except (
        Exception
    ) as error:  # decoders of damaged files raise OSError, SyntaxError, struct.error, zlib.error and more
        raise ImageError(name, f"cannot be read: {error or type(error).__name__}; is the file whole?") from error


def _checked(image: Image.Image, name: str) -> Image.Image:
    width, height = image.size
    if width < 1 or height < 1:
        raise ImageError(name, f"expected both sides to be at least 1 pixel, got {width}x{height}")
    if width * height > MAX_PIXELS:
        raise ImageError(name, f"expected at most {MAX_PIXELS} pixels, got {width}x{height}; crop or shrink it")
    if image.mode not in MODES:
        raise ImageError(name, f"expected a picture of 8-bit colours, got mode {image.mode}; scale it to 0..255 first")
    return image


def _from_array(pixels: np.ndarray, name: str) -> Image.Image:
    fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (1, 3, 4))
    if pixels.dtype != np.uint8 or not fits:
        raise ImageError(
            name, "expected uint8 pixels of shape [height, width], or with 1, 3 or 4 channels in RGB order"
        )
    if not pixels.size:
        raise ImageError(name, "expected both sides to be at least 1 pixel")
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2:] == (1,) else pixels)


def _turn(image: Image.Image) -> Transpose | None:
    if image.format == "TIFF":  # Pillow turns these itself
        return None
    # The method of the base class: that of PNG decodes all pixels to look behind them.
    return _UPRIGHT.get(Image.Image.getexif(image).get(_ORIENTATION_TAG, 1))


def _rgb(image: Image.Image) -> Image.Image:
    image.load()
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    if rgba.getchannel("A").getextrema() == (255, 255):
        return rgba.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def _name(source: object) -> str:
    if isinstance(source, str | Path):
        return str(source)
    if isinstance(source, bytes):
        return f"{len(source)} bytes"
    if isinstance(source, np.ndarray):
        return f"{source.dtype} array {list(source.shape)}"
    if isinstance(source, Image.Image):
        return f"{source.width}x{source.height} {source.mode} picture"
    return type(source).__name__
