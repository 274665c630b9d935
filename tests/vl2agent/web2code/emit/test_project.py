"""Components for React and Vue: equal siblings are one, and a real build draws the page that the HTML is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from npm_packages import install
from PIL import ImageChops
from sample_documents import around, font, png, sample, words
from scripted_page import in_folder, picture, scripted_page

from vl2agent.web2code.emit.components import Repeat, fold, used
from vl2agent.web2code.emit.element import Code, Document, Element
from vl2agent.web2code.emit.html import write_html
from vl2agent.web2code.emit.project import write_project
from vl2agent.web2code.render import Renderer
from vl2agent.web2code.single import single_file

Framework = Literal["react", "vue"]
FRAMEWORKS: tuple[Framework, ...] = ("react", "vue")
HOSTILE = '</script><script>alert(1)</script> {{ 1+1 }} {alert(1)} ${alert(1)} `x` "q" \'a\' & <b onload="x">\\u0041'


def source(code: Code, name: str) -> str:
    """Return a file of the project."""
    return code.files[f"src/{name}"].decode()


def test_three_cards_are_one_component_and_a_list() -> None:
    """What differs is data, what is the same stays in the component."""
    app, components = fold(sample().body)
    cards = next(each for each in used(app) if each.component == "Card")
    assert isinstance(cards.rows, tuple)
    assert [row["title"] for row in cards.rows] == ["One", "Two", "Three"]
    assert "alt" not in components[-1].props


def test_a_list_in_each_card_is_a_component_in_the_component() -> None:
    """Rows hold rows."""

    def card(*labels: str) -> Element:
        items = tuple(Element("li", children=(Element("a", {"href": "#"}, children=(label,)),)) for label in labels)
        return Element("article", name="card", children=(Element("ul", children=items),))

    app, components = fold(Element("body", children=(card("a", "b", "c"), card("d", "e", "f"))))
    assert [each.name for each in components] == ["Item", "Card"]
    (cards,) = used(app)
    assert cards == Repeat(
        "Card",
        (
            {"items": [{"label": "a"}, {"label": "b"}, {"label": "c"}]},
            {"items": [{"label": "d"}, {"label": "e"}, {"label": "f"}]},
        ),
        "cards",
    )


def test_what_stands_between_words_is_no_list() -> None:
    """Links in a sentence are not siblings that repeat."""
    link = Element("a", {"href": "#"}, children=(Element("b", children=("x",)),))
    _, components = fold(Element("body", children=(Element("p", children=("a ", link, " b ", link, " c ", link)),)))
    assert components == []


def test_a_react_component_takes_what_differs() -> None:
    """It reads as people write it."""
    code = write_project(sample(), {}, "react")
    assert source(code, "components/Card.jsx").startswith(
        "export default function Card({ look, title, buttonLook, label }) {\n  return (\n    <article className={look}>"
    )
    app = source(code, "App.jsx")
    assert 'import Card from "./components/Card.jsx";' in app
    assert '{ look: "card", title: "One", buttonLook: "button", label: "Go One" },' in app
    assert "{cards.map((each, index) => <Card key={index} {...each} />)}" in app


def test_a_vue_component_takes_what_differs() -> None:
    """It reads as people write it."""
    code = write_project(sample(), {}, "vue")
    card = source(code, "components/Card.vue")
    assert card.startswith('<script setup>\ndefineProps(["look", "title", "buttonLook", "label"]);\n</script>\n')
    assert '<article :class="look">' in card
    assert '<Card v-for="(each, index) in cards" :key="index" v-bind="each" />' in source(code, "App.vue")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_project_has_what_vite_needs(framework: Framework) -> None:
    """A page, a main, a package without a lock; pictures where they are served."""
    files = write_project(sample(), {"assets/a1.png": png()}, framework).files
    package = json.loads(files["package.json"])
    assert package["scripts"]["build"] == "vite build"
    assert framework in package["dependencies"]
    assert "lock" not in " ".join(files)
    assert "public/assets/a1.png" in files
    assert b'<div id="app"></div>' in files["index.html"]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vite, and both frameworks."""
    wanted = ("vite@8", "react@19", "react-dom@19", "@vitejs/plugin-react@6", "vue@3", "@vitejs/plugin-vue@6")
    return install(tmp_path_factory.mktemp("vite"), *wanted)


def built(code: Code, packages: Path, folder: Path) -> Path:
    """Build a project with Vite; return the folder that it serves."""
    for name, content in code.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    vite = [shutil.which("node") or "node", "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]
    done = subprocess.run(vite, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr + done.stdout == ""
    return folder / "dist"


@pytest.mark.slow
@pytest.mark.display
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_build_draws_what_the_html_draws(
    framework: Framework, packages: Path, renderer: Renderer, tmp_path: Path
) -> None:
    """Vite builds it without a word, the browser runs it without a word, and the picture is the same."""
    body = sample().body
    hostile = words("p", "note", font(16), HOSTILE, Element("em", children=(" " + HOSTILE,)))
    fields = (
        Element("textarea", {"aria-label": HOSTILE}, font(16), children=("one\n two",)),
        Element("input", {"type": "checkbox", "checked": "", "aria-label": "On"}),
        Element("input", {"value": HOSTILE, "aria-label": "Off"}, font(14)),
    )
    spaced = words("p", "", font(16, white_space="pre"), "a  b   c")
    document = Document(Element("body", style=body.style, children=(*body.children, hostile, *fields, spaced)), "Page")
    assets = {"assets/a1.png": png()}
    html = renderer.render(write_html(document, assets)).image
    dist = built(write_project(document, assets, framework), packages, tmp_path)
    with scripted_page(in_folder(dist)) as (page, wrong):
        page.wait_for_selector("#app > *", state="attached")
        drawn = picture(page)
    assert wrong == []
    assert drawn.size == html.size
    assert ImageChops.difference(drawn, html).getbbox() is None


def test_a_page_with_nothing_on_it_is_a_project() -> None:
    """An empty page has no components."""
    assert "src/App.jsx" in write_project(around(), {}, "react").files


@pytest.mark.display
def test_a_project_can_be_looked_at_before_it_is_built(renderer: Renderer) -> None:
    """A browser without scripts gets the page that the build will draw; one file holds it too."""
    code = write_project(sample(), {"assets/a1.png": png()}, "react")
    html = renderer.render(write_html(sample(), {"assets/a1.png": png()})).image
    for shown in (code, single_file(code)):
        assert ImageChops.difference(renderer.render(shown).image, html).getbbox() is None
