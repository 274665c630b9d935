"""Flow layout: what is drawn stands where it stood, in elements that flow."""

from __future__ import annotations

import pytest
from PIL import Image
from sample_pages import Sketch

from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.emit import emit
from vl2agent.web2code.emit.flow import flow
from vl2agent.web2code.emit.lines import start
from vl2agent.web2code.ir import Asset, Block, FieldState, Font, Layout, Page, Style, Trim, rebuild
from vl2agent.web2code.perceive.fonts import advance
from vl2agent.web2code.render import Rendered, Renderer
from vl2agent.web2code.structure.structure import structure

pytestmark = pytest.mark.display


def drawn(page: Page, renderer: Renderer) -> Rendered:
    """Draw a page in flow layout."""
    return renderer.render(emit(page, Image.new("RGB", (1280, page.height), "white"), instrumented=True))


def cards() -> tuple[Sketch, list[Block]]:
    """Return six cards with a title and a text each, two rows of three."""
    sketch, made = Sketch(), list[Block]()
    for row in range(2):
        for column in range(3):
            left, top = 140 + 340 * column, 60 + 200 * row
            title = sketch.text(f"Card {row}{column}", left + 20, top + 40, role="heading")
            words = sketch.text("Some words of which there are\njust enough for two lines", left + 20, top + 80)
            made.append(sketch.box((left, top, left + 320, top + 160), title, words))
    return sketch, made


def test_cards_stand_where_they_stood_without_absolute_positions(renderer: Renderer) -> None:
    """A grid of them, to the pixel."""
    sketch, made = cards()
    layout = Layout(flow="grid", columns=(0.0, 340.0, 680.0))
    page = sketch.page(sketch.box((140, 60, 1140, 420), *made, layout=layout, background=None))
    rendered = drawn(page, renderer)
    assert rendered.dom.placed == 0
    for card in made:
        assert rendered.dom.blocks[card.id] == pytest.approx(card.box.edges, abs=0.6)


def test_code_that_was_wrapped_wraps_again(renderer: Renderer) -> None:
    """Whoever named it: words that flow are no `pre`."""
    sketch = Sketch()
    text = sketch.text("These words were wrapped by a\nnarrow column, and so they will\nbe here.", 100, 60, role="code")
    (found,) = drawn(sketch.page(text), renderer).dom.texts
    assert len({rect[1] for rect in found.rects}) == 3


def test_code_starts_where_its_first_column_is() -> None:
    """Also where most of its lines are indented."""
    sketch = Sketch()
    mono = Font(family="mono")
    step = advance(mono, "    ")
    rows = [sketch.text(line, 100 + indent * step, 60 + 20 * number, font=mono)
            for number, (indent, line) in enumerate(((0, "for x in all:"), (1, "call(x)"), (1, "end(x)")))]  # fmt: skip
    drawn_box = sketch.box((90, 40, 500, 120))
    (text,) = structure(sketch.page(drawn_box, *rows)).texts
    assert text.preformatted
    assert start(text) == pytest.approx(100, abs=1)


def test_lines_break_where_they_did(renderer: Renderer) -> None:
    """Also in a column that has more room than they took."""
    sketch = Sketch()
    text = sketch.text("These words were wrapped by a\nnarrow column, and so they will\nbe here.", 100, 60)
    (found,) = drawn(sketch.page(text), renderer).dom.texts
    assert len({rect[1] for rect in found.rects}) == 3


def test_lines_break_where_no_width_would_break_them(renderer: Renderer) -> None:
    """A writer broke them."""
    sketch = Sketch()
    (found,) = drawn(sketch.page(sketch.text("One\ntwo and three\nfour", 100, 60)), renderer).dom.texts
    assert len({rect[1] for rect in found.rects}) == 3


def test_a_sidebar_and_a_text_stand_beside_each_other(renderer: Renderer) -> None:
    """Boxes of full height, the text in the room that is left."""
    sketch = Sketch()
    link = sketch.text("Overview", 20, 50, role="link")
    side = sketch.box((0, 0, 240, 800), link, role="nav")
    text = sketch.text("What the page is about", 300, 60, role="paragraph")
    body = sketch.box((300, 48, 900, 700), text, role="main", background=None)
    row = sketch.box((0, 0, 1280, 800), side, body, layout=Layout(flow="row"), background=None)
    blocks = drawn(sketch.page(row), renderer).dom.blocks
    assert blocks[side.id] == pytest.approx((0, 0, 240, 800), abs=0.6)
    assert blocks[body.id][0] == pytest.approx(300, abs=0.6)


def test_a_trim_moves_its_block_and_no_other(renderer: Renderer) -> None:
    """What is added before it is taken away behind it."""
    sketch = Sketch()
    first, second, third = (sketch.text(f"Text {n}", 100, 60 + 60 * n) for n in range(3))
    page = sketch.page(first, second, third)

    def trimmed(block: Block) -> Block:
        return block.model_copy(update={"trim": Trim(x=7, y=5)}) if block.id == second.id else block

    before = drawn(page, renderer).dom.blocks
    after = drawn(page.model_copy(update={"root": rebuild(page.root, trimmed)}), renderer).dom.blocks
    assert after[second.id][0] - before[second.id][0] == pytest.approx(7, abs=0.1)
    assert after[second.id][1] - before[second.id][1] == pytest.approx(5, abs=0.1)
    assert after[third.id] == pytest.approx(before[third.id])


