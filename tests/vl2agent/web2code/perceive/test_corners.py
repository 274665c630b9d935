"""Round corners of pictures are measured where the page shows through them."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from vl2agent.geometry import ImageBox
from vl2agent.web2code.perceive.corners import corner_radii
from vl2agent.web2code.render import Renderer

BOX = ImageBox(10, 10, 90, 90)


def photo() -> str:
    """Return the address of a picture without any flat part."""
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


@pytest.mark.display
@pytest.mark.parametrize("radius", ["0", "4px", "8px", "24px", "40px", "12px 0 20px 0"])
def test_corners_are_as_round_as_they_were_drawn(radius: str, renderer: Renderer) -> None:
    """To the pixel, from small corners to a disc."""
    drawn = renderer.render(
        f"<body style='margin:0; background:#eef'><img src='{photo()}' style='border-radius:{radius}; margin:10px'>"
    )
    lengths = [float(part.removesuffix("px")) for part in radius.split()]
    assert corner_radii(np.asarray(drawn.image), BOX) == tuple(lengths * (4 // len(lengths)))


def test_a_picture_that_fills_the_page_is_square() -> None:
    """Nothing can be told of corners that have no surroundings."""
    assert corner_radii(np.zeros((60, 60, 3), np.uint8), ImageBox(0, 0, 60, 60)) == (0, 0, 0, 0)
