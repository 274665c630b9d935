"""Buttons are told from fields by where their text stands."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from vl2agent.geometry import ScreenBox
from vl2agent.planner.captions import is_captioned
from vl2agent.steps import Frame

BOX = ScreenBox(20, 20, 180, 46)


def drawn(text: str, left: int, *, ground: str = "white", arrow: bool = False) -> Frame:
    """Draw a box with a text in it, and a list's arrow."""
    image = Image.new("RGB", (200, 66), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((BOX.left, BOX.top, BOX.right - 1, BOX.bottom - 1), fill=ground, outline="#777777")
    pen.text((BOX.left + left, BOX.top + 5), text, fill="black", font=ImageFont.load_default(13))
    if arrow:
        pen.text((BOX.right - 20, BOX.top + 5), "v", fill="black", font=ImageFont.load_default(13))
    return Frame.from_image(image)


def middle(text: str) -> int:
    """Where a text starts that stands in the middle."""
    return round((BOX.width - ImageFont.load_default(13).getlength(text)) / 2)


@pytest.mark.parametrize(("text", "ground"), [("Delete", "#efefef"), ("Send all", "white"), ("OK", "#99bbff")])
def test_a_text_in_the_middle_is_a_caption(text: str, ground: str) -> None:
    """Whatever the button's colour."""
    assert is_captioned(BOX, drawn(text, middle(text), ground=ground))


@pytest.mark.parametrize(("text", "arrow"), [("", False), ("Ada", False), ("Medium", True), ("|", False)])
def test_what_a_field_holds_is_none(text: str, arrow: bool) -> None:
    """Nothing, a value, a list's choice, a caret."""
    assert not is_captioned(BOX, drawn(text, 6, arrow=arrow))