def test_nothing_is_wider_than_a_narrow_window(renderer: Renderer) -> None:
    """Cards and a wide table, 375 pixels wide."""
    sketch, made = cards()
    grid = sketch.box((140, 60, 1140, 420), *made, layout=Layout(flow="grid"), background=None)
    rows = [
        sketch.box(
            (140, 460 + 40 * n, 1140, 500 + 40 * n),
            *(
                sketch.box(
                    (140 + 250 * m, 460 + 40 * n, 390 + 250 * m, 500 + 40 * n),
                    sketch.text(f"Cell {n}{m}", 150 + 250 * m, 485 + 40 * n),
                    role="cell",
                    background=None,
                )
                for m in range(4)
            ),
            role="row",
            background=None,
        )
        for n in range(3)
    ]
    table = sketch.box((140, 460, 1140, 580), *rows, role="table", background=None)
    rendered = drawn(sketch.page(grid, table), renderer)
    assert renderer.lay_out(rendered.source, width=375).width <= 375
    assert rendered.dom.blocks[table.id] == pytest.approx((140, 460, 1140, 580), abs=0.6)


def test_a_field_shows_its_hint_where_it_was(renderer: Renderer) -> None:
    """In the middle of its height, at its padding."""
    sketch = Sketch()
    hint = sketch.text("Your name", 116, 86)
    field = sketch.box((100, 60, 400, 100), hint, role="input")
    field = field.model_copy(update={"field": FieldState(placeholder=True)})
    rendered = drawn(sketch.page(field), renderer)
    assert rendered.dom.blocks[field.id] == pytest.approx((100, 60, 400, 100), abs=0.6)
    (element,) = (each for each in flow(sketch.page(field)).body.walk() if each.tag == "input")
    assert element.attributes["placeholder"] == "Your name"


def test_a_field_with_an_icon_loses_nothing(renderer: Renderer) -> None:
    """The icon stands beside a field without a frame, in a box with it."""
    sketch = Sketch()
    icon = sketch.box((112, 74, 124, 86), background="#ff0000")
    hint = sketch.text("Your name", 140, 86)
    field = sketch.box((100, 60, 400, 100), icon, hint, role="input", layout=Layout(flow="row"))
    rendered = drawn(sketch.page(field), renderer)
    assert rendered.dom.blocks[field.id] == pytest.approx((100, 60, 400, 100), abs=0.6)
    assert rendered.dom.blocks[icon.id] == pytest.approx((112, 74, 124, 86), abs=0.6)
    (text,) = rendered.dom.texts
    assert text.text == "Your name"


def test_a_text_area_is_pulled_larger_by_the_browsers_own_sign() -> None:
    """What was seen of it in the lower right corner is no picture beside the field."""
    sketch = Sketch()
    words = sketch.text("What happened?", 110, 80)
    grip = Block(id="b99", role="icon", box=ImageBox(390, 150, 398, 158))
    area = sketch.box((100, 60, 400, 160), words, grip, role="textarea")
    page = sketch.page(area)
    root = rebuild(page.root, lambda each: each.model_copy(update={"asset": "a1"}) if each.id == grip.id else each)
    page = page.model_copy(update={"root": root, "assets": (Asset(id="a1", box=grip.box),)})
    (element,) = (each for each in flow(page).body.walk() if each.block == area.id)
    assert (element.tag, element.style["resize"], element.style["width"]) == ("textarea", "vertical", "300px")


def test_items_have_the_browsers_signs() -> None:
    """A list with room for them at its left."""
    sketch = Sketch()
    items = []
    for n in range(3):
        text = sketch.text(f"Item {n}", 140, 60 + 30 * n)
        items.append(text.model_copy(update={"role": "item", "marker": "disc"}))
    made = sketch.box((140, 48, 200, 130), *items, role="list", background=None)
    body = flow(sketch.page(made)).body
    (found,) = (each for each in body.walk() if each.tag == "ul")
    assert found.style["list-style"] == "disc"
    assert [each.tag for each in found.children if isinstance(each, Element)] == ["li"] * 3


@pytest.mark.parametrize(("alt", "tags"), [("", []), ("A star", ["img"])])
def test_icons_that_say_nothing_are_no_pictures_of_the_page(alt: str, tags: list[str], renderer: Renderer) -> None:
    """They are drawn all the same, as decoration."""
    box = ImageBox(100, 60, 116, 76)
    icon = Block(id="b1", role="icon", box=box, asset="a1")
    white = Style(background="#ffffff")
    root = Block(id="b0", role="page", box=ImageBox(0, 0, 1280, 200), style=white, children=(icon,))
    page = Page(width=1280, height=200, root=root, assets=(Asset(id="a1", box=box, kind="icon", alt=alt),))
    dom = drawn(page, renderer).dom
    assert dom.pictures == (box.edges,)
    assert [each.tag for each in dom.elements] == tags
