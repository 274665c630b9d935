"""What blocks are, by rules."""

from __future__ import annotations

import pytest
from drawn_page import BLUE, FRAME, SENTENCE, Drawing, block_of, role_of

from vl2agent.web2code.ir import Block, Edge, Font, Layout, Page, Run, Style
from vl2agent.web2code.name.contents import language_of
from vl2agent.web2code.name.rules import name

LINK = Font(color="#0d6efd")


def roles(page: Page) -> dict[str, str]:
    """Return the role of each block by its id."""
    return {block.id: block.role for block in name(page).root.walk()}


def test_sizes_and_weights_rank_headings() -> None:
    """The largest is 1; a sentence is none, nor is a number."""
    draw = Drawing()
    page = name(
        draw.page(
            draw.text("The page", 20, 20, size=36),
            draw.text(SENTENCE, 20, 80),
            draw.text("A part", 20, 120, size=24),
            draw.text(SENTENCE, 20, 160),
            draw.text("A small part", 20, 200, weight=700),
            draw.text(SENTENCE, 20, 240),
            draw.text("$4,200", 20, 280, size=36),
        )
    )
    assert [
        (role_of(page, words), block_of(page, words).level) for words in ("The page", "A part", "A small part")
    ] == [
        ("heading", 1),
        ("heading", 2),
        ("heading", 3),
    ]
    assert (role_of(page, SENTENCE), role_of(page, "$4,200")) == ("text", "text")
    assert page.title == "The page"


@pytest.mark.parametrize(("words", "role"), [("Earnings", "heading"), ("EARNINGS", "text")])
def test_small_capitals_over_a_figure_are_no_heading(words: str, role: str) -> None:
    """However bold; the same in plain letters may be one."""
    draw = Drawing()
    page = name(draw.page(draw.text(words, 20, 20, size=14.5, weight=700), draw.text(SENTENCE, 20, 60)))
    assert role_of(page, words) == role


def test_no_level_of_headings_is_skipped() -> None:
    """A small heading right under the largest is of the second level, wherever one of middle size comes later."""
    draw = Drawing()
    headings = [("The page", 36), ("Small", 20), ("Middle", 26), ("Smaller", 20)]
    made = [
        draw.text(words, 20, 20 + 60 * row + 20 * part, size=size if not part else 16.0)
        for row, (title, size) in enumerate(headings)
        for part, words in enumerate((title, SENTENCE))
    ]
    page = name(draw.page(*made))
    assert [block_of(page, title).level for title, _ in headings] == [1, 2, 2, 3]


@pytest.mark.parametrize("beside", [False, True])
def test_bold_alone_makes_a_heading_only_of_what_stands_alone(beside: bool) -> None:
    """A bold word on a line with others is a value, or a name."""
    draw = Drawing()
    bold = draw.text("Total", 20, 100, weight=700)
    line = [draw.text("Sum of it", 80, 100)] if beside else []
    page = name(draw.page(draw.text(SENTENCE, 20, 60), bold, *line, draw.text(SENTENCE, 20, 140)))
    assert (role_of(page, "Total") == "heading") is not beside


def test_a_thin_line_under_a_title_is_no_heading() -> None:
    """It belongs to the title."""
    draw = Drawing()
    title, under = draw.text("Ada", 20, 20, size=30, weight=700), draw.text("Engineer", 20, 46, size=20)
    page = name(draw.page(title, under, draw.text(SENTENCE, 20, 100)))
    assert (role_of(page, "Ada"), role_of(page, "Engineer")) == ("heading", "text")


def test_words_in_another_color_are_links() -> None:
    """In a sentence as runs, alone as blocks of that color."""
    draw = Drawing()
    runs = (Run(text="See the "), Run(text="manual", font=LINK), Run(text=" for all the rest of it, if you will."))
    page = name(
        draw.page(
            draw.text("See the manual for all the rest of it, if you will.", 20, 20, runs=runs),
            draw.text("More", 20, 60, color="#0d6efd"),
            draw.text("Tinted", 20, 100, color="#333a44"),
        )
    )
    assert [run.kind for run in page.texts[0].runs] == ["plain", "link", "plain"]
    assert (role_of(page, "More"), role_of(page, "Tinted")) == ("link", "text")


