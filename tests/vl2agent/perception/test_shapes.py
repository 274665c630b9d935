"""Panes and marks found in drawn pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from vl2agent.geometry import ImageBox
from vl2agent.perception.shapes import find_shapes
from vl2agent.steps import Frame, Pixels


def picture(*boxes: ImageBox, ground: str = "#eeeeee", fill: str = "white") -> Pixels:
    """Draw outlined boxes on a plain ground."""
    image = Image.new("RGB", (400, 300), ground)
    pen = ImageDraw.Draw(image)
    for box in boxes:
        pen.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=fill, outline="#888888")
    return Frame.from_image(image).pixels[..., :3]


def near(a: ImageBox, b: ImageBox) -> bool:
    """Tell whether the edges of two boxes differ by two pixels at most."""
    return all(abs(x - y) <= 2 for x, y in zip(a.edges, b.edges, strict=True))


def test_an_entry_is_a_pane() -> None:
    """An outlined box is found to two pixels."""
    entry = ImageBox(50, 60, 250, 90)
    assert any(near(pane, entry) for pane in find_shapes(picture(entry), []).panes)


def test_a_pane_with_a_gradient_is_one_pane() -> None:
    """Buttons of many themes get darker downwards."""
    button = ImageBox(50, 100, 150, 130)
    pixels = picture(button).copy()
    pixels[101:129, 51:149] = np.linspace(250, 200, 28).astype(np.uint8)[:, None, None]
    assert any(near(pane, button) for pane in find_shapes(pixels, []).panes)


def test_a_small_square_is_a_mark() -> None:
    """Check boxes are marks; so are icons."""
    square = ImageBox(20, 20, 34, 34)
    assert any(near(mark, square) for mark in find_shapes(picture(square), []).marks)


def test_text_is_not_a_mark() -> None:
    """What was read is left out."""
    square = ImageBox(20, 20, 34, 34)
    assert find_shapes(picture(square), [square]).marks == ()


def test_a_blank_picture_has_no_shapes() -> None:
    """Nothing is made up."""
    shapes = find_shapes(picture(), [])
    assert shapes.panes == shapes.marks == ()
