"""The flat page becomes a tree, and nothing gets lost on the way."""

from __future__ import annotations

from itertools import pairwise

from drawn_page import BLUE, FRAME, Drawing, block_of, role_of
from hypothesis import HealthCheck, given, settings
from random_pages import random_pages

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Font, Page, Run, Style
from vl2agent.web2code.structure.doubles import without_doubles
from vl2agent.web2code.structure.nesting import holds
from vl2agent.web2code.structure.structure import structure


def letters(page: Page) -> list[str]:
    """Return all letters on a page, in alphabetical order."""
    return sorted("".join(text.string for text in page.texts).replace(" ", "").replace("\n", ""))


@given(random_pages())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_on_a_page_ends_up_in_a_valid_tree(page: Page) -> None:
    """Every word but the signs of items and what was read twice is in it, and every picture."""
    page = without_doubles(page)
    made = structure(page)
    Page.model_validate(made.model_dump())
    markers = sum(block.marker is not None for block in made.root.walk())
    assert len(letters(made)) >= len(letters(page)) - 2 * markers
    assert {text.id for text in made.texts} <= {text.id for text in page.texts}
    assert len(made.assets) >= len(page.assets) - markers


@given(random_pages())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_children_stand_in_their_parents(page: Page) -> None:
    """Or they stick out by little, or lines in them run out at the right."""
    for block in structure(page).root.walk():
        for child in block.children:
            runs_out = any(each.text and each.box.right > block.box.right for each in child.walk())
            assert holds(block.box, child.box) or runs_out or block.role == "page" or block.marker is not None


def test_a_box_with_a_text_alone_carries_it() -> None:
    """A button is one block."""
    draw = Drawing()
    page = structure(draw.page(draw.box(20, 20, 140, 60, style=BLUE), draw.text("Sign in", 50, 34)))
    assert len(page.root.children) == 1
    assert block_of(page, "Sign in").style == BLUE


def test_boxes_hold_what_stands_in_them() -> None:
    """Two cards side by side are a row of two columns."""
    draw = Drawing()
    cards = [draw.box(left, 20, left + 300, 220, style=FRAME) for left in (20, 340)]
    texts = [draw.text(words, left + 20, top) for left in (20, 340) for words, top in (("Title", 40), ("Words", 90))]
    (row,) = [block for block in structure(draw.page(*cards, *texts)).root.walk() if block.layout.flow == "row"]
    assert [[child.role for child in card.children] for card in row.children] == [["text", "text"]] * 2
    assert len({card.template for card in row.children}) == 1


def test_a_sidebar_is_a_column_beside_the_text() -> None:
    """Its lines are not mixed with those of the text, wherever these stand."""
    draw = Drawing()
    side = [draw.text(f"Link {n}", 20, 20 + 24 * n) for n in range(10)]
    main = [draw.text(f"A paragraph that stands alone, number {n}.", 300, 20 + 55 * n) for n in range(6)]
    page = structure(draw.page(*side, *main))
    words = [text.string for text in page.texts]
    assert words == sorted(words, key=lambda each: not each.startswith("Link"))


def test_what_stands_on_an_edge_is_laid_over_the_rest() -> None:
    """One block goes out of the flow, not all."""
    draw = Drawing()
    card, badge = draw.box(20, 20, 320, 220, style=FRAME), draw.box(280, 5, 340, 35, style=BLUE)
    page = structure(draw.page(card, badge, *(draw.text(f"Line {n}", 40, 60 + 40 * n) for n in range(3))))
    assert page.root.layout.flow == "overlay"
    assert [block.id for block in page.root.children] == [card.id, badge.id]


def test_labels_stay_with_their_fields() -> None:
    """Two columns of label over field are rows of pairs."""
    draw = Drawing()
    blocks: list[Block] = []
    for column in (20, 420):
        for row in range(3):
            blocks.append(draw.text("Label", column, 20 + 90 * row))
            blocks.append(draw.box(column, 40 + 90 * row, column + 360, 76 + 90 * row, style=FRAME))
    rows = structure(draw.page(*blocks)).root.children
    assert [row.layout.flow for row in rows] == ["row"] * 3
    assert all([child.role for child in pair.children] == ["text", "group"] for row in rows for pair in row.children)


