"""Absolute layout: ink where it was."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sample_pages import Sketch

from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.emit import emit
from vl2agent.web2code.ir import Family, Font, Page
from vl2agent.web2code.render import Rendered, Renderer

pytestmark = pytest.mark.display
BLANK = Image.new("RGB", (1280, 800), "white")


def ink_in(rendered: Rendered, box: ImageBox) -> tuple[int, int, int, int]:
    """Return the edges of what is dark around a box."""
    left, top = box.left - 12, box.top - 8
    part = np.asarray(rendered.image.convert("L"))[top : box.bottom + 8, left : box.right + 12] < 160
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    return left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1


def drawn(page: Page, renderer: Renderer) -> Rendered:
    """Draw a page in absolute layout."""
    return renderer.render(emit(page, BLANK, layout="absolute", instrumented=True))


@pytest.mark.parametrize("family", ["sans", "serif", "mono", "courier", "system", "wide"])
def test_ink_lands_within_a_pixel(family: Family, renderer: Renderer) -> None:
    """In every family, at sizes that are whole and that are not."""
    sketch = Sketch()
    sizes = [11, 13.33, 16, 22.4, 40]
    blocks = [
        sketch.text("Hamburg jumps", 100, 60 + 60 * row, font=Font(family=family, size=size))
        for row, size in enumerate(sizes)
    ]
    rendered = drawn(sketch.page(*blocks), renderer)
    for block in blocks:
        off = np.subtract(ink_in(rendered, block.box), block.box.edges)
        assert np.abs(off).max() <= 1, (family, block.box, off)


def test_a_line_is_spaced_to_the_width_it_had(renderer: Renderer) -> None:
    """Ten pixels more over a line of letters."""
    sketch = Sketch()
    block = sketch.text("Letters and more letters", 100, 60)
    page = sketch.page(block)
    (text,) = page.texts
    wider = text.lines[0].model_copy(
        update={"box": ImageBox(*block.box.edges[:2], block.box.right + 10, block.box.bottom)}
    )
    page = page.model_copy(update={"texts": (text.model_copy(update={"lines": (wider,)}),)})
    assert abs(ink_in(drawn(page, renderer), wider.box)[2] - wider.box.right) <= 1


def test_lines_of_a_paragraph_are_one_text(renderer: Renderer) -> None:
    """So that they read as one."""
    sketch = Sketch()
    page = sketch.page(sketch.text("First line of it\nand the second", 100, 60))
    (text,) = drawn(page, renderer).dom.texts
    assert text.text.split() == ["First", "line", "of", "it", "and", "the", "second"]


def test_items_keep_their_signs(renderer: Renderer) -> None:
    """A number is drawn at the left of the second item, and it is a 2."""
    sketch = Sketch()
    items = [
        sketch.text(f"Item {n}", 140, 60 + 30 * n).model_copy(update={"role": "item", "marker": "decimal"})
        for n in range(2)
    ]
    page = sketch.page(sketch.box((140, 48, 200, 100), *items, role="ordered_list", background=None))
    sign = ImageBox(112, items[1].box.top, 136, items[1].box.bottom)
    assert (np.asarray(drawn(page, renderer).image.convert("L").crop(sign.edges)) < 160).any()
    assert b"list-item 2" in emit(page, BLANK, layout="absolute").files["style.css"]
