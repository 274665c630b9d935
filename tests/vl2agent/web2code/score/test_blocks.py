"""Blocks are the text nodes that can be seen, with the ink they leave."""

from __future__ import annotations

import pytest

from vl2agent.web2code.render import Renderer
from vl2agent.web2code.score.blocks import text_nodes

pytestmark = pytest.mark.display


def seen(renderer: Renderer, html: str) -> list[str]:
    """Return the texts of the blocks of a page."""
    return [node.text for node in text_nodes(renderer.render(html))]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='color:transparent'>no",
        "<p style='color:#fff'>no",
        "<p style='font-size:0'>no",
        "<p style='position:absolute;left:-999px'>no",
        "<p style='clip-path:inset(50%)'>no",
        "<div style='position:relative'><p>no</p><div style='position:absolute;inset:0;background:#eee'></div></div>",
    ],
)
def test_text_that_nobody_sees_is_no_block(renderer: Renderer, hidden: str) -> None:
    """Transparent, of its paper's color, without size, outside, cut off, covered."""
    assert seen(renderer, f"<p>yes</p>{hidden}") == ["yes"]


def test_the_box_is_the_ink(renderer: Renderer) -> None:
    """Not the line's height, nor the element's width."""
    (node,) = text_nodes(renderer.render("<body style='margin:0'><p style='font:40px/100px Liberation Sans'>H"))
    assert (node.box.height, node.box.width < 40) == (28, True)  # Arial's capitals have 0.716 of the size


def test_a_block_has_the_color_of_its_strongest_ink(renderer: Renderer) -> None:
    """Blended edges do not count."""
    (node,) = text_nodes(renderer.render("<p style='color:#c03;font-size:30px'>color"))
    assert node.color == (0xCC, 0, 0x33)


def test_lines_that_overlap_do_not_steal_ink(renderer: Renderer) -> None:
    """With lines closer than their fonts are high, each text keeps its own."""
    html = "<body style='font:40px/32px Liberation Sans'><div>HHH</div><div>HHH</div>"
    first, second = text_nodes(renderer.render(html))
    assert second.box.top - first.box.top == 32
    assert first.box.height == second.box.height


def test_a_label_over_a_field_is_told_from_it(renderer: Renderer) -> None:
    """Floating labels stand inside of the box of their field."""
    html = "<div style='position:relative'><input><label style='position:absolute;left:9px;top:2px'>Name</label></div>"
    assert seen(renderer, html) == ["Name"]


def test_pictures_of_text_are_no_blocks(renderer: Renderer) -> None:
    """What a drawing or generated content shows is not text of the page."""
    html = "<style>i::before{content:'icon'}</style><i></i><p>text"
    assert seen(renderer, html) == ["text"]
