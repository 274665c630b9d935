"""Boxes, shadows and gradients are measured as the page's own CSS says them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from vl2agent.geometry import ImageBox
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Gradient
from vl2agent.web2code.perceive.cards import Painted
from vl2agent.web2code.perceive.shapes import find_shapes

pytestmark = pytest.mark.display

PAGE = """<style>
body { margin: 0; background: #f4f5f7; height: 600px } div { position: absolute; box-sizing: border-box }
#card { left: 40px; top: 40px; width: 300px; height: 200px; background: #fff; border: 1px solid #d0d4dc;
  border-radius: 8px; box-shadow: 0 4px 16px rgba(0, 0, 0, .2) }
#pill { left: 400px; top: 60px; width: 120px; height: 40px; background: #0d6efd; border-radius: 20px }
#bar { left: 600px; top: 0; width: 200px; height: 600px; background: linear-gradient(#4e73df, #224abe) }
#line { left: 40px; top: 300px; width: 400px; height: 1px; background: #ccc }
#quote { left: 40px; top: 340px; width: 300px; height: 60px; background: #fff3cd; border-left: 4px solid #ffc107 }
#stripe { left: 40px; top: 440px; width: 500px; height: 30px; background: #f8f9fa }
</style><div id=card></div><div id=pill></div><div id=bar></div><div id=line></div><div id=quote></div>
<div id=stripe></div>"""


@cache
def picture() -> Pixels:
    """Return the page as Chromium draws it, RGB."""
    with BrowserSandbox(html=PAGE, size=(800, 600)) as browser:
        return np.ascontiguousarray(browser.grab().pixels[..., 2::-1])


def box_at(left: int, top: int) -> Painted:
    """Return the box that begins there."""
    return next(p for p in find_shapes(picture(), []).boxes if (p.box.left, p.box.top) == (left, top))


def test_the_page_has_its_background() -> None:
    """The color of the largest flat area is the page's."""
    assert find_shapes(picture(), []).background == "#f4f5f7"


def test_a_card_has_its_edges_and_its_border() -> None:
    """The box is the border's outer edge, to the pixel, and the border has its color on every side."""
    card = box_at(40, 40)
    edges = [card.style.top, card.style.right, card.style.bottom, card.style.left]
    assert card.box == ImageBox(40, 40, 340, 240)
    assert [edge and (edge.width, edge.color) for edge in edges] == [(1.0, "#d0d4dc")] * 4


def test_round_corners_are_measured_within_a_pixel() -> None:
    """Radii of 8 px and of a pill come out as they were written."""
    assert box_at(40, 40).style.radius == pytest.approx((8,) * 4, abs=1)
    assert box_at(400, 60).style.radius == pytest.approx((20,) * 4, abs=1)


def test_a_shadow_is_fitted() -> None:
    """Offset and blur of a shadow come out as they were written."""
    (shadow,) = box_at(40, 40).style.shadows
    assert (shadow.x, shadow.y, shadow.blur) == pytest.approx((0, 4, 16), abs=1.5)


def test_a_gradient_has_its_direction_and_its_ends() -> None:
    """A vertical gradient is one box with two stops."""
    background = box_at(600, 0).style.background
    assert isinstance(background, Gradient)
    assert (background.angle, len(background.stops)) == (180, 2)
    assert background.stops[-1].color[:2] == "#2"


def test_a_bar_at_the_left_is_a_border_of_its_box() -> None:
    """A message's accent is a border on one side only."""
    quote = box_at(40, 340).style
    assert quote.left is not None
    assert (quote.left.width, quote.left.color, quote.right) == (4.0, "#ffc107", None)


def test_a_line_is_a_rule() -> None:
    """A hairline across the page is no box and no picture."""
    (rule,) = [mark for mark in find_shapes(picture(), []).marks if mark.kind == "rule"]
    assert (rule.box, rule.color) == (ImageBox(40, 300, 440, 301), "#cccccc")


def test_a_pale_stripe_is_seen() -> None:
    """A stripe four levels from the page is a box of its color."""
    assert box_at(40, 440).style.background == "#f8f9fa"


def test_nothing_drawn_in_css_is_kept_as_a_picture() -> None:
    """Shadows and gradients are described, not pasted."""
    shapes = find_shapes(picture(), [])
    assert not shapes.photos
    assert not [mark for mark in shapes.marks if mark.kind in ("icon", "chart")]