def test_cards_of_one_width_are_a_grid() -> None:
    """The last row may be shorter."""
    draw = Drawing()
    cards = [draw.box(x, y, x + 200, y + 100, style=FRAME) for y in (20, 140) for x in (20, 240, 460)][:5]
    texts = [draw.text("Card", card.box.left + 20, card.box.top + 20) for card in cards]
    page = structure(draw.page(*cards, *texts))
    grid = page.root if page.root.layout.flow == "grid" else page.root.children[0]
    assert grid.layout.flow == "grid"
    assert grid.layout.columns == (0, 220, 440)


def test_rows_of_words_are_a_table() -> None:
    """Three columns, a bold head, right-aligned numbers."""
    draw = Drawing()
    lines = [("Name", "City", "Sum"), ("Ada", "London", "12"), ("Grace", "New York", "4500"), ("Edsger", "Austin", "7")]
    cells = []
    for row, words in enumerate(lines):
        for column, word in enumerate(words):
            left = (20, 220, 520 - 8 * len(word))[column]
            cells.append(draw.text(word, left, 20 + 36 * row, weight=700 if row == 0 else 400))
    page = structure(draw.page(*cells))
    (table,) = [block for block in page.root.walk() if block.role == "table"]
    assert [len(row.children) for row in table.children] == [3, 3, 3, 3]
    assert role_of(page, "City") == "header_cell"
    assert role_of(page, "Austin") == "cell"
    assert {text.align for text in page.texts if text.string.isdigit()} == {"right"}


def test_rules_between_rows_become_borders() -> None:
    """No block is left for them."""
    draw = Drawing()
    grey = Style(background="#cccccc")
    blocks = [draw.box(20, 50 + 40 * row, 620, 51 + 40 * row, role="rule", style=grey) for row in range(3)]
    blocks += [draw.text(word, left, 24 + 40 * row) for row in range(3) for left, word in ((30, "Key"), (330, "Value"))]
    (table,) = [block for block in structure(draw.page(*blocks)).root.walk() if block.role == "table"]
    assert [row.style.bottom.color for row in table.children if row.style.bottom] == ["#cccccc"] * 3
    assert all(above.box.bottom == below.box.top for above, below in pairwise(table.children))


def test_a_filled_bar_shows_progress() -> None:
    """How much is filled is measured."""
    draw = Drawing()
    grey, blue = Style(background="#e9ecef"), Style(background="#0d6efd")
    bars = draw.box(20, 20, 420, 36, style=grey), draw.box(20, 20, 120, 36, style=blue)
    (bar,) = (block for block in structure(draw.page(*bars, draw.text("Done", 20, 60))).root.walk() if block.field)
    assert bar.role == "progress"
    assert bar.field is not None
    assert bar.field.value == 0.25


def test_ground_and_line_of_words_go_into_their_runs() -> None:
    """Inline code and underlined links are no boxes."""
    draw = Drawing()
    text = draw.text("Call the function main first", 20, 20)
    at = text.box.left + 18 * 8
    ground = draw.box(at - 2, 14, at + 34, 36, style=Style(background="#eeeeee", radius=(3, 3, 3, 3)))
    page = structure(draw.page(ground, text))
    assert sum(1 for _ in page.root.walk()) == 2
    (made,) = page.texts
    assert [run.text for run in made.runs if run.font and run.font.background == "#eeeeee"] == ["main"]


def test_grid_lines_between_cells_become_borders() -> None:
    """A box that shines through between white cells is the color of their lines."""
    draw = Drawing()
    ground = draw.box(20, 20, 421, 141, style=Style(background="#d0d0d0"))
    white = Style(background="#ffffff")
    places = [(left, top) for top in (21, 61, 101) for left in (21, 121, 221, 321)]
    cells = [draw.box(left, top, left + 99, top + 39, style=white) for left, top in places]
    texts = [draw.text("cell", left + 10, top + 12) for left, top in places]
    page = structure(draw.page(ground, *cells, *texts))
    (table,) = [block for block in page.root.walk() if block.role == "table"]
    assert table.style.background == "#ffffff"
    assert {cell.style.top.color for row in table.children for cell in row.children if cell.style.top} == {"#d0d0d0"}


