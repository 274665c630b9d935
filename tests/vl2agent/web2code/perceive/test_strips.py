"""Strips of tall pages."""

from __future__ import annotations

import numpy as np

from vl2agent.web2code.perceive.strips import strips


def test_strips_cover_the_page_and_avoid_what_is_drawn() -> None:
    """A cut goes through blank rows, although the middle of a strip is not blank."""
    image = np.full((5000, 60, 3), 255, np.uint8)
    image[1300:1500, ::2] = 0
    cuts = strips(image, height=1400)
    assert cuts[0][0] == 0
    assert cuts[-1][1] == 5000
    assert all(not 1300 < bottom < 1500 for _, bottom in cuts)


def test_a_short_page_is_one_strip() -> None:
    """Nothing is cut without need."""
    assert strips(np.zeros((900, 10, 3), np.uint8)) == [(0, 900)]
