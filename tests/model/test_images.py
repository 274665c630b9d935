"""Pictures: what is taken, how it is turned and flattened, and what is refused before any compute."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL
import pytest
from PIL import Image, ImageOps

from vl2.errors import ImageError
from vl2.images import MAX_PIXELS, ImageSource, image_size, letterbox, load_image, tiles_of
from vl2.tiling import TileGrid, choose_grid

PICTURES = Path(__file__).parents[1] / "fixtures" / "vl2" / "images"
WIDE = PICTURES / "wide_1000x300.png"


def test_every_kind_of_source_gives_the_same_pixels() -> None:
    """A path, a string, bytes, a PIL image and an array are one picture."""
    with Image.open(WIDE) as opened:
        opened.load()
        sources: list[ImageSource] = [WIDE, str(WIDE), WIDE.read_bytes(), opened, np.asarray(opened)]
        loaded = [load_image(source) for source in sources]
    assert all(image.mode == "RGB" and image.tobytes() == loaded[0].tobytes() for image in loaded)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"])
def test_modes_of_8_bits_become_rgb(mode: str) -> None:
    """White stays white from every mode that has plain colours."""
    white = Image.new("RGB", (3, 2), "white").convert("RGBA" if mode == "RGBa" else "RGB").convert(mode)
    assert load_image(white).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_arrays_may_be_grey_or_coloured(channels: tuple[int, ...]) -> None:
    """Height comes first; one, three or four channels, or none, come last."""
    assert load_image(np.full((2, 5, *channels), 255, np.uint8)).size == (5, 2)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_are_laid_over_white(mode: str) -> None:
    """The colour hidden under them is not shown."""
    clear = Image.new("RGBA", (2, 2), (0, 0, 0, 0)).convert(mode)
    assert load_image(clear).getpixel((0, 0)) == (255, 255, 255)


def test_a_transparent_palette_colour_is_laid_over_white() -> None:
    """GIFs and small PNGs name the transparent colour in their palette."""
    picture = Image.new("P", (2, 2), 0)
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.info["transparency"] = 0
    assert load_image(picture).getpixel((0, 0)) == (255, 255, 255)


def test_an_opaque_alpha_channel_changes_nothing() -> None:
    """Screenshots carry one; their colours are those of the plain picture."""
    with Image.open(WIDE) as opened:
        assert load_image(opened.convert("RGBA")).tobytes() == opened.convert("RGB").tobytes()


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_files_are_turned_upright(orientation: int, file_format: str) -> None:
    """The picture is as viewers show it, and its size can be told without decoding it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.effect_noise((40, 24), 90).convert("RGB")
    file = io.BytesIO()
    picture.save(file, file_format, exif=exif)
    with Image.open(file) as stored:
        expected = ImageOps.exif_transpose(stored).convert("RGB")
    loaded = load_image(file.getvalue())
    assert loaded.tobytes() == expected.tobytes()
    assert image_size(file.getvalue()) == loaded.size == expected.size


def test_a_pil_image_is_taken_as_it_stands() -> None:
    """Whoever holds pixels gets boxes in those pixels."""
    picture = Image.new("RGB", (4, 2))
    picture.getexif()[0x0112] = 6
    assert load_image(picture).size == image_size(picture) == (4, 2)


