"""The score: 1 for a page against itself, little for a pasted screenshot, and what lies between."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from vl2agent.errors import InputError
from vl2agent.web2code.render import Renderer
from vl2agent.web2code.score.score import Score, score

pytestmark = pytest.mark.display

PAGE = """<!doctype html><html lang=en><body style="font:16px Liberation Sans;margin:40px;background:#f4f6f8">
<nav><ul><li><a href=#>Home</a><li><a href=#>Prices</a></ul></nav><h1>Harbor</h1>
<p>One dashboard for every <b>dock</b>, crane and <a href=#>customs form</a>, with a log of all that ever came in.</p>
<form><input placeholder="Your mail"> <button>Subscribe</button></form>
<table><tr><th>Vessel<th>Load<tr><td>Aurora<td>8,120 t</table><div style="height:300px;background:#246"></div>"""


def pasted(image: Image.Image, text: str, color: str) -> str:
    """Return a page that is nothing but a picture with text over it."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    return f"<body style='margin:0'><img src='{url}'><p style='position:absolute;top:0;color:{color}'>{text}"


def test_a_page_against_itself_is_perfect(renderer: Renderer) -> None:
    """Every term is 1, and nothing beside speaks against it."""
    same = score(PAGE, PAGE, renderer=renderer)
    terms = (same.strict, same.block, same.text, same.position, same.color, same.visual, same.d2c5, same.box_iou)
    assert terms == pytest.approx((1.0,) * 8)
    assert (same.suspect, same.overflow_375, same.abs_share) == (False, False, 0.0)


def test_a_pasted_screenshot_scores_little_and_is_suspect(renderer: Renderer) -> None:
    """With transparent text over it there is no block to match, and too much picture."""
    page = renderer.render(PAGE)
    found = score(page, pasted(page.image, "Harbor One dashboard for every dock", "transparent"), renderer=renderer)
    assert (found.strict < 0.2, found.block, found.suspect) == (True, 0.0, True)


def test_a_pasted_screenshot_under_visible_text_is_suspect(renderer: Renderer) -> None:
    """Its words would count, so the picture has to tell."""
    page = renderer.render(PAGE)
    assert score(page, pasted(page.image, "Harbor", "black"), renderer=renderer).suspect


def test_a_request_to_elsewhere_is_suspect(renderer: Renderer) -> None:
    """Also where the page is the same otherwise."""
    found = score(PAGE, PAGE + "<img src=http://elsewhere.example/a.png width=1 height=1>", renderer=renderer)
    assert (found.suspect, found.refused) == (True, 1)


def test_strict_is_what_its_formula_says(renderer: Renderer) -> None:
    """0.8 of the block share times how well pairs agree, and 0.2 of the looks."""
    found = score(PAGE, PAGE.replace("Harbor", "Harbour").replace("#246", "#a46"), renderer=renderer)
    mean = (found.text + found.position + found.color) / 3
    assert found.strict == pytest.approx(0.8 * found.block * mean + 0.2 * found.visual)
    assert 0.9 < found.strict < 1


def test_missing_blocks_lower_the_block_share_only(renderer: Renderer) -> None:
    """What is there is still matched in full."""
    found = score("<p>one line</p><p>another line", "<p>one line</p>", renderer=renderer)
    assert (found.text, 0.3 < found.block < 0.8) == (1.0, True)


def test_blocks_tell_pairs_and_lone_ones(renderer: Renderer) -> None:
    """Reference first, in document order; then what nobody asked for."""
    found = score("<p>apples</p><p>pears", "<p>apples</p><p>zucchini 77", renderer=renderer)
    told = [(block.reference, block.generated) for block in found.blocks]
    assert told == [("apples", "apples"), ("pears", None), (None, "zucchini 77")]


def test_a_smaller_font_lowers_the_overlap(renderer: Renderer) -> None:
    """Text, position and color hardly feel it."""
    found = score("<p style='font-size:20px'>Harbor", "<p style='font-size:16px'>Harbor", renderer=renderer)
    assert found.box_iou < 0.75 < found.strict


def test_pages_without_text_agree_on_it(renderer: Renderer) -> None:
    """A blank page is matched by a blank page, not by one with words."""
    assert score("<p>", "<div></div>", renderer=renderer).strict == pytest.approx(1)
    assert score("<p>", "<p>words", renderer=renderer).block == 0


def test_a_page_that_scrolls_sideways_on_a_phone_is_told(renderer: Renderer) -> None:
    """Also where it hides what sticks out."""
    wide = "<body style='overflow-x:hidden'><div style='width:800px'>wide"
    assert score("<p>wide", wide, renderer=renderer).overflow_375


def test_what_lies_beside_is_counted(renderer: Renderer) -> None:
    """Placed elements, depth, bytes and height."""
    page = "<main><p style='position:absolute'>x</p><section><p>visible é</p></section></main>"
    found = score("<p>visible é<div style='height:1000px'>", page, renderer=renderer)
    assert (found.abs_share, found.depth, found.reference_depth) == (0.25, 3, 1)
    assert (found.html_bytes, found.text_bytes) == (len(page.encode()), len("visible é".encode()))
    assert found.size_ratio < 1


def test_a_score_is_json(renderer: Renderer) -> None:
    """It can be written down and read again."""
    found = score("<p>x", "<p>x", renderer=renderer)
    assert Score.model_validate_json(found.model_dump_json()) == found


def test_what_is_no_page_is_told(renderer: Renderer) -> None:
    """A typed error, not a score."""
    with pytest.raises(InputError, match="expected"):
        score(PAGE, "no-such-file.html", renderer=renderer)


def test_a_picture_stands_in_for_a_page(renderer: Renderer, tmp_path: Path) -> None:
    """What is read in it is compared; nobody knows its tags."""
    renderer.render(PAGE).image.save(tmp_path / "page.png")
    found = score(tmp_path / "page.png", PAGE, renderer=renderer)
    assert (found.strict > 0.8, found.position > 0.95, found.roles, found.reference_depth) == (True, True, None, None)


def test_a_picture_is_no_page_to_be_scored(renderer: Renderer) -> None:
    """Only a reference may be one."""
    with pytest.raises(InputError, match="expected code, HTML"):
        score(PAGE, Image.new("RGB", (9, 9)), renderer=renderer)  # type: ignore[arg-type]
