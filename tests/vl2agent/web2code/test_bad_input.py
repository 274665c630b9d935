"""Pictures that nobody would call a screenshot: a page or a typed error, in the end."""

from __future__ import annotations

import random
from collections.abc import Callable

import html5lib
import pytest
from hostile_texts import NASTY, css_faults, faults
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from vl2agent.web2code import convert
from vl2agent.web2code.emit.harmless import clean
from vl2agent.web2code.perceive.perceive import perceive
from vl2agent.web2code.render import Renderer


def photo() -> Image.Image:
    """Draw what has no straight line and no flat colour."""
    chance = random.Random(1)
    image = Image.effect_noise((400, 300), 80).convert("RGB")
    for _ in range(40):
        x, y, radius = chance.randrange(400), chance.randrange(300), chance.randrange(10, 60)
        color = tuple(chance.randrange(256) for _ in range(3))
        ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
    return image.filter(ImageFilter.GaussianBlur(6))


def texts(lines: tuple[str, ...], ink: str, paper: str) -> Image.Image:
    """Draw lines of text."""
    image = Image.new("RGB", (900, 60 + 40 * len(lines)), paper)
    font = ImageFont.truetype("LiberationSans-Regular.ttf", 18)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((40, 30 + 40 * number), line, font=font, fill=ink)
    return image


def hostile() -> Image.Image:
    """Draw texts that would be code if they were not text."""
    return texts(tuple(clean(text) for text in NASTY[:10]), "#111111", "#ffffff")


def dark() -> Image.Image:
    """Draw light texts on a dark page."""
    return texts(("Dashboard", "Settings and more", "A longer line of words."), "#c9d1d9", "#0d1117")


@pytest.mark.display
@pytest.mark.parametrize("draw", [photo, dark, hostile])
def test_any_picture_becomes_a_harmless_page(draw: Callable[[], Image.Image], renderer: Renderer) -> None:
    """Valid, without scripts, handlers and requests."""
    code = convert(draw(), rounds=0, renderer=renderer).code
    html = code.files["index.html"].decode()
    html5lib.HTMLParser(strict=True).parse(html)
    assert faults(html) == []
    assert css_faults(code.files["style.css"].decode()) == []
    assert renderer.render(code).refused == ()


@pytest.mark.display
def test_a_dark_page_is_dark(renderer: Renderer) -> None:
    """Its paper is the body's, and its words are light."""
    found = convert(dark(), rounds=0, renderer=renderer)
    assert "Settings and more" in found.html
    assert found.rendered.getpixel((5, 5)) == (0x0D, 0x11, 0x17)


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (7, 7)])
def test_a_picture_too_small_for_anything_is_an_empty_page(size: tuple[int, int]) -> None:
    """One colour, no blocks."""
    page = perceive(Image.new("RGB", size, "#00ff00"))
    assert (page.width, page.height) == size
    assert page.root.children == ()
