"""Pictures cut out, as boxes of their colour, or left out: their places and words stay."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw
from sample_documents import around

from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.element import Document, Element
from vl2agent.web2code.emit.html import write_html
from vl2agent.web2code.emit.pictures import Pictures, cut_out, with_pictures
from vl2agent.web2code.ir import Asset, Block, Page
from vl2agent.web2code.render import Renderer

BOX = ImageBox(10, 20, 74, 68)
SHOT = Image.new("RGB", (100, 100), "#ffffff")
ImageDraw.Draw(SHOT).rectangle((10, 20, 73, 67), fill="#cc8844")
PAGE = Page(
    width=100,
    height=100,
    root=Block(
        id="b0",
        role="page",
        box=ImageBox(0, 0, 100, 100),
        children=(Block(id="b1", role="image", box=BOX, asset="a1"),),
    ),
    assets=(Asset(id="a1", box=BOX, alt="A cat"),),
)
SHOWN = Element("img", {"src": "assets/a1.png", "alt": "A cat"}, {"width": "64px", "height": "48px"})
BEHIND = Element("div", style={"background-image": 'url("assets/a1.png")', "height": "20px"})


def written(pictures: Pictures) -> tuple[Document, dict[str, bytes]]:
    """Return a page with a picture, and one behind a box, as asked for."""
    return with_pictures(around(SHOWN, BEHIND), PAGE, SHOT, pictures)


def test_a_picture_is_cut_out_of_the_screenshot() -> None:
    """Its file holds its pixels."""
    _, files = written("crop")
    with Image.open(io.BytesIO(files["assets/a1.png"])) as picture:
        assert picture.size == (64, 48)
        assert picture.convert("RGB").getcolors() == [(64 * 48, (0xCC, 0x88, 0x44))]


def test_a_placeholder_is_a_box_of_the_mean_colour() -> None:
    """No file; the words are kept, and so is the size."""
    document, files = written("placeholder")
    shown, behind = document.body.children
    assert files == {}
    assert isinstance(shown, Element)
    assert isinstance(behind, Element)
    assert shown.attributes == {"role": "img", "aria-label": "A cat"}
    assert shown.style["background-color"] == "#cc8844"
    assert behind.style["background-image"] == "linear-gradient(#cc8844, #cc8844)"


def test_a_picture_left_out_keeps_its_words() -> None:
    """Nothing is drawn."""
    document, files = written("none")
    shown, behind = document.body.children
    assert files == {}
    assert isinstance(shown, Element)
    assert isinstance(behind, Element)
    assert shown.attributes["aria-label"] == "A cat"
    assert "background-color" not in shown.style
    assert behind.style["background-image"] == "none"


@pytest.mark.display
def test_a_picture_of_one_colour_looks_like_its_placeholder(renderer: Renderer) -> None:
    """It stands where the picture stood, as large as it was."""
    crop, placeholder = (renderer.render(write_html(*written(pictures))).image for pictures in ("crop", "placeholder"))
    assert ImageChops.difference(crop, placeholder).getbbox() is None


def test_a_picture_is_cut_without_the_text_over_it() -> None:
    """What covers a picture is painted out in its file."""
    image = Image.new("RGB", (60, 40), "#336699")
    image.paste("#ffffff", (20, 10, 40, 20))
    asset = Asset(id="a1", box=ImageBox(5, 5, 55, 35), covered=(ImageBox(20, 10, 40, 20),))
    pixels = np.asarray(cut_out(asset, image), np.int16)
    assert pixels.shape == (30, 50, 3)
    assert np.abs(pixels - (0x33, 0x66, 0x99)).max() <= 8
