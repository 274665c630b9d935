"""Pictures of pages, at CSS pixels."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from vl2agent.errors import InputError
from vl2agent.web2code.source import page_picture


def test_edges_stay_sharp_at_twice_the_scale() -> None:
    """A box that begins and ends with a CSS pixel has no halo."""
    twice = Image.new("RGB", (80, 60), "white")
    ImageDraw.Draw(twice).rectangle((20, 20, 59, 39), fill="navy")
    picture, scale = page_picture(twice, 2)
    assert (picture.size, scale) == ((40, 30), 2)
    assert len(picture.getcolors() or ()) == 2


@pytest.mark.parametrize("source", [None, 3, [1, 2]])
def test_what_has_no_picture_is_refused(source: object) -> None:
    """With what would do."""
    with pytest.raises(InputError, match=f"Pillow image.*got {type(source).__name__}"):
        page_picture(source)  # type: ignore[arg-type]
