"""Elements are compared with the source's by tag and place."""

from __future__ import annotations

import pytest

from vl2agent.web2code.render import Renderer
from vl2agent.web2code.score.blocks import text_nodes
from vl2agent.web2code.score.roles import Roles, placed_roles

pytestmark = pytest.mark.display


def roles(renderer: Renderer, reference: str, generated: str) -> Roles:
    """Compare two pages."""
    pages = [renderer.render(html) for html in (reference, generated)]
    return Roles.compare(*(placed_roles(page.dom, text_nodes(page)) for page in pages))


def test_a_heading_of_another_level_is_a_heading(renderer: Renderer) -> None:
    """h1 to h6 are one role."""
    assert roles(renderer, "<h2>Title</h2>", "<h3 style='font-size:1.5em'>Title</h3>").f1 == 1


def test_paddings_do_not_part_links(renderer: Renderer) -> None:
    """A link is where its words are."""
    padded = "<a href=# style='display:block;padding:0 200px 60px 0'>Home</a>"
    assert roles(renderer, "<a href=#>Home</a>", padded).f1 == 1


def test_the_same_words_in_another_tag_do_not_count(renderer: Renderer) -> None:
    """A button is no link, and is missed on both sides."""
    found = roles(renderer, "<button>Go</button><a href=#>Home</a>", "<button>Go</button><i>Home</i><li>x")
    assert found.f1 == 0.5
    assert {role: count.both for role, count in found.counts.items()} == {"a": 0, "button": 1, "li": 0}


def test_fields_are_compared_by_their_boxes(renderer: Renderer) -> None:
    """A list and a text area are fields; a field that submits is a button."""
    reference = "<select style='width:150px;height:30px'></select><input type=submit value=Go>"
    generated = "<input style='width:150px;height:30px;box-sizing:border-box'><button>Go</button>"
    assert roles(renderer, reference, generated).f1 == 1


def test_pages_without_roles_agree(renderer: Renderer) -> None:
    """Nothing was missed."""
    assert roles(renderer, "<p>x", "<p>x").f1 == 1
