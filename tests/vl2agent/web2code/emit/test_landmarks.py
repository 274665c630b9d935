"""Landmarks: all content in one, one main, no two alike; and an accessibility checker agrees."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from sample_documents import around, font, png, sample, words
from scripted_page import scripted_page

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.html import write_html
from vl2agent.web2code.emit.landmarks import with_landmarks


def tags(*children: Element | str, display: str = "") -> list[str]:
    """Return the tags of the body's elements once landmarks are set, in order."""
    document = around(*children)
    style = {"display": display} if display else {}
    body = Element("body", style=style, children=document.body.children)
    landmarked = with_landmarks(type(document)(body, "Page", "en"))
    return [element.tag for element in landmarked.body.walk()][1:]


TEXT = words("p", "text", font(16), "Words")
HEADER = Element("header", children=(TEXT,))


def test_the_box_around_all_content_is_main() -> None:
    """No element is added where one will do."""
    assert tags(HEADER, Element("div", children=(TEXT, TEXT))) == ["header", "p", "main", "p", "p"]


def test_loose_content_gets_a_main_around_it() -> None:
    """Between header and footer."""
    assert tags(HEADER, TEXT, TEXT, Element("footer", children=(TEXT,))) == [
        "header", "p", "main", "p", "p", "footer", "p",
    ]  # fmt: skip


def test_a_main_that_leaves_content_out_gives_way() -> None:
    """Its parent holds both."""
    inner = Element("main", children=(TEXT,))
    assert tags(HEADER, Element("div", children=(TEXT, inner))) == ["header", "p", "main", "p", "div", "p"]


def test_a_main_around_all_stays() -> None:
    """What is right is left as it is."""
    assert tags(HEADER, Element("main", children=(TEXT,))) == ["header", "p", "main", "p"]


def test_a_main_put_into_a_row_is_no_box() -> None:
    """Children of a flex body stay its items."""
    document = around()
    body = Element("body", style={"display": "flex"}, children=(TEXT, TEXT))
    main = with_landmarks(type(document)(body, "Page", "en")).body.children[0]
    assert isinstance(main, Element)
    assert main.style == {"display": "contents"}


def test_two_navigations_have_two_names() -> None:
    """Those who hear them can tell them apart."""
    link = Element("a", {"href": "#"}, children=("Home",))
    named = Element("nav", children=(words("h2", "", {}, "Table of contents of it"), link))
    body = with_landmarks(around(named, Element("nav", children=(link,)), Element("nav", children=(link,)))).body
    assert [each.attributes["aria-label"] for each in body.walk() if each.tag == "nav"] == [
        "Table of contents of",
        "Navigation",
        "Navigation 2",
    ]


def test_an_empty_page_stays_empty() -> None:
    """There is nothing to put into a landmark."""
    assert tags() == []


@pytest.mark.display
def test_a_checker_of_accessibility_finds_nothing() -> None:
    """No rule of axe-core is broken, those on good practice included; colours are the original's."""
    files = {**write_html(with_landmarks(sample()), {"assets/a1.png": png()}).files}
    with scripted_page(files.get) as (page, _):
        found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["id"] != "color-contrast"] == []
