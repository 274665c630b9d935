"""Do two pictures of the screen show the same?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from vl2agent.geometry import ScreenBox
from vl2agent.replay.likeness import clock_of, regions_apart
from vl2agent.steps import Frame

SIZE = (400, 200)


def screen(
    text: str = "Ready to save", at: tuple[float, float] = (40, 60), caret: bool = False, clock: str = "19:07"
) -> Image.Image:
    """Draw a window with a line of text, and a clock in the corner."""
    image = Image.new("RGB", SIZE, "#f0f0f0")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 40, 300, 100), "white", "gray")
    draw.text(at, text, "black", ImageFont.load_default(15))
    draw.text((350, 6), clock, "black", ImageFont.load_default(12))
    if caret:
        draw.line((200, 58, 200, 76), "black")
    return image


def apart(one: Image.Image, other: Image.Image, *masks: ScreenBox) -> tuple[ScreenBox, ...]:
    """Compare two pictures."""
    return regions_apart(Frame.from_image(one), Frame.from_image(other), masks)


def noisy(image: Image.Image) -> Image.Image:
    """Change every pixel a little."""
    shaken = np.asarray(image).astype(np.int16) + np.random.default_rng(7).integers(-9, 10, (*SIZE[::-1], 3))
    return Image.fromarray(shaken.clip(0, 255).astype(np.uint8))


def dotted(image: Image.Image) -> Image.Image:
    """Draw every other pixel of an upright line."""
    ImageDraw.Draw(image).point([(200, y) for y in range(58, 77, 2)], "black")
    return image


ALIKE: dict[str, Callable[[], Image.Image]] = {
    "the very same": screen,
    "a caret": lambda: screen(caret=True),
    "noise": lambda: noisy(screen()),
    "softer edges": lambda: screen().filter(ImageFilter.GaussianBlur(0.4)),
    "letters a part of a pixel to the side": lambda: screen(at=(40.4, 60)),
}
OTHER: dict[str, Callable[[], Image.Image]] = {
    "another letter": lambda: screen("Ready to save".replace("v", "m")),
    "another digit": lambda: screen("Ready to sav3"),
    "a part of a letter": lambda: screen("Ready to sove"),
    "a bar as thin as a caret, and broken": lambda: dotted(screen()),
    "a word less": lambda: screen("Ready to"),
    "text elsewhere": lambda: screen(at=(40, 66)),
    "no text at all": lambda: screen(""),
    "another size": lambda: screen().resize((399, 200)),
    "a selection": lambda: Image.composite(
        screen(), Image.new("RGB", SIZE, "#a0c0ff"), Image.new("L", SIZE, 255).point(lambda _: 160)
    ),
}


@pytest.mark.parametrize("what", ALIKE)
def test_what_says_nothing_else_is_the_same(what: str) -> None:
    """Noise, soft edges and a caret."""
    assert apart(screen(), ALIKE[what]()) == ()


@pytest.mark.parametrize("what", OTHER)
def test_what_says_something_else_differs(what: str) -> None:
    """In both directions."""
    assert apart(screen(), OTHER[what]())
    assert apart(OTHER[what](), screen())


def test_the_clock_differs_and_its_mask_hides_that_alone() -> None:
    """What is masked may differ, and nothing beside it."""
    later = screen(clock="20:15")
    clock = clock_of(Frame.from_image(screen()))
    assert apart(screen(), later)
    assert apart(screen(), later, clock) == ()
    assert apart(screen(), screen("Gone", clock="20:15"), clock)


def test_what_differs_is_told_by_its_place() -> None:
    """A box around the letters, and not around the screen."""
    (box,) = apart(screen("Ready to save"), screen("Ready to fold"))
    assert ScreenBox(90, 55, 150, 85).intersection(box) == box
