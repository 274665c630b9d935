"""How large DeepSeek-VL2 sees a picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2.tiling import choose_canvas
from vl2agent.canvas import canvas_for, sight
from vl2agent.geometry import Size

SIDES = st.integers(1, 8000)


@given(SIDES, SIDES)
def test_the_canvas_is_the_models(width: int, height: int) -> None:
    """The same rule, down to ties."""
    canvas = canvas_for(Size(width, height))
    assert (canvas.width_px, canvas.height_px) == choose_canvas(width, height)


@pytest.mark.parametrize(
    ("size", "seen"), [((1920, 1080), 0.711), ((1280, 800), 0.96), ((2560, 1600), 0.48), ((192, 192), 2.0)]
)
def test_screens_shrink_and_crops_grow(size: tuple[int, int], seen: float) -> None:
    """Pixels of the canvas for each of the picture's."""
    assert sight(Size(*size)) == pytest.approx(seen, abs=0.001)
