"""Texts of pages whose HTML is known, drawn by a real browser and read by the real networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vl2agent.web2code.ir import Text
from vl2agent.web2code.perceive.text import read_texts

if TYPE_CHECKING:
    from vl2agent.web2code.render import Renderer

pytestmark = pytest.mark.display

PAGE = """<!doctype html><body style="margin:20px;font:16px/24px Arial;color:#222">
<h1 style="font-size:44px;line-height:60px">Measure twice</h1>
<p style="font:17px/26px 'Times New Roman'">Serif text doesn’t need a guess, it is measured</p>
<p>Plain words and <b>heavy words</b> and <a href="#" style="color:#0645ad">a blue link</a> on one line</p>
<p>The <code style="font:14px 'Courier New';background:#eee;padding:2px 4px">inline code</code> has a paper</p>
<p style="font-size:11px;color:#8a8a8a">Small grey print at the end of the page</p>
<p><span style="background:#2244cc;color:#fff;padding:8px 16px;font-weight:bold">SUBMIT ORDER</span></p>
<pre style="font:14px/20px monospace">def area(width, height):
    return width * height</pre>
<p style="width:700px">Just add it! <a href="#" style="color:#1eaedb">If</a> you need help hit me up <b>now</b></p>
<p>Shipped to Berlin <i style="display:inline-block;width:8px;height:8px;border-radius:4px;background:#2fb344;
margin:0 4px"></i> Paid</p>
<p><u>Underlined from end to end</u></p>
</body>"""


@pytest.fixture(scope="module")
def texts(renderer: Renderer) -> list[Text]:
    """What is read on the page."""
    return read_texts(np.asarray(renderer.render(PAGE).image.convert("RGB")))


def _of(texts: list[Text], start: str) -> Text:
    return next(text for text in texts if text.string.startswith(start))


def test_every_line_is_read_to_the_letter(texts: list[Text]) -> None:
    """Blanks, curly quotes, code: the strings are those of the page."""
    assert [text.string for text in texts] == [
        "Measure twice",
        "Serif text doesn’t need a guess, it is measured",
        "Plain words and heavy words and a blue link on one line",
        "The inline code has a paper",
        "Small grey print at the end of the page",
        "SUBMIT ORDER",
        "def area(width, height):",
        "return width * height",
        "Just add it! If you need help hit me up now",
        "Shipped to Berlin",
        "Paid",
        "Underlined from end to end",
    ]


@pytest.mark.parametrize(
    ("start", "family", "size", "weight"),
    [
        ("Measure", "sans", 44, 700),
        ("Serif", "serif", 17, 400),
        ("Plain", "sans", 16, 400),
        ("Small", "sans", 11, 400),
        ("SUBMIT", "sans", 16, 700),
        ("def", "mono", 14, 400),
    ],
)
def test_fonts_are_measured(texts: list[Text], start: str, family: str, size: float, weight: int) -> None:
    """Family and weight are the page's, the size to half a pixel."""
    font = _of(texts, start).font
    assert (font.family, font.weight) == (family, weight)
    assert font.size == pytest.approx(size, abs=0.5)


def test_a_bold_part_of_a_line_is_a_run(texts: list[Text]) -> None:
    """Bold words are cut out of their line."""
    bold = [run.text for run in _of(texts, "Plain").runs if run.font and run.font.weight >= 600]
    assert bold == ["heavy words"]


def test_short_words_keep_the_font_of_their_line(texts: list[Text]) -> None:
    """Two letters of another color are a link, but no evidence of another family or size."""
    text = _of(texts, "Just")
    fonts = {run.text.strip(): run.font or text.font for run in text.runs}
    assert (fonts["If"].family, fonts["If"].size) == (text.font.family, text.font.size)
    assert fonts["now"].weight == 700


def test_a_colored_part_of_a_line_is_a_run(texts: list[Text]) -> None:
    """A link keeps its color; the words around it keep theirs."""
    blue = [
        run.text
        for run in _of(texts, "Plain").runs
        if run.font and run.font.color != "#222222" and run.font.weight < 600
    ]
    assert [part.strip() for part in blue] == ["a blue link"]


def test_inline_code_keeps_font_and_paper(texts: list[Text]) -> None:
    """Code in a sentence is a run with its own family and background."""
    code = next(run for run in _of(texts, "The inline").runs if run.font and run.font.background)
    assert code.font is not None
    assert (code.text, code.kind, code.font.family, code.font.background) == (
        "inline code",
        "code",
        "courier",
        "#eeeeee",
    )


def test_an_underline_is_a_property_of_the_font(texts: list[Text]) -> None:
    """The line under characters is none of their ink."""
    assert _of(texts, "Underlined").font.underline


def test_white_letters_on_a_button_are_white(texts: list[Text]) -> None:
    """The paper of a button is not taken for ink."""
    assert _of(texts, "SUBMIT").font.color == "#ffffff"


def test_the_baseline_is_a_row_of_the_picture(texts: list[Text]) -> None:
    """Capitals end where the baseline is."""
    submit = _of(texts, "SUBMIT").lines[0]
    assert abs(submit.baseline - submit.box.bottom) <= 1


@pytest.mark.parametrize("size", [(1, 1), (40, 40), (300, 5)])
def test_an_empty_picture_has_no_texts(size: tuple[int, int]) -> None:
    """Nothing to read is no error."""
    assert read_texts(np.full((size[1], size[0], 3), 200, np.uint8)) == []