def test_a_bar_that_is_filled_from_the_left_shows_progress() -> None:
    """As much of it as is painted."""
    draw = Drawing()
    bar = draw.box(20, 60, 220, 80, draw.box(20, 60, 70, 80, style=BLUE), style=Style(background="#eaecf4"))
    block = name(draw.page(draw.text(SENTENCE, 20, 20), bar)).block_by_id[bar.id]
    assert block.field is not None
    assert (block.role, block.field.value) == ("progress", 0.25)


def test_fields_of_a_dark_page_are_dark() -> None:
    """A field is light where the page is."""
    draw = Drawing()
    style = FRAME.model_copy(update={"background": "#1c212c"})
    field = draw.box(40, 60, 400, 100, draw.text("ann", 52, 74, color="#ffffff"), style=style)
    dark = draw.box(0, 0, 1280, 900, field, style=Style(background="#13171f"))
    assert roles(draw.page(dark))[field.id] == "input"


def test_a_link_ends_with_its_word() -> None:
    """A piece of a word that was read in another color is what the rest of the word is."""
    draw = Drawing()
    runs = (Run(text="See "), Run(text="Privac", font=LINK), Run(text="y"), Run(text=" and all of our other policies."))
    page = name(draw.page(draw.text("See Privacy and all of our other policies.", 20, 20, runs=runs)))
    assert [run.kind for run in page.texts[0].runs] == ["plain", "link", "link", "plain"]


def test_choices_beside_a_button_are_links() -> None:
    """Words in its letters, on its line; a sentence is none."""
    draw = Drawing()
    box = draw.box(20, 60, 140, 100, draw.text("Account", 52, 75, color="#ffffff"), style=BLUE)
    row = draw.box(20, 60, 500, 100, box, draw.text("Notifications", 160, 75), layout=Layout(flow="row"))
    page = name(draw.page(draw.text(SENTENCE, 20, 20), row))
    assert role_of(page, "Notifications") == "link"


def test_cells_are_no_fields() -> None:
    """Boxes of one width that touch stand in a table, or in a list."""
    draw = Drawing()
    boxes = [draw.box(20, y, 400, y + 40, draw.text("Value", 32, y + 14), style=FRAME) for y in (60, 100, 140)]
    assert "input" not in roles(draw.page(draw.text(SENTENCE, 20, 20), *boxes)).values()


def test_where_links_are_underlined_color_alone_makes_none() -> None:
    """A page has one way to show its links."""
    draw = Drawing()
    page = name(
        draw.page(
            draw.text(SENTENCE, 20, 20),
            draw.text("Home page", 20, 60, color="#bd5d38", underline=True),
            draw.text("May 2020 to June", 20, 100, color="#bd5d38"),
        )
    )
    assert (role_of(page, "Home page"), role_of(page, "May 2020 to June")) == ("link", "text")


def test_other_words_that_stand_out_are_told_apart() -> None:
    """Bold, slanted, code and marked."""
    draw = Drawing()
    looks = [Font(weight=700), Font(italic=True), Font(family="mono"), Font(background="#ffff00")]
    runs = (Run(text="plain words of a sentence "), *(Run(text="word", font=font) for font in looks))
    page = name(draw.page(draw.text("plain words of a sentence wordwordwordword", 20, 20, runs=runs)))
    assert [run.kind for run in page.texts[0].runs] == ["plain", "strong", "em", "code", "mark"]


def test_framed_boxes_are_fields_by_what_is_in_them() -> None:
    """Text at the left is a hint, with the kind that its words say; the words over it are its label."""
    draw = Drawing()
    page = name(
        draw.page(
            draw.text(SENTENCE, 20, 20),
            draw.text("Your e-mail", 20, 60),
            draw.box(20, 80, 400, 120, draw.text("ann@example.com", 32, 94, color="#999999"), style=FRAME),
            draw.text("Password", 20, 140),
            draw.box(20, 160, 400, 200, style=FRAME),
            draw.box(20, 220, 400, 340, draw.text("Message...", 32, 234, color="#999999"), style=FRAME),
        )
    )
    fields = [(block.role, block.field) for block in page.root.walk() if block.field]
    told = [(role, field.kind, field.label, field.placeholder) for role, field in fields]
    assert told == [
        ("input", "email", "Your e-mail", True),
        ("input", "password", "Password", False),
        ("textarea", "text", "Message", True),
    ]
    assert role_of(page, "Password") == "label"


