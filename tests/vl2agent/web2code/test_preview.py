"""The preview holds everything, fetches nothing, and runs its own script only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn_page import FRAME, Drawing
from PIL import Image
from playwright.sync_api import Page as Tab

from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.web2code.beside import side_by_side
from vl2agent.web2code.emit.emit import emit
from vl2agent.web2code.preview import preview_html
from vl2agent.web2code.report import Attempt, BlockScore, Naming, PageScore, Report, Round, Settings
from vl2agent.web2code.single import single_file

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def page() -> str:
    """The preview of a small page whose title and text look like markup."""
    draw = Drawing()
    made = draw.page(draw.box(20, 20, 380, 120, draw.text(HOSTILE, 30, 40), style=FRAME), width=400, height=200)
    made = made.model_copy(update={"title": HOSTILE})
    scores = tuple(
        BlockScore(id=block.id, role=block.role, box=block.box, total=0.5 + number / 10, look=0.9)
        for number, block in enumerate(made.root.walk())
    )
    attempt = Attempt(block="b1", kind="place", what="y +2", before=0.8, after=0.9, kept=True)
    report = Report(
        made_with="vl2agent",
        width=400,
        height=200,
        settings=Settings(),
        naming=Naming(slot=HOSTILE),
        score=PageScore(total=0.9, texts=0.9, visual=0.9, place=0.9),
        blocks=scores,
        rounds=(Round(number=1, by="numbers", before=0.8, after=0.9, attempts=(attempt,), seconds=1.0),),
        sideways_at_375=False,
    )
    picture = Image.new("RGB", (400, 200), "white")
    return preview_html(made, report, picture, picture, single_file(emit(made, picture)))


@pytest.fixture(scope="module")
def browser(page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserSandbox]:
    """The preview in a browser without network."""
    file: Path = tmp_path_factory.mktemp("preview") / "preview.html"
    file.write_text(page, "utf-8")
    with BrowserSandbox(file) as running:
        yield running


def test_nothing_is_fetched(page: str) -> None:
    """All addresses hold what they name; the policy allows no others."""
    assert set(re.findall(r'\b(?:src|href)="(\w*:?)', page)) == {"data:"}
    assert "default-src 'none'; img-src data:; style-src 'sha256-" in page
    assert "unsafe-inline" not in page


def test_words_of_the_page_are_no_markup(page: str) -> None:
    """Titles, texts and the name of a model stay words."""
    assert "<script>document.title" not in page
    assert "<img src=x" not in page


@pytest.mark.display
def test_it_runs_and_the_page_within_does_not(browser: BrowserSandbox) -> None:
    """The blocks are listed, worst first; nobody has taken the title."""

    def seen(tab: Tab) -> tuple[str, list[str]]:
        return tab.title(), tab.locator("#blocks b").all_inner_texts()

    title, scores = browser.on_page(seen)
    assert title.endswith("· preview")
    assert "owned" not in title.split("document")[0]
    assert scores == sorted(scores)
    assert len(scores) == 3


@pytest.mark.display
def test_the_page_within_has_its_style(browser: BrowserSandbox) -> None:
    """The policy that it inherits names its style sheet."""

    def border(tab: Tab) -> str:
        frame = tab.frames[1]
        return str(
            frame.evaluate("[...document.querySelectorAll('body *')].map(e => getComputedStyle(e).borderTopWidth)")
        )

    assert "1px" in browser.on_page(border)


@pytest.mark.display
def test_views_change(browser: BrowserSandbox) -> None:
    """The page itself takes the place of the pictures, at the width that is chosen."""

    def live(tab: Tab) -> tuple[bool, bool, int]:
        tab.click("[data-mode=live]")
        tab.select_option("#width", "375")
        width = tab.evaluate("document.querySelector('iframe').clientWidth")
        return tab.is_visible("#live"), tab.is_visible("#pictures"), int(width)

    assert browser.on_page(live) == (True, False, 375)


def test_three_pictures_stand_side_by_side() -> None:
    """What agrees is black, what one of them lacks is not."""
    first = Image.new("RGB", (40, 30), "#ffffff")
    second = Image.new("RGB", (40, 20), "#ffffff")
    whole = side_by_side(first, second)
    assert whole.width >= 120
    assert whole.getpixel((whole.width - 20, whole.height - 25)) == (0, 0, 0)
    assert whole.getpixel((whole.width - 20, whole.height - 3)) != (0, 0, 0)
