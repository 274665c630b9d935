"""Utility classes: Tailwind's names, our style sheet, and the same picture from both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import html5lib
import pytest
from npm_packages import install, node
from PIL import ImageChops
from sample_documents import around, png, sample

from vl2agent.web2code.emit.element import Code, Element
from vl2agent.web2code.emit.html import write_html
from vl2agent.web2code.emit.utilities import utilities
from vl2agent.web2code.render import Renderer

COMPILE = """
import { readFileSync } from "node:fs";
import { compile } from "tailwindcss";
const content = readFileSync("node_modules/tailwindcss/index.css", "utf8");
const loadStylesheet = async (id, base) => ({ path: id, base, content });
const { build } = await compile('@import "tailwindcss";', { base: ".", loadStylesheet });
process.stdout.write(build(JSON.parse(readFileSync(0, "utf8"))));
"""


def classes(code: Code) -> set[str]:
    """Return all classes of a page."""
    tree = html5lib.parse(code.files["index.html"].decode(), namespaceHTMLElements=False)
    return {name for element in tree.iter() for name in element.get("class", "").split()}


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ({"padding": "16px"}, ["p-4"]),
        ({"padding": "8px 16px"}, ["px-4", "py-2"]),
        ({"padding": "40px"}, ["p-10"]),
        ({"margin": "0 auto"}, ["mx-auto"]),
        ({"margin-top": "-13px"}, ["mt-[-13px]"]),
        ({"margin-top": "-16px"}, ["-mt-4"]),
        ({"gap": "12px"}, ["gap-3"]),
        ({"gap": "13px"}, ["gap-[13px]"]),
        ({"font-size": "14px", "line-height": "20px"}, ["text-sm/5"]),
        ({"font-size": "14px"}, ["text-[14px]"]),
        ({"font-weight": "700"}, ["font-bold"]),
        ({"border-radius": "8px"}, ["rounded-lg"]),
        ({"border-radius": "0 0 8px 8px"}, ["rounded-br-lg", "rounded-bl-lg"]),
        ({"border": "1px solid #cccccc"}, ["border", "border-[#ccc]"]),
        ({"border-left": "4px solid #4e73df"}, ["border-l-4", "border-l-[#4e73df]"]),
        ({"width": "40px", "height": "40px"}, ["size-10"]),
        ({"width": "100%"}, ["w-full"]),
        ({"display": "flex"}, ["flex"]),
        ({"justify-content": "space-between"}, ["justify-between"]),
        ({"background-color": "#ffffff"}, ["bg-white"]),
        ({"background-image": 'url("assets/a1.png")'}, ["bg-[url('assets/a1.png')]"]),
        ({"box-shadow": "0 2px 8px #00000022"}, ["shadow-[0_2px_8px_#0002]"]),
        ({"font-family": '"A B", serif'}, ["[font-family:'A_B',serif]"]),
    ],
)
def test_a_declaration_has_tailwinds_name(style: Mapping[str, str], expected: list[str]) -> None:
    """A standard one where the values are the same, else the value in brackets."""
    assert [each.name for each in utilities(style)] == expected


def test_every_class_has_a_rule() -> None:
    """The style sheet has what the page needs, and no more."""
    code = write_html(sample(), {}, style="tailwind")
    selectors = re.findall(r"^\s*\.(\S+) \{", code.files["style.css"].decode(), re.MULTILINE)
    assert {selector.replace("\\", "").removesuffix("::placeholder") for selector in selectors} == classes(code)


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No script, no address, no compiler in the page."""
    files = write_html(sample(), {}, style="tailwind").files
    assert not re.search(rb"<script|https?:|@import|cdn", files["index.html"] + files["style.css"])


@pytest.mark.display
@pytest.mark.parametrize("width", [1280, 375])
def test_classes_show_what_rules_show(renderer: Renderer, width: int) -> None:
    """The same page in both styles is the same picture, in wide windows and in narrow ones."""
    picture = {"assets/a1.png": png()}
    rules = renderer.render(write_html(sample(), picture), width=width).image
    utility = renderer.render(write_html(sample(), picture, style="tailwind"), width=width).image
    assert ImageChops.difference(rules, utility).getbbox() is None


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tailwind itself."""
    return install(tmp_path_factory.mktemp("tailwind"), "tailwindcss@4")


def compiled(packages: Path, code: Code) -> Code:
    """Return the page with the style sheet that Tailwind makes for it, reset included."""
    css = node(packages, COMPILE, json.dumps(sorted(classes(code))))
    return Code({**code.files, "style.css": css.encode()})


def test_tailwind_knows_every_class(packages: Path) -> None:
    """Its compiler makes a rule of each."""
    code = write_html(sample(), {}, style="tailwind")
    css = compiled(packages, code).files["style.css"].decode().replace("\\", "")
    assert [name for name in sorted(classes(code)) if f".{name}" not in css] == []


@pytest.mark.display
@pytest.mark.parametrize("width", [1280, 375])
def test_tailwind_draws_the_same(renderer: Renderer, packages: Path, width: int) -> None:
    """The page in a project that has Tailwind looks as with our style sheet."""
    table = Element(
        "table",
        children=(Element("tr", children=(Element("th", children=("A",)), Element("td", children=("b",)))),),
    )
    inline = Element(
        "p",
        children=(
            "An ",
            Element("em", children=("odd",)),
            " ",
            Element("code", children=("x",)),
            Element("mark", children=("y",)),
        ),
    )
    rule = Element("hr", style={"height": "3px", "background-color": "#4e73df"})
    body = sample().body
    document = around(*body.children, table, inline, rule)
    code = write_html(document, {"assets/a1.png": png()}, style="tailwind")
    ours = renderer.render(code, width=width).image
    theirs = renderer.render(compiled(packages, code), width=width).image
    assert ours.size == theirs.size
    assert ImageChops.difference(ours, theirs).getbbox() is None