def test_a_sign_at_the_right_end_makes_a_select() -> None:
    """It opens the list."""
    draw = Drawing()
    box = draw.box(20, 60, 300, 98, draw.text("10", 30, 74), draw.picture(280, 74, 290, 82, "icon"), style=FRAME)
    assert roles(draw.page(draw.text(SENTENCE, 20, 20), box))[box.id] == "select"


@pytest.mark.parametrize(("radius", "role"), [(2.0, "checkbox"), (8.0, "radio")])
def test_a_small_box_before_a_text_is_ticked(radius: float, role: str) -> None:
    """A square is a check box, a circle a radio button; the text is its label."""
    draw = Drawing()
    style = FRAME.model_copy(update={"radius": (radius,) * 4})
    mark, text = draw.box(20, 60, 36, 76, style=style), draw.text("Remember me", 44, 62)
    page = name(draw.page(draw.text(SENTENCE, 20, 20), mark, text))
    field = page.block_by_id[mark.id].field
    assert field is not None
    assert (page.block_by_id[mark.id].role, field.label) == (role, "Remember me")


@pytest.mark.parametrize("color", ["#ffffff", "#0172ad"])
def test_a_painted_box_is_ticked(color: str) -> None:
    """As browsers draw it."""
    draw = Drawing()
    style = FRAME.model_copy(update={"background": color})
    mark = draw.box(20, 60, 36, 76, style=style)
    field = name(draw.page(draw.text(SENTENCE, 20, 20), mark, draw.text("Yes", 44, 62))).block_by_id[mark.id].field
    assert field is not None
    assert field.checked is (color != "#ffffff")


@pytest.mark.parametrize(("words", "role"), [("Save changes", "button"), ("Find out more", "link"), ("NEW", "badge")])
def test_filled_boxes_around_a_few_words_do_or_lead(words: str, role: str) -> None:
    """By their words; low ones in small letters are badges."""
    draw = Drawing()
    size, height = (11, 16) if role == "badge" else (16, 40)
    left = int(20 + (200 - size / 2 * len(words)) / 2)
    text = draw.text(words, left, 60 + (height - int(0.7 * size)) // 2, size=size, color="#ffffff")
    box = draw.box(20, 60, 220, 60 + height, text, style=BLUE)
    assert roles(draw.page(draw.text(SENTENCE, 20, 20), box))[box.id] == role


def test_a_button_under_fields_sends_them() -> None:
    """Whatever it says."""
    draw = Drawing()
    field = draw.box(20, 60, 400, 100, draw.text("Name", 32, 74, color="#999999"), style=FRAME)
    button = draw.box(20, 120, 220, 160, draw.text("Let's go there", 64, 134, color="#ffffff"), style=BLUE)
    form = draw.box(0, 40, 600, 200, field, button)
    assert roles(draw.page(draw.text(SENTENCE, 20, 20), form))[button.id] == "button"


def bar(draw: Drawing) -> Block:
    """A bar at the top with a name and three words."""
    words = [draw.text(each, 700 + 120 * place, 20) for place, each in enumerate(("About", "Services", "Contact"))]
    row = draw.box(700, 20, 1000, 31, *words, layout=Layout(flow="row"))
    return draw.box(0, 0, 1280, 60, draw.text("Acme", 20, 18, size=20), row, style=BLUE, layout=Layout(flow="row"))


def test_words_at_the_top_are_navigation() -> None:
    """Links in a list in a nav, and the name before them leads home."""
    draw = Drawing()
    page = name(draw.page(bar(draw), draw.text(SENTENCE, 20, 120), draw.text(SENTENCE, 20, 160)))
    assert [role_of(page, words) for words in ("About", "Services", "Contact", "Acme")] == ["link"] * 4
    found = [block.role for block in page.root.walk()]
    assert (found.count("nav"), found.count("list"), found.count("item")) == (1, 1, 3)


def test_words_at_the_side_are_navigation() -> None:
    """A narrow column beside a wide one; small capitals between them lead nowhere."""
    draw = Drawing()
    words = [draw.text(each, 20, 30 + 40 * place) for place, each in enumerate(("Home", "Users", "Reports", "Help"))]
    caption = draw.text("ADMIN", 20, 190, size=10)
    side = draw.box(0, 0, 220, 900, *words, caption, style=BLUE)
    main = draw.box(240, 0, 1280, 900, draw.text("Users now", 260, 30, size=30), draw.text(SENTENCE, 260, 100))
    page = name(draw.page(draw.box(0, 0, 1280, 900, side, main, layout=Layout(flow="row"))))
    assert [role_of(page, words) for words in ("Home", "Help", "ADMIN", "Users now")] == [
        "link",
        "link",
        "text",
        "heading",
    ]
    assert page.block_by_id[side.id].role == "nav"


def test_a_first_row_that_looks_otherwise_heads_its_table() -> None:
    """Bold over plain."""
    draw = Drawing()

    def row(top: int, words: str, weight: int) -> Block:
        cells = [
            draw.box(x, top, x + 100, top + 30, draw.text(words, x, top, weight=weight), role="cell") for x in (0, 100)
        ]
        return draw.box(0, top, 200, top + 30, *cells, role="row", layout=Layout(flow="row"))

    table = draw.box(0, 0, 200, 60, row(0, "Name", 700), row(30, "Ann", 400), role="table")
    found = list(roles(draw.page(table)).values())
    assert (found.count("header_cell"), found.count("cell")) == (2, 2)


def test_a_bar_at_the_left_makes_a_quote() -> None:
    """Around sentences, and without other borders."""
    draw = Drawing()
    style = Style(left=Edge(width=4, color="#cccccc"))
    quote = draw.box(20, 60, 600, 120, draw.text(SENTENCE, 40, 80), style=style)
    assert roles(draw.page(draw.text(SENTENCE, 20, 20), quote))[quote.id] == "quote"


def test_the_nearest_heading_tells_what_a_picture_shows() -> None:
    """Icons are decoration."""
    draw = Drawing()
    photo, icon = draw.picture(20, 20, 320, 220), draw.picture(20, 300, 40, 320, "icon")
    card = draw.box(0, 0, 400, 400, photo, draw.text("Red bicycle", 20, 240, size=24), icon)
    elsewhere = draw.picture(600, 420, 800, 520)
    page = name(draw.page(card, draw.text(SENTENCE, 20, 420), elsewhere))
    assert [asset.alt for asset in page.assets] == ["Red bicycle", "", ""]


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("This is the text of a page and it is in English", "en"),
        ("Das ist der Text einer Seite, und er ist nicht lang", "de"),
        ("C'est le texte de la page et il est dans une langue", "fr"),
        ("هذا هو نص الصفحة", "ar"),
        ("Submit", ""),
    ],
)
def test_frequent_words_tell_the_language(words: str, language: str) -> None:
    """Where there are enough of them."""
    assert language_of(words) == language


