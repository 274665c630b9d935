"""HTML that people read, and that shows what layout meant."""

from __future__ import annotations

import html5lib
import pytest
from PIL import ImageChops
from sample_documents import around, inlined, png, sample

from vl2agent.web2code.emit.element import Code, Document, Element
from vl2agent.web2code.emit.html import markup, page, write_html
from vl2agent.web2code.emit.stylesheet import stylesheet
from vl2agent.web2code.render import Renderer


def html_of(document: Document, *, instrumented: bool = False) -> str:
    """Return the page."""
    return write_html(document, {}, instrumented=instrumented).files["index.html"].decode()


def body_lines(*children: Element | str) -> list[str]:
    """Return the lines in the body of a page with nothing but these."""
    html = html_of(around(*children))
    return html.partition("<body>\n")[2].partition("\n</body>")[0].splitlines()


def test_the_page_is_valid() -> None:
    """A strict parser of HTML 5 finds no fault."""
    html5lib.HTMLParser(strict=True).parse(html_of(sample()))


def test_the_head_says_what_a_page_must_say() -> None:
    """Doctype, language, encoding, width, title, a policy without scripts."""
    html = html_of(sample("Sales & <more>"))
    assert html.startswith('<!doctype html>\n<html lang="en">\n<head>\n  <meta charset="utf-8">\n')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert "<title>Sales &amp; &lt;more&gt;</title>" in html
    assert "content=\"default-src 'none'; img-src 'self'; style-src 'self';" in html


def test_a_page_from_right_to_left_says_so() -> None:
    """The direction is the page's."""
    document = Document(Element("body", children=("שלום",)), "שלום", "he", "rtl")
    assert '<html lang="he" dir="rtl">' in html_of(document)


def test_blocks_stand_on_lines_of_their_own() -> None:
    """Children are indented where blanks do not show."""
    item = Element("li", children=("One",))
    assert body_lines(Element("ul", children=(item, item))) == [
        "  <ul>",
        "    <li>One</li>",
        "    <li>One</li>",
        "  </ul>",
    ]


def test_what_holds_little_stands_on_one_line() -> None:
    """A word beside its sign; what holds more has a line for each."""
    link, icon = Element("p", children=("One",)), Element("hr")
    item = Element("li", children=(icon, link))
    assert body_lines(Element("ul", children=(item,)))[1] == "    <li><hr><p>One</p></li>"
    assert len(body_lines(Element("div", children=(link, link, link)))) == 5


def test_no_blank_comes_between_words_of_a_line() -> None:
    """Inline elements stay joined as they were."""
    code = Element("code", children=("x",))
    assert body_lines(Element("p", children=("a", code, code, "b"))) == [
        "  <p>a<code>x</code><code>x</code>b</p>",
    ]


def test_inline_elements_alone_stay_joined() -> None:
    """A line of links without texts between gets no line ends either."""
    link = Element("a", {"href": "#"}, children=("x",))
    assert body_lines(Element("p", children=(link, link))) == ['  <p><a href="#">x</a><a href="#">x</a></p>']


def test_a_long_paragraph_is_wrapped_where_it_has_blanks() -> None:
    """Lines end only where a blank was, never within a tag."""
    link = Element("a", {"href": "#", "title": "two words " * 5}, children=("here",))
    text = "Many words stand in a line. "
    lines = body_lines(Element("p", children=(text * 4, link, " " + text * 2)))
    assert lines[0] == "  <p>"
    assert all(len(line) <= 110 for line in lines)
    assert " ".join(line.strip() for line in lines[1:-1]).count(f'title="{"two words " * 5}"') == 1


def test_preformatted_text_is_as_it_was() -> None:
    """Not a blank more or less, the first line end included."""
    listing = Element("pre", style={"white-space": "pre"}, children=("\n  a\n\n    b",))
    tree = html5lib.parse(html_of(around(Element("div", children=(listing,)))), namespaceHTMLElements=False)
    assert tree.find(".//pre").text == "\n  a\n\n    b"


def test_text_and_attributes_are_escaped() -> None:
    """What was read is text, whatever it looks like."""
    image = Element("img", {"src": "assets/a1.png", "alt": '"> <b onload="x">&amp;'})
    tree = html5lib.parse(
        html_of(around(image, Element("p", children=("</p><script>1</script>",)))), namespaceHTMLElements=False
    )
    assert tree.find(".//img").get("alt") == '"> <b onload="x">&amp;'
    assert tree.find(".//p").text == "</p><script>1</script>"
    assert tree.find(".//script") is None


def test_blocks_are_named_only_for_the_judge() -> None:
    """`data-b` is there when asked for."""
    assert 'data-b="b2"' in html_of(sample(), instrumented=True)
    assert "data-b" not in html_of(sample())


def test_the_same_page_is_written_the_same() -> None:
    """Output is stable."""
    assert write_html(sample(), {}).files == write_html(sample(), {}).files


def test_a_flag_has_no_value() -> None:
    """`checked` is written as people write it; an empty alt is kept."""
    box = Element("input", {"type": "checkbox", "checked": "", "aria-label": "On"})
    assert (
        body_lines(box, Element("img", {"src": "assets/a1.png", "alt": ""}))[0]
        .strip()
        .startswith('<input type="checkbox" checked aria-label="On">')
    )


@pytest.mark.display
def test_rules_show_what_the_styles_meant(renderer: Renderer) -> None:
    """Classes, tags, shorthands and inheritance draw the same picture as a style on every element."""
    document, picture = sample(), {"assets/a1.png": png()}
    plain = inlined(document.body)
    sheet = stylesheet([element.tag for element in plain.walk()], [])
    html = page(document, markup(document.body, plain)).replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    meant = renderer.render(Code({"index.html": html.encode(), "style.css": sheet.encode()} | picture)).image
    written = renderer.render(write_html(document, picture)).image
    assert meant.size == written.size
    assert ImageChops.difference(meant, written).getbbox() is None
