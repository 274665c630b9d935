"""Pages made of screenshots are scored, all of them, the failed ones too."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from vl2agent.bench.web2code import Report, Target, measure, truths
from vl2agent.bench.web2code_markdown import page
from vl2agent.bench.web2code_sheet import sheet
from vl2agent.errors import InputError, SandboxError
from vl2agent.web2code.emit.element import Code
from vl2agent.web2code.render import Renderer

PAGES = {
    "article": "<body><h1>Harbor</h1><p>One dashboard for every dock and crane</p><a href=#>Read on</a>",
    "broken": "<body><p>What no converter gets through",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two pages and their pictures."""
    with Renderer() as renderer:
        for name, html in PAGES.items():
            (tmp_path / f"{name}.html").write_text(html)
            renderer.render(html).image.save(tmp_path / f"{name}.png")
    return tmp_path


@pytest.fixture
def report(folder: Path) -> Report:
    """Return what a converter got that knows one page by heart, and fails on the other."""
    answers = iter([PAGES["article"]])

    def convert(picture: Image.Image, renderer: Renderer) -> Code:
        answer = next(answers, None)
        if answer is None:
            raise SandboxError("no idea")
        return Code({"index.html": answer.encode()})

    return measure(truths(folder), convert)  # type: ignore[arg-type]  # code alone is enough


@pytest.mark.display
def test_the_figures_of_a_run(report: Report, tmp_path: Path) -> None:
    """Failures count 0 in every mean, are named, and the worst page is one; all of it is told in every form."""
    summary = report.summary()
    assert summary["mean"]["strict"] == summary["mean"]["box_iou"] == 0.5
    assert (summary["failed"], summary["suspect"]) == (["broken"], [])
    assert summary["each"][1]["problem"] == "SandboxError: no idea"
    assert {target["name"]: target["met"] for target in summary["targets"]}["strict, worst page"] is False
    assert summary["roles"] == {"all": 0.5, "a": 1.0, "heading": 1.0}
    text = page(report, "vl2agent bench web2code pages")
    assert "strict 0.500" in text
    assert "SandboxError: no idea" in text
    assert sheet(report.results).width > 1000


@pytest.mark.parametrize(
    ("target", "met"),
    [(Target("a", 0.88, least=0.88), True), (Target("b", 0.2, most=0.15), False), (Target("c", 0, most=0), True)],
)
def test_a_target_is_met_or_not(target: Target, met: bool) -> None:
    """Its bound is included."""
    assert target.met is met


def test_pages_have_a_picture_beside_them(tmp_path: Path) -> None:
    """A page without one is left out; a folder without any is an error."""
    (tmp_path / "lonely.html").write_text("<p>")
    with pytest.raises(InputError, match="found none"):
        truths(tmp_path)


def test_unknown_pages_are_told(tmp_path: Path) -> None:
    """With those that there are."""
    (tmp_path / "one.html").write_text("<p>")
    Image.new("RGB", (2, 2)).save(tmp_path / "one.png")
    with pytest.raises(InputError, match=r"\(one\), got 'two'"):
        truths(tmp_path, ["two"])
