"""Whatever was read or said: no script, no handler and no address from elsewhere in anything that is written."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace

import html5lib
import pytest
from hostile_texts import NASTY, css_faults, faults
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sample_documents import around, font, sample

from vl2agent.errors import UnsafeMarkup
from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.dress import StyleKind
from vl2agent.web2code.emit.element import Code, Document, Element
from vl2agent.web2code.emit.emit import Framework, LayoutKind, emit
from vl2agent.web2code.emit.harmless import clean
from vl2agent.web2code.emit.html import write_html
from vl2agent.web2code.emit.javascript import quoted
from vl2agent.web2code.emit.pictures import Pictures
from vl2agent.web2code.emit.project import write_project
from vl2agent.web2code.ir import Asset, Block, FieldState, Font, Page, Run, Style, Text, TextLine
from vl2agent.web2code.name.rules import name
from vl2agent.web2code.render import Renderer
from vl2agent.web2code.single import single_file
from vl2agent.web2code.structure.structure import structure

TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=30),
    st.tuples(st.text(max_size=8), st.sampled_from(NASTY), st.text(max_size=8)).map("".join),
)
STYLES: tuple[StyleKind, ...] = ("css", "tailwind")
LAYOUTS: tuple[LayoutKind, ...] = ("flow", "absolute")
FRAMEWORKS: tuple[Framework, ...] = ("html", "react", "vue")
PICTURES: tuple[Pictures, ...] = ("crop", "placeholder", "none")


def hostile_document(text: str) -> Document:
    """Put a text everywhere that a text can come to."""
    body = sample(text).body
    fields = (
        Element("img", {"src": "assets/a1.png", "alt": text}),
        Element("input", {"type": "text", "placeholder": text, "value": text, "aria-label": text}, font(14)),
        Element("textarea", {"aria-label": text}, children=(text,)),
        Element("pre", style={"white-space": "pre"}, children=(text,)),
        Element("select", {"aria-label": text}, children=(Element("option", children=(text,)),)),
        Element("p", children=(text, Element("a", {"href": "#", "title": text}, children=(text,)), text)),
        *(Element("article", name=text, children=(Element("h2", children=(f"{n}{text}",)), "x")) for n in range(3)),
    )
    return Document(replace(body, children=(*body.children, *fields)), text, "en")


def texts_of(tree: object) -> Iterator[str]:
    """Yield all texts of a parsed page."""
    assert hasattr(tree, "itertext")
    yield from tree.itertext()


@settings(deadline=None, max_examples=60)
@given(text=TEXTS, style=st.sampled_from(STYLES))
def test_a_text_stays_a_text_in_html(text: str, style: StyleKind) -> None:
    """Parsed again, it is what it was, and the page has nothing else."""
    code = write_html(hostile_document(text), {}, style=style)
    html = code.files["index.html"].decode()
    assert faults(html) == []
    assert css_faults(code.files["style.css"].decode()) == []
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    assert next(each for each in tree.iter("img") if each.get("alt") != "A cat").get("alt") == clean(text).replace(
        "\n", " "
    )
    assert (next(tree.iter("option")).text or "").split() == clean(text).split()


@settings(deadline=None, max_examples=40)
@given(text=TEXTS, framework=st.sampled_from(("react", "vue")))
def test_a_text_stays_a_text_in_components(text: str, framework: Framework) -> None:
    """The page has its own script and no other; a component has no tag that the text brought."""
    assert framework != "html"
    files = write_project(hostile_document(text), {}, framework).files
    main = "/src/main.jsx" if framework == "react" else "/src/main.js"
    assert faults(files["index.html"].decode(), script=main) == []
    assert css_faults(files["src/style.css"].decode()) == []
    for path, content in files.items():
        if path.endswith(".vue"):
            parsed = html5lib.parseFragment(content.decode(), namespaceHTMLElements=False)
            tags = [each.tag for each in parsed.iter() if each.tag in ("script", "template", "style")]
            assert tags in (["template"], ["script", "template"])


@settings(deadline=None, max_examples=200)
@given(text=TEXTS)
def test_a_text_stays_a_string_in_javascript(text: str) -> None:
    """Read back as JSON it is the same, and it ends no script."""
    written = quoted(text)
    assert "</" not in written
    assert json.loads(written.replace("<\\/", "</")) == clean(text)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("onclick", "alert(1)"),
        ("style", "color: red"),
        ("href", "javascript:alert(1)"),
        ("href", "http://evil.example/"),
        ("src", "http://evil.example/x.png"),
        ("src", "assets/../../x.png"),
        ("srcset", "assets/a1.png"),
        ("id", '"><script>'),
        ("x onload=alert(1)", ""),
    ],
)
def test_an_attribute_that_layout_does_not_use_is_refused(attribute: str, value: str) -> None:
    """Only plain ones, fragments and own pictures are written."""
    with pytest.raises(UnsafeMarkup):
        write_html(around(Element("a", {attribute: value})), {})


@pytest.mark.parametrize(
    "tag", ["script", "style", "iframe", "object", "svg", "base", "link", "meta", "b><script", "a b"]
)
def test_a_tag_that_layout_does_not_use_is_refused(tag: str) -> None:
    """Nothing that runs, loads or redirects."""
    with pytest.raises(UnsafeMarkup):
        write_html(around(Element(tag)), {})


@pytest.mark.parametrize(
    ("property_", "value"),
    [
        ("background", "url(http://evil.example/x.png)"),
        ("background", 'url("http://evil.example/x.png")'),
        ("background", "URL('//evil.example')"),
        ("background", "u\\72l(http://evil.example)"),
        ("background", 'image-set("http://evil.example" 1x)'),
        ("background", "red; } body { color: red"),
        ("background", "red } @import 'x'"),
        ("color", "red</style>"),
        ("color", "expression(alert(1))"),
        ("color", "/* x"),
        ("font-family", '"a'),
        ("color", "calc((1px)"),
        ("width", "1px\n2px"),
        ("color} *", "red"),
        ("--x", "url(x)"),
    ],
)
@pytest.mark.parametrize("narrow", [False, True])
def test_a_style_that_can_load_or_break_out_is_refused(property_: str, value: str, narrow: bool) -> None:
    """Values are looks and nothing else."""
    style = {property_: value}
    with pytest.raises(UnsafeMarkup):
        write_html(around(Element("div", narrow=style) if narrow else Element("div", style=style)), {})


def hostile_page(extra: dict[str, str] | None = None) -> Page:
    """Return a page on which all texts are hostile."""
    texts, blocks = [], []
    for number, string in enumerate(map(clean, NASTY)):
        box = ImageBox(40, 40 + 40 * number, 400, 58 + 40 * number)
        line = TextLine(box=box, first=0, last=len(string), baseline=box.bottom - 4)
        texts.append(Text(id=f"t{number}", font=Font(), runs=(Run(text=string),), lines=(line,)))
        blocks.append(Block(id=f"b{number + 1}", role="text", box=box, text=f"t{number}"))
    field = Block(
        id="b90",
        role="input",
        box=ImageBox(500, 40, 800, 80),
        field=FieldState(label=NASTY[1]),
        style=Style(background="#eeeeee", extra=extra or {}),
    )
    picture = Block(id="b91", role="image", box=ImageBox(500, 100, 600, 200), asset="a1")
    asset = Asset(id="a1", box=picture.box, alt=NASTY[1])
    root = Block(id="b0", role="page", box=ImageBox(0, 0, 1280, 800), children=(*blocks, field, picture))
    return Page(width=1280, height=800, root=root, texts=tuple(texts), assets=(asset,), title=NASTY[0], language="en")


PICTURE = Image.new("RGB", (1280, 800), "#ffffff")


@pytest.mark.parametrize(("layout", "style", "framework"), list(itertools.product(LAYOUTS, STYLES, FRAMEWORKS)))
def test_no_way_of_writing_lets_a_script_in(layout: LayoutKind, style: StyleKind, framework: Framework) -> None:
    """From the page as it was read to its files, in all ways there are."""
    page = name(structure(hostile_page()))
    for pictures in PICTURES:
        code = emit(page, PICTURE, layout=layout, style=style, pictures=pictures, framework=framework)
        main = {"html": None, "react": "/src/main.jsx", "vue": "/src/main.js"}[framework]
        assert faults(code.files["index.html"].decode(), script=main) == []
        sheet = "style.css" if framework == "html" else "src/style.css"
        assert css_faults(code.files[sheet].decode()) == []
        assert (pictures == "crop") == any(path.endswith(".png") for path in code.files)


def test_an_edit_cannot_bring_an_address() -> None:
    """What an edit adds to a style goes through the same gate."""
    with pytest.raises(UnsafeMarkup):
        emit(hostile_page({"background-image": "url(http://evil.example/x.png)"}), PICTURE, layout="absolute")


@pytest.mark.display
@pytest.mark.parametrize("style", STYLES)
def test_a_browser_asks_for_nothing_else(renderer: Renderer, style: StyleKind) -> None:
    """Drawn in files and as one file, a page of hostile texts makes no request."""
    code = emit(name(structure(hostile_page())), PICTURE, style=style)
    assert renderer.render(code).refused == ()
    one = single_file(code)
    assert faults(re.sub(r"<style>.*?</style>", "", one, count=1, flags=re.DOTALL)) == []
    assert renderer.render(one).refused == ()


def test_code_is_the_same_type_for_all() -> None:
    """Every way of writing returns files with an index.html."""
    for framework in FRAMEWORKS:
        code = emit(hostile_page(), PICTURE, framework=framework)
        assert isinstance(code, Code)
        assert "index.html" in code.files
