"""Nesting: HTML's rules hold whatever the roles were, and no words are lost."""

from __future__ import annotations

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.labels import labelled
from vl2agent.web2code.emit.legal import legal


def tags(*children: Element | str) -> list[str]:
    """Return the tags of a body with these children once they are legal, in order."""
    return [each.tag for each in legal(Element("body", children=children)).walk()][1:]


def test_a_link_in_a_link_is_none() -> None:
    """The outer one leads on."""
    assert tags(Element("a", {"href": "#"}, children=(Element("a", {"href": "#"}, children=("x",)),))) == ["a", "span"]


def test_a_box_in_a_paragraph_is_a_span() -> None:
    """That is drawn as a block."""
    body = legal(Element("body", children=(Element("p", children=(Element("div", children=("x",)),)),)))
    inner = list(body.walk())[2]
    assert (inner.tag, inner.style["display"]) == ("span", "block")


def test_items_stand_in_lists_only() -> None:
    """And lists hold items only."""
    assert tags(Element("li", children=("x",))) == ["div"]
    assert tags(Element("ul", children=(Element("p", children=("x",)),))) == ["ul", "li", "p"]


def test_rows_stand_in_tables_only() -> None:
    """A row without a table is a box, and so are its cells."""
    assert tags(Element("tr", children=(Element("td", children=("x",)),))) == ["div", "div"]


def test_a_label_is_tied_to_the_field_after_it() -> None:
    """By an id, which makes another name needless."""
    label = Element("label", children=("Name",))
    field = Element("input", {"type": "text", "aria-label": "Name"})
    first, second = labelled(Element("body", children=(label, field))).children
    assert isinstance(first, Element)
    assert isinstance(second, Element)
    assert first.attributes["for"] == second.attributes["id"]
    assert "aria-label" not in second.attributes


def test_a_box_to_tick_stands_before_its_label() -> None:
    """The field after the label has another one."""
    tick, label = Element("input", {"type": "checkbox"}), Element("label", children=("Remember me",))
    first, _, third = labelled(Element("body", children=(tick, label, Element("input")))).children
    assert isinstance(first, Element)
    assert isinstance(third, Element)
    assert "id" in first.attributes
    assert "id" not in third.attributes