def test_an_arabic_page_runs_from_right_to_left() -> None:
    """As its script does."""
    draw = Drawing()
    page = name(draw.page(draw.text("هذا هو نص الصفحة", 900, 20)))
    assert (page.language, page.direction) == ("ar", "rtl")


def test_an_empty_page_has_no_names() -> None:
    """Nothing is no trouble."""
    page = Drawing().page()
    assert name(page) == page


def test_no_rule_touches_the_words() -> None:
    """They are what was read."""
    draw = Drawing()
    page = draw.page(bar(draw), draw.text(SENTENCE, 20, 120), draw.picture(20, 200, 300, 400))
    assert [text.string for text in name(page).texts] == [text.string for text in page.texts]


def test_on_a_page_all_in_one_width_sentences_are_no_code() -> None:
    """On another page, such a line is."""
    draw = Drawing()
    page = draw.page(draw.text(SENTENCE, 20, 80, family="mono"), draw.text("run()", 20, 120, family="mono"))
    assert role_of(name(page), SENTENCE) != "code"
    draw = Drawing()
    page = draw.page(draw.text(SENTENCE, 20, 80), draw.text("run()", 20, 120, family="mono"))
    assert role_of(name(page), "run()") == "code"


def test_a_sentence_that_begins_with_code_is_none() -> None:
    """Whatever font its first word has."""
    draw = Drawing()
    runs = (Run(text="init"), Run(text=" is the first program that is started.", font=Font()))
    words = draw.text("".join(run.text for run in runs), 20, 80, runs=runs, family="mono")
    page = name(draw.page(words, draw.text(SENTENCE, 20, 120)))
    assert page.block_by_id[words.id].role != "code"
