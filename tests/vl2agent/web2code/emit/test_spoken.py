"""A name for everything that can be used."""

from __future__ import annotations

import pytest
from sample_documents import around

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.spoken import with_names

ICON = Element("img", {"src": "assets/a1.png", "alt": ""})


def label(element: Element) -> str | None:
    """Return what an element is called, once names are given."""
    named = with_names(around(element)).body.children[0]
    assert isinstance(named, Element)
    return named.attributes.get("aria-label")


def test_a_button_with_an_icon_has_a_name() -> None:
    """The icon says nothing."""
    assert label(Element("button", children=(ICON,))) == "Button"


@pytest.mark.parametrize(
    "element",
    [
        Element("button", children=("Save",)),
        Element("a", {"href": "#"}, children=(Element("span", children=("Home",)),)),
        Element("button", children=(Element("img", {"src": "assets/a1.png", "alt": "Search"}),)),
        Element("a"),
    ],
)
def test_what_has_words_needs_no_other_name(element: Element) -> None:
    """Words are read as they stand."""
    assert label(element) is None


def test_a_hint_names_its_field() -> None:
    """It is the best that is known."""
    assert label(Element("input", {"type": "text", "placeholder": "Search for..."})) == "Search for..."


def test_a_label_names_its_field() -> None:
    """By its id, or around it."""
    field = Element("input", {"id": "email", "type": "email"})
    text = Element("label", {"for": "email"}, children=("Email",))
    body = with_names(around(text, field, Element("label", children=(Element("input"), "Remember")))).body
    assert [each.attributes.get("aria-label") for each in body.walk() if each.tag == "input"] == [None, None]
