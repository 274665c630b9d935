"""Lines become texts again."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_page import BLUE, FRAME, Drawing

from vl2agent.web2code.ir import Font, Page, Run, Text
from vl2agent.web2code.structure.merging import joint
from vl2agent.web2code.structure.structure import structure

LINES = (
    "The first line of a text is as wide as its box",
    "and the second one goes on until the box ends,",
    "the last.",
)


def stacked(*lines: str, left: int = 20, pitch: int = 24, **font: Any) -> Page:
    """Write lines below one another."""
    draw = Drawing()
    return structure(draw.page(*(draw.text(line, left, 40 + pitch * n, **font) for n, line in enumerate(lines))))


def only(page: Page) -> Text:
    """Return the one text on a page."""
    (text,) = page.texts
    return text


def test_wrapped_lines_are_one_text() -> None:
    """With its line height, and every line where it stood."""
    text = only(stacked(*LINES))
    assert text.string == " ".join(LINES)
    assert (text.line_height, text.align) == (24, "left")
    assert [text.string[line.first : line.last] for line in text.lines] == list(LINES)


def test_short_lines_are_a_list() -> None:
    """Nothing broke them but their ends."""
    page = stacked("Home", "Products and prices", "About", "Contact", "Imprint and privacy")
    assert len(page.texts) == 5
    assert [block.role for block in page.root.walk()].count("item") == 5


def test_a_heading_in_the_middle_is_one_text() -> None:
    """Lines with one middle are centered."""
    draw = Drawing()
    lines = [
        draw.text("Your favorite place for", 400 - 230, 40, size=40),
        draw.text("free things", 400 - 110, 90, size=40),
    ]
    text = only(structure(draw.page(*lines)))
    assert (text.string, text.align) == ("Your favorite place for free things", "center")


def test_a_larger_gap_parts_paragraphs() -> None:
    """Each is a text of its own."""
    draw = Drawing()
    tops = (40, 64, 112, 136)
    page = structure(
        draw.page(*(draw.text(line, 20, top) for line, top in zip((*LINES[:2], *LINES[:2]), tops, strict=True)))
    )
    assert [text.string for text in page.texts] == [" ".join(LINES[:2])] * 2


@pytest.mark.parametrize(
    ("before", "after", "between"),
    [("a well-", "known thing", ""), ("ends -", "goes on", " "), ("plain", "words", " "), ("日本", "語です", "")],
)
def test_what_stood_between_lines(before: str, after: str, between: str) -> None:
    """A blank, but for hyphens and scripts without blanks."""
    assert joint(before, after) == between


def test_code_keeps_its_lines_and_blanks() -> None:
    """Indentation and blank lines are counted in characters and lines."""
    draw = Drawing()
    rows = ((20, 40, "def f(x):"), (20 + 4 * 8, 60, "return x"), (20, 100, "print(f(1))"))
    lines = [draw.text(line, left, top, family="mono") for left, top, line in rows]
    text = only(structure(draw.page(draw.box(10, 30, 410, 120, style=FRAME), *lines)))
    assert text.preformatted
    assert text.string == "def f(x):\n    return x\n\nprint(f(1))"
    assert text.line_height == 20
    assert [text.string[line.first : line.last] for line in text.lines] == [line for _, _, line in rows]


def test_bullets_make_items() -> None:
    """The dots are gone, the browser draws them."""
    draw = Drawing()
    dots = [draw.box(24, 44 + 24 * n, 29, 49 + 24 * n, style=BLUE) for n in range(3)]
    texts = [draw.text(f"Point number {n}", 40, 41 + 24 * n) for n in range(3)]
    (made,) = [block for block in structure(draw.page(*dots, *texts)).root.walk() if block.role == "list"]
    assert [item.marker for item in made.children] == ["disc"] * 3
    assert not any(block.id in {dot.id for dot in dots} for block in made.walk())


def test_numbers_make_ordered_items() -> None:
    """The numbers are gone from the texts."""
    page = stacked("1. Wash", "2. Rinse", "3. Repeat")
    assert [text.string for text in page.texts] == ["Wash", "Rinse", "Repeat"]
    assert [block.role for block in page.root.walk()].count("ordered_list") == 1


def test_one_number_is_no_list() -> None:
    """A heading may begin with one."""
    assert only(stacked("1. About this manual", size=30)).string == "1. About this manual"


def test_indented_items_are_lists_in_items() -> None:
    """Indented further than the item above."""
    draw = Drawing()
    blocks = []
    for n, left in enumerate((40, 64, 64, 40)):
        blocks.append(draw.text("•", left - 14, 40 + 24 * n, size=10))
        blocks.append(draw.text(f"Point number {n}", left, 40 + 24 * n))
    page = structure(draw.page(*blocks))
    outer = next(block for block in page.root.walk() if block.role == "list")
    assert [len(item.children) for item in outer.children] == [2, 1]
    assert outer.children[0].children[1].role == "list"


def test_fonts_that_were_measured_a_little_differently_are_one() -> None:
    """A bold word stays a run of its own."""
    draw = Drawing()
    runs = (Run(text="and the "), Run(text="second", font=Font(weight=700)), Run(text=LINES[1][14:]))
    lines = [
        draw.text(LINES[0], 20, 40),
        draw.text(LINES[1], 20, 64, size=15.7, runs=runs),
        draw.text(LINES[2], 20, 88),
    ]
    assert [run.text for run in only(structure(draw.page(*lines))).runs if run.font] == ["second"]
