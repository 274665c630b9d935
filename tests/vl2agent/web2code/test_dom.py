"""What the browser tells of a page."""

from __future__ import annotations

import pytest

from vl2agent.web2code.render import Renderer

pytestmark = pytest.mark.display


def test_fields_show_values_before_placeholders(renderer: Renderer) -> None:
    """A text field, an empty one, a password, a list, a text area, and two buttons."""
    dom = renderer.lay_out(
        "<input value=typed placeholder=p><input placeholder=hint><input type=password value=abc>"
        "<select><option>one<option selected>two</select><textarea>long</textarea>"
        "<input type=submit><input type=button value=Go><input type=checkbox value=no>"
    )
    assert [text.text for text in dom.texts] == ["typed", "hint", "•••", "two", "long", "Submit", "Go"]


def test_hidden_texts_are_left_out(renderer: Renderer) -> None:
    """Neither display, visibility nor opacity let them count."""
    dom = renderer.lay_out(
        "<p hidden>a<p style='visibility:hidden'>b<div style='opacity:0'><p>c</div><template>d</template><p>seen<noscript>, as scripts are off</noscript>"
    )
    assert [text.text for text in dom.texts] == ["seen", ", as scripts are off"]


def test_texts_know_whether_a_blank_parts_them(renderer: Renderer) -> None:
    """'foo' and ',' are one word, 'foo' and 'bar' are two."""
    dom = renderer.lay_out("<p><code>foo</code>, <b>bar</b>")
    assert [text.joined for text in dom.texts] == [False, True, False]


def test_elements_are_counted(renderer: Renderer) -> None:
    """Visible ones, those of them that are placed, and the depth."""
    dom = renderer.lay_out(
        "<main><section><p>x</p></section><p style='position:absolute'>y</p><p style='display:none'>z</p></main>"
    )
    assert (dom.visible, dom.placed, dom.depth) == (4, 1, 3)


def test_what_its_parent_cuts_off_is_no_element(renderer: Renderer) -> None:
    """The items of a folded list are in no picture; what is placed over the page is."""
    folded = "<ul style='height:0; overflow:hidden; margin:0'><li>x<a href=#>y</a></ul>"
    placed = "<div style='height:0; overflow:hidden'><button style='position:absolute'>z</button></div>"
    assert [each.tag for each in renderer.lay_out(folded + placed).elements] == ["button"]


def test_pictures_are_images_and_backgrounds(renderer: Renderer) -> None:
    """Gradients and drawings in the page itself are none."""
    gif = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
    dom = renderer.lay_out(
        f"<img src='{gif}' width=9 height=9><p style='background:url({gif})'>x"
        "<p style='background:linear-gradient(red,blue)'>x<svg width=9 height=9><rect width=9 height=9 /></svg>"
    )
    assert len(dom.pictures) == 2


def test_a_page_wider_than_its_window_says_so(renderer: Renderer) -> None:
    """The width is that of what can be scrolled to."""
    assert renderer.lay_out("<body style='margin:0'><div style='width:500px'>x", width=375).width == 500
    assert renderer.lay_out("<p>x", width=375).width == 375
