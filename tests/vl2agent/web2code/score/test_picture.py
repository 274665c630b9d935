"""Pictures compared without a model."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from vl2agent.web2code.score.picture import color_distance, ssim_full, visual


def boxes(*places: tuple[int, int, int, int], paper: str = "white", size: tuple[int, int] = (640, 400)) -> Image.Image:
    """Draw a page with dark boxes."""
    page = Image.new("RGB", size, paper)
    for place in places:
        ImageDraw.Draw(page).rectangle(place, fill="navy")
    return page


def test_a_picture_is_like_itself() -> None:
    """All three parts are 1, also where there is no edge."""
    assert visual(boxes((20, 20, 200, 200)), boxes((20, 20, 200, 200))) == pytest.approx(1)
    assert visual(boxes(), boxes()) == pytest.approx(1)


def test_nearer_pictures_are_more_alike() -> None:
    """A box that moved a little, one that moved far, another paper."""
    page = boxes((100, 100, 300, 200))
    near, far = (visual(page, boxes((100 + d, 100, 300 + d, 200))) for d in (10, 250))
    assert 1 > near > far > visual(page, boxes(paper="navy"))


def test_sizes_may_differ() -> None:
    """Both are squeezed; unsquashed, what one lacks counts as grey."""
    low, high = boxes(size=(640, 400)), boxes(size=(640, 800))
    assert visual(low, high) == pytest.approx(1)
    assert ssim_full(low, high) < ssim_full(low, low) == pytest.approx(1)


def test_the_smallest_pictures_are_compared() -> None:
    """Down to one pixel."""
    dot = Image.new("RGB", (1, 1), "white")
    assert visual(dot, dot) == ssim_full(dot, dot) == pytest.approx(1)


def test_colors_are_as_far_as_they_look() -> None:
    """Black and white are 100 apart."""
    assert color_distance((0, 0, 0), (255, 255, 255)) == pytest.approx(100)
    assert color_distance((10, 20, 30), (10, 20, 30)) == 0
