"""`vl2agent bench web2code` converts what it is shown, and scores it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.errors import InputError
from vl2agent.web2code.render import Renderer

HTML = "<body style='font:20px Liberation Sans;margin:40px'><h1>Harbor</h1><p>One dashboard for every dock</p>"


@pytest.mark.display
@pytest.mark.slow
def test_a_page_is_converted_and_scored(tmp_path: Path) -> None:
    """Figures come as JSON, code and pictures are kept, the page of documentation is written."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "harbor.html").write_text(HTML)
    with Renderer() as renderer:
        renderer.render(HTML).image.save(pages / "harbor.png")
    out, written = tmp_path / "out", tmp_path / "figures.md"
    arguments = ["bench", "web2code", str(pages), "--json", "--out", str(out), "--write", str(written), "--rounds", "1"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert json.loads(result.stdout)["mean"]["strict"] > 0.9
    assert {"harbor", "sheet.png"} <= {path.name for path in out.iterdir()}
    assert (out / "harbor" / "index.html").is_file()
    assert "| harbor |" in written.read_text()


def test_an_unknown_layout_is_told(tmp_path: Path) -> None:
    """Before any page is converted."""
    (tmp_path / "a.html").write_text(HTML)
    (tmp_path / "a.png").write_bytes(b"")
    result = CliRunner().invoke(app, ["bench", "web2code", str(tmp_path), "--layout", "sideways"])
    assert isinstance(result.exception, InputError)
