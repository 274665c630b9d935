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
