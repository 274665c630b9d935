"""Code of a whole page."""

from __future__ import annotations

from typing import Literal

import pytest
from PIL import Image
from sample_pages import Sketch

from vl2agent.web2code.emit.emit import emit


@pytest.mark.parametrize(("width", "expected"), [(1280, 640), (641, 640), (375, 374)])
@pytest.mark.parametrize("style", ["css", "tailwind"])
def test_a_narrow_page_is_as_it_was_seen(width: int, expected: int, style: Literal["css", "tailwind"]) -> None:
    """What is done for narrow windows starts below the width of the picture."""
    sketch = Sketch()
    page = sketch.page(sketch.text("Ships arrive on Monday", 40, 60)).model_copy(update={"width": width})
    css = emit(page, Image.new("RGB", (width, 900), "white"), style=style).files["style.css"].decode()
    wanted = f"(max-width: {expected}px)" if style == "css" else f"(width < {expected + 1}px)"
    assert wanted.replace("641px", "40rem") in css
