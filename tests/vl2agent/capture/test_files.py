"""Picture files as screens, and files that are no pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vl2agent.capture.files import ImageScreen, load_frame
from vl2agent.errors import ImageError, InputError


def _png(path: Path, size: tuple[int, int] = (40, 30), color: str = "red") -> Path:
    Image.new("RGB", size, color).save(path)
    return path


def test_a_picture_keeps_its_colours(tmp_path: Path) -> None:
    """Pixels go from the file to the frame and back unchanged."""
    frame = load_frame(_png(tmp_path / "a.png", color="#102030"))
    assert frame.image.getpixel((0, 0)) == (0x10, 0x20, 0x30)
    assert (frame.size.width_px, frame.size.height_px) == (40, 30)


def test_transparent_parts_become_white(tmp_path: Path) -> None:
    """A frame has no transparency; what shines through is white."""
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert load_frame(tmp_path / "clear.png").image.getpixel((1, 1)) == (255, 255, 255)


def test_a_photo_is_the_right_way_up(tmp_path: Path) -> None:
    """What the camera says about being turned is done."""
    exif = Image.Exif()
    exif[0x112] = 6
    Image.new("RGB", (40, 30)).save(tmp_path / "turned.jpg", exif=exif)
    assert load_frame(tmp_path / "turned.jpg").image.size == (30, 40)


def test_16_bits_a_pixel_keep_their_greys(tmp_path: Path) -> None:
    """They are no white picture."""
    Image.fromarray(np.full((4, 4), 128 * 257, np.uint16)).save(tmp_path / "deep.png")
    assert load_frame(tmp_path / "deep.png").image.getpixel((1, 1)) == (128, 128, 128)


def test_pictures_are_shown_in_turn_and_the_last_one_stays(tmp_path: Path) -> None:
    """Grabbing goes through the pictures and does not run out."""
    screen = ImageScreen(_png(tmp_path / "1.png", color="red"), _png(tmp_path / "2.png", color="blue"))
    digests = [screen.settled().frame.digest for _ in range(3)]
    assert digests[0] != digests[1] == digests[2]


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, foreign and beheaded files give an ImageError that names the file."""
    (tmp_path / "bad.png").write_bytes(content)
    with pytest.raises(ImageError, match=r"bad\.png"):
        load_frame(tmp_path / "bad.png")


def test_a_truncated_picture_is_refused(tmp_path: Path) -> None:
    """Half a file is not half a picture."""
    path = tmp_path / "cut.png"
    Image.effect_noise((200, 200), 50).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ImageError):
        load_frame(path)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    """A small file that claims 100 megapixels is not unpacked."""
    Image.new("1", (10_000, 10_000)).save(tmp_path / "bomb.png")
    with pytest.raises(ImageError, match="pixels"):
        load_frame(tmp_path / "bomb.png")


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    """The error says which of the two it is."""
    with pytest.raises(ImageError, match=r"no such file|folder"):
        load_frame(tmp_path / name)


def test_no_pictures_and_mixed_sizes_are_refused(tmp_path: Path) -> None:
    """A screen has one size."""
    with pytest.raises(InputError, match="at least one"):
        ImageScreen()
    with pytest.raises(InputError, match="one size"):
        ImageScreen(_png(tmp_path / "a.png"), _png(tmp_path / "b.png", size=(10, 10)))
