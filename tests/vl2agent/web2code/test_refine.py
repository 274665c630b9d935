"""What refinement measures, tries and keeps."""

from __future__ import annotations

import pytest
from PIL import Image

from vl2agent.errors import CoordinateError
from vl2agent.web2code.corrections import corrections
from vl2agent.web2code.emit.emit import emit
from vl2agent.web2code.ir import Page, Trim, rebuild
from vl2agent.web2code.judge import Judge, Judgement
from vl2agent.web2code.perceive.perceive import perceive
from vl2agent.web2code.refine import Draw, Refined, refined
from vl2agent.web2code.render import Renderer
from vl2agent.web2code.structure.structure import structure
from vl2agent.web2code.suggesting import with_suggestions

pytestmark = pytest.mark.display

SOURCE = """<!doctype html><body style="margin: 0; font: 16px/1.5 Arial; color: #222">
<h1 style="font-size: 28px; margin: 40px 60px 20px">A title that stands first</h1>
<div style="background: #dde6f5; margin: 0 60px; padding: 20px; width: 300px">A box with words in it</div>
<p style="margin: 30px 60px">And one more line below.</p></body>"""
MANY_ROUNDS = 4


@pytest.fixture(scope="module")
def page(renderer: Renderer) -> tuple[Page, Image.Image]:
    """A page as it was read from a picture, and the picture."""
    picture = renderer.render(SOURCE, width=500).image
    return structure(perceive(picture)), picture


@pytest.fixture(scope="module")
def draw(page: tuple[Page, Image.Image], renderer: Renderer) -> Draw:
    """Render a page, and score it."""
    judge, picture = Judge(page[1]), page[1]

    def drawn(found: Page) -> Judgement:
        return judge.judge(found, renderer.render(emit(found, picture, instrumented=True), width=500))

    return drawn


def off(page: Page, x: float = 0.0, y: float = 0.0, color: str | None = None) -> Page:
    """Spoil a page: its title stands elsewhere, or has another color."""
    title = next(text for text in page.texts if text.string.startswith("A title"))
    font = title.font.model_copy(update={"color": color or title.font.color})
    texts = tuple(text.model_copy(update={"font": font}) if text.id == title.id else text for text in page.texts)

    block = next(each for each in page.root.walk() if each.text == title.id)
    spoilt = block.model_copy(update={"trim": Trim(x=x, y=y)})
    root = rebuild(page.root, lambda each: spoilt if each.id == block.id else each)
    return page.model_copy(update={"root": root, "texts": texts})


def title_of(page: Page) -> str:
    """Return the id of the title's block."""
    text = next(text.id for text in page.texts if text.string.startswith("A title"))
    return next(block.id for block in page.root.walk() if block.text == text)


def test_every_block_is_found_where_it_was_drawn(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """Texts with their ink, and nearly in their places at once."""
    judged = draw(page[0])
    for block in page[0].root.walk():
        if block.text:
            assert judged.drawn[block.id].ink
            assert judged.blocks[block.id].total > 0.6
    assert judged.score.total > 0.9


def test_what_stands_elsewhere_scores_lower(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """The block itself, and the page."""
    right, wrong = draw(page[0]), draw(off(page[0], y=9))
    assert wrong.blocks[title_of(page[0])].total < right.blocks[title_of(page[0])].total - 0.1
    assert wrong.merit < right.merit


def test_a_block_that_is_off_is_put_back(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """By what was measured; the round tells of it."""
    spoilt = off(page[0], x=6, y=9)
    first = Refined(spoilt, draw(spoilt))
    done = refined(first, draw, MANY_ROUNDS, lambda number: None)
    title = title_of(page[0])
    assert done.judgement.blocks[title].total > first.judgement.blocks[title].total + 0.1
    assert done.rounds[0].by == "numbers"
    assert any(
        attempt.kept and attempt.block == title and attempt.kind == "place" for attempt in done.rounds[0].attempts
    )


def test_a_color_that_is_off_is_put_right(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """It comes near to what the picture shows."""
    spoilt = off(page[0], color="#b02020")
    done = refined(Refined(spoilt, draw(spoilt)), draw, MANY_ROUNDS, lambda number: None)
    title = next(text for text in done.page.texts if text.string.startswith("A title"))
    assert all(abs(int(title.font.color[i : i + 2], 16) - 0x22) < 24 for i in (1, 3, 5))


def test_a_round_never_makes_the_page_worse(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """Whatever was tried."""
    spoilt = off(page[0], x=-8, y=15, color="#007700")
    first = Refined(spoilt, draw(spoilt))
    done = refined(first, draw, MANY_ROUNDS, lambda number: None)
    assert done.judgement.merit >= first.judgement.merit
    assert [each.number for each in done.rounds] == list(range(1, len(done.rounds) + 1))


def test_a_change_that_makes_no_page_is_refused(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """A measured one or a model's: the page stays as it is, and the round says so."""
    spoilt = off(page[0], x=6, y=9)
    first = Refined(spoilt, draw(spoilt))

    def impossible(tried: Page) -> Judgement:
        raise CoordinateError((120, -4), "a table")

    measured = refined(first, impossible, 1, lambda number: None)
    said = with_suggestions(first, [Said(spoilt, 0)], "names", impossible)
    for done in (measured, said):
        assert done.page == spoilt
        assert done.rounds[-1].attempts
        assert not any(attempt.kept for attempt in done.rounds[-1].attempts)


def test_what_was_refused_is_not_tried_again(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """Nor are sizes before places."""
    spoilt = off(page[0], y=9)
    judged, title = draw(spoilt), title_of(page[0])
    assert corrections(spoilt, judged)[title].kind == "place"
    again = corrections(spoilt, judged, refused={(title, "place")}, sizes=False)
    assert title not in again or again[title].kind == "color"


class Said:
    """What a model might have said: the title stands elsewhere."""

    def __init__(self, page: Page, y: float) -> None:
        self.part, self._y = page.block_by_id[title_of(page)], y

    def applied(self, page: Page) -> Page:
        """Move it."""
        return off(page, y=self._y)


def test_what_a_model_says_is_dropped_where_it_does_harm(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """And written down as not kept."""
    first = Refined(page[0], draw(page[0]))
    done = with_suggestions(first, [Said(page[0], 30)], "names", draw)
    assert done.page == page[0]
    assert [attempt.kept for attempt in done.rounds[-1].attempts] == [False]


def test_what_a_model_says_is_kept_where_it_helps(page: tuple[Page, Image.Image], draw: Draw) -> None:
    """A title that was off is back in its place."""
    spoilt = off(page[0], y=12)
    first = Refined(spoilt, draw(spoilt))
    done = with_suggestions(first, [Said(page[0], 0)], "names", draw)
    assert done.judgement.merit > first.judgement.merit
    assert [attempt.kept for attempt in done.rounds[-1].attempts] == [True]
