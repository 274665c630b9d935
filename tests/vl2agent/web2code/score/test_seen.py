"""What is compared, where there is no HTML to ask."""

from __future__ import annotations

from PIL import Image, ImageDraw

from vl2agent.geometry import ImageBox
from vl2agent.web2code.score.seen import without


def test_texts_are_painted_out_with_their_paper() -> None:
    """Each with the color around it."""
    page = Image.new("RGB", (100, 60), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 30, 99, 59), fill="navy")
    blank = page.copy()
    for top in (5, 35):
        pen.rectangle((10, top, 60, top + 10), fill="red")
    boxes = [ImageBox(10, top, 61, top + 11) for top in (5, 35)]
    assert without(page, boxes).tobytes() == blank.tobytes()
