"""Whatever was perceived becomes code: no stage ends in an error."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from random_pages import random_pages

from vl2agent.web2code.emit.emit import LayoutKind, emit
from vl2agent.web2code.ir import Page, Trim, rebuild
from vl2agent.web2code.name.rules import name
from vl2agent.web2code.structure.structure import structure

PICTURE = Image.new("RGB", (1600, 900), "white")
LAYOUTS: tuple[LayoutKind, ...] = ("flow", "absolute")


@pytest.mark.parametrize("layout", LAYOUTS)
@given(page=random_pages(), off=st.integers(-400, 400))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_page_becomes_code(layout: LayoutKind, page: Page, off: int) -> None:
    """Also after a correction that moved all of it, and with all words that it had."""
    named = name(structure(page))
    trim = Trim(x=off, y=-off, width=off, height=off)
    moved = named.model_copy(
        update={"root": rebuild(named.root, lambda block: block.model_copy(update={"trim": trim}))}
    )
    for each in (named, moved):
        written = emit(each, PICTURE, layout=layout).shown["index.html"].decode()
        assert "<script" not in written
        assert _letters(written) >= _letters_of(named)


class _Letters(HTMLParser):
    """Counts the letters that a page shows, or that its fields hold."""

    count = 0

    def handle_data(self, data: str) -> None:
        self.count += sum(map(str.isalpha, data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key in ("placeholder", "value"):
                self.handle_data(value or "")


def _letters(html: str) -> int:
    """Count the letters of a page."""
    parser = _Letters()
    parser.feed(html)
    return parser.count


def _letters_of(page: Page) -> int:
    return sum(character.isalpha() for text in page.texts for character in text.string)
