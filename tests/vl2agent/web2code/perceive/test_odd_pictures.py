"""Pictures that are no pages still give shapes, or none."""

from __future__ import annotations

import numpy as np
import pytest

from vl2agent.geometry import ImageBox
from vl2agent.web2code.perceive.shapes import find_shapes


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (1, 300), (200, 300)])
def test_blank_pictures_of_any_size_are_only_background(size: tuple[int, int]) -> None:
    """A picture of one color has no shapes."""
    shapes = find_shapes(np.full((*size, 3), 32, np.uint8), [])
    assert (shapes.background, shapes.boxes, shapes.photos, shapes.marks) == ("#202020", (), (), ())


def test_noise_is_one_photo() -> None:
    """What has no flat part at all is a picture, whole."""
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    assert find_shapes(noise, []).photos == (ImageBox(0, 0, 400, 300),)