def test_texts_are_in_the_order_of_the_tree() -> None:
    """Reading order is document order, column by column."""
    draw = Drawing()
    page = structure(
        draw.page(
            *(draw.box(left, 20, left + 200, 300, style=FRAME) for left in (20, 240)),
            *(
                draw.text(f"{column}{row}", left + 20, 40 + 70 * row)
                for row in range(3)
                for column, left in (("a", 20), ("b", 240))
            ),
        )
    )
    assert [text.string for text in page.texts] == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_a_picture_with_words_on_it_is_a_ground() -> None:
    """It stays on the page as a background."""
    draw = Drawing()
    page = structure(
        draw.page(draw.picture(0, 0, 1280, 500), draw.text("Welcome", 500, 200), draw.text("Hello", 500, 300))
    )
    assert [block.style.picture for block in page.root.walk() if block.style.picture] == ["a0"]
    assert ImageBox(0, 0, 1280, 500) in {block.box for block in page.root.walk()}
    assert Font() == page.texts[0].font


def test_texts_side_by_side_are_columns() -> None:
    """Two addresses are read one after the other; the lines of a table are farther apart."""
    draw = Drawing()
    address = ("795 Folsom Avenue", "San Francisco, CA", "Phone (804) 123-5432")
    page = structure(draw.page(*(draw.text(f"{words} {n}", left, 20 + 24 * row) for row, words in enumerate(address)
                                 for n, left in enumerate((20, 420)))))  # fmt: skip
    assert [text.string[-1] for text in page.texts] == ["0"] * 3 + ["1"] * 3


def test_what_was_read_twice_is_said_once() -> None:
    """The better reading stays, whatever its blanks; the same word elsewhere stays too."""
    draw = Drawing()
    page = draw.page(draw.text("Y EAR 202", 20, 20), draw.text("YEAR 2024", 20, 20), draw.text("YEAR 2024", 20, 80))
    poor, *others = page.texts
    page = page.model_copy(update={"texts": (poor.model_copy(update={"confidence": 0.5}), *others)})
    assert [text.string for text in structure(page).texts] == ["YEAR 2024"] * 2


def test_a_button_at_the_end_of_a_head_is_no_column() -> None:
    """It stands beyond the text below, and yet in the line of the title."""
    draw = Drawing()
    side = draw.box(0, 0, 200, 800, style=BLUE)
    texts = [draw.text("A paragraph of the page.", 240, 120 + 60 * n) for n in range(5)]
    page = structure(draw.page(side, draw.text("Title", 240, 30), draw.box(900, 20, 980, 60, style=FRAME), *texts))
    assert len(page.root.children) == 2
    head, *others = page.root.children[1].children
    assert (head.layout.flow, len(head.children), len(others)) == ("row", 2, 5)


def test_an_underline_that_stops_at_letters_is_one() -> None:
    """Browsers leave it out where a letter reaches below it."""
    link, gap = Font(color="#0000ee", underline=True), Font(color="#0000ee")
    runs = (Run(text="Sta", font=link, kind="link"), Run(text="g", font=gap), Run(text="e 1", font=link, kind="link"))
    draw = Drawing()
    (text,) = structure(draw.page(draw.text("Stage 1", 20, 20, runs=runs))).texts
    assert [(run.text, run.kind) for run in text.runs] == [("Stage 1", "link")]


def test_a_line_that_runs_out_of_its_box_stays_in_it() -> None:
    """It begins there, above another one."""
    draw = Drawing()
    box = draw.box(10, 10, 230, 200, style=BLUE)
    lines = draw.text("A title that is longer than its box", 20, 40), draw.text("Words", 20, 90)
    page = structure(draw.page(box, *lines))
    assert [child.id for child in page.block_by_id[box.id].children] == [line.id for line in lines]