@pytest.mark.parametrize("mode", ["I", "F", "I;16", "LAB"])
def test_modes_without_plain_colours_are_refused(mode: str) -> None:
    """16-bit and float pictures have no one way to 8 bits."""
    with pytest.raises(ImageError, match="8-bit"):
        load_image(Image.new(mode, (2, 2)))


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 2), np.float32), np.zeros((2, 2, 2), np.uint8), np.zeros(4, np.uint8), np.zeros((0, 4, 3), np.uint8)],
)
def test_arrays_that_are_no_pictures_are_refused(pixels: np.ndarray) -> None:
    """Floats, two channels, one dimension, no rows."""
    with pytest.raises(ImageError, match="expected"):
        load_image(pixels)


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder, text and a number all say what was expected."""
    not_a_picture: ImageSource = 3  # type: ignore[assignment]
    for source in (tmp_path / "none.png", tmp_path, b"", b"hello", not_a_picture):
        with pytest.raises(ImageError):
            load_image(source)


def test_formats_that_start_programs_are_refused() -> None:
    """PostScript would be run by another program."""
    with pytest.raises(ImageError, match="something else"):
        load_image(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")


def test_a_picture_without_area_is_refused() -> None:
    """Pillow makes such pictures; no tile can be cut from them."""
    with pytest.raises(ImageError, match="at least 1 pixel"):
        load_image(Image.new("RGB", (0, 7)))


@pytest.mark.parametrize("side", [9_460, 20_000, 60_000])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    """A small file that unpacks to more pixels than the limit is never unpacked."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    end = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    with pytest.raises(ImageError, match=str(MAX_PIXELS)):
        image_size(b"\x89PNG\r\n\x1a\n" + chunk + end)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_a_damaged_file_is_a_picture_or_an_image_error(file_format: str) -> None:
    """Whatever bytes are cut off or changed, nothing else comes out of it."""
    file = io.BytesIO()
    Image.effect_noise((60, 40), 90).convert("RGB").save(file, file_format)
    whole, chance = file.getvalue(), random.Random(1)
    for _ in range(60):
        damaged = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.5 else whole)
        for _ in range(chance.randrange(4) if damaged else 0):
            damaged[chance.randrange(min(len(damaged), 200))] = chance.randrange(256)
        with contextlib.suppress(ImageError):
            assert load_image(bytes(damaged)).mode == "RGB"


def test_a_file_cut_short_is_refused() -> None:
    """Half a picture is not shown as if it were whole."""
    data = WIDE.read_bytes()
    with pytest.raises(ImageError, match="whole"):
        load_image(data[: len(data) // 2])


@pytest.mark.skipif(PIL.__version__ < "13", reason="older versions round tall pictures differently")
@pytest.mark.parametrize("canvas", [(384, 384), (1536, 768), (384, 3456)])
@pytest.mark.parametrize(
    "size", [(384, 384), (1920, 1080), (37, 2000), (20, 900), (400, 600), (333, 1), (101, 100), (768, 384)]
)
def test_a_letterbox_is_that_of_pillow(size: tuple[int, int], canvas: tuple[int, int]) -> None:
    """Bicubic, centred, grey, half to even: equal to `ImageOps.pad`, byte for byte."""
    picture = Image.effect_noise(size, 90).convert("RGB")
    expected = ImageOps.pad(picture, canvas, Image.Resampling.BICUBIC, (127, 127, 127))
    assert letterbox(picture, canvas).tobytes() == expected.tobytes()


def test_a_side_that_rounds_to_nothing_leaves_grey() -> None:
    """Versions of Pillow differ here; the model sees plain padding with all of them."""
    assert letterbox(Image.new("RGB", (1, 5000)), (384, 384)).getcolors() == [(384 * 384, (127, 127, 127))]


def test_a_thin_picture_keeps_its_local_tiles() -> None:
    """Its whole is grey, its parts still show three columns of it."""
    picture = Image.new("RGB", (10, 10_000), "black")
    tiles = tiles_of(picture, choose_grid(*picture.size))
    assert tiles[0].min() == 127
    assert all((tile == 0).any() for tile in tiles[1:])


def test_a_picture_of_which_nothing_is_left_is_refused() -> None:
    """The model would be shown grey alone."""
    with pytest.raises(ImageError, match="so thin"):
        tiles_of(Image.new("RGB", (1, 20_000)), TileGrid(1, 9))


def test_tiles_are_the_whole_and_then_the_rows_of_the_grid() -> None:
    """Row by row from the top left, channels first."""
    picture = Image.new("RGB", (1152, 768))
    for n in range(6):
        picture.paste((n * 40, 0, 9), (n % 3 * 384, n // 3 * 384, n % 3 * 384 + 384, n // 3 * 384 + 384))
    tiles = tiles_of(picture, TileGrid(3, 2))
    assert tiles.shape == (7, 3, 384, 384)
    assert tiles.dtype == np.uint8
    assert [tuple(int(channel) for channel in tile[:, 200, 200]) for tile in tiles[1:]] == [
        (n * 40, 0, 9) for n in range(6)
    ]
