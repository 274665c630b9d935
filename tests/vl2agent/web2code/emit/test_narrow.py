"""What changes in narrow windows."""

from __future__ import annotations

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.narrow import narrowed


def test_nothing_is_said_twice() -> None:
    """What holds in every window is not said again for narrow ones."""
    field = Element("input", style={"width": "240px", "max-width": "100%", "margin-left": "64px"})
    assert narrowed(field).narrow == {"margin-left": "0"}


def test_what_is_wide_may_shrink() -> None:
    """And loses its indentation."""
    box = Element("div", style={"width": "800px", "margin-left": "64px"})
    assert narrowed(box).narrow == {"width": "auto", "margin-left": "0"}


def test_texts_do_not_touch_the_edges() -> None:
    """The landmark that they stood indented in keeps them off."""
    text = Element("p", style={"margin-left": "64px"}, children=("Ships",))
    found = narrowed(Element("main", children=(text,)))
    assert found.narrow == {"padding-left": "16px", "padding-right": "16px"}


def test_what_reaches_the_edges_still_does() -> None:
    """A colored bar beside indented texts is as wide as the window."""
    text = Element("p", style={"margin-left": "64px"}, children=("Ships",))
    bar = Element("div", style={"background-color": "#2456c7"})
    assert narrowed(Element("main", children=(text, bar))).narrow == {}
