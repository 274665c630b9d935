"""A picture of a page becomes code that a browser renders back to it."""

from __future__ import annotations

import asyncio
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from vl2agent import async_api, web2code
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.errors import ImageError, InputError
from vl2agent.web2code.ir import Page
from vl2agent.web2code.progress import Stage

if TYPE_CHECKING:
    from vl2agent.web2code.convert import Conversion
    from vl2agent.web2code.render import Renderer

pytestmark = pytest.mark.display

SOURCE = """<!doctype html><html lang="en"><style>
body { margin: 0; font: 16px/1.5 Arial, sans-serif; color: #222 }
header { background: #2456c7; color: #fff; padding: 16px 40px; font-size: 22px }
main { padding: 32px 40px; width: 560px } h1 { font-size: 30px; margin: 0 0 16px }
.card { border: 1px solid #ccd; border-radius: 6px; padding: 16px; margin-top: 24px }
</style><header>Harbour News</header><main><h1>Ships arrive on Monday</h1>
<p>The first three ships of the season are expected in the harbour before noon, the harbour master said today.</p>
<div class="card">Open from nine to five</div></main></html>"""
HOSTILE = """<!doctype html><body style="font: 20px Arial; margin: 40px"><p>&lt;script&gt;alert(1)&lt;/script&gt;</p>
<p>&lt;img src=x onerror=alert(1)&gt;</p><p>javascript:alert(1) url(http://evil.example/x)</p></body>"""


@pytest.fixture(scope="module")
def picture(renderer: Renderer) -> Image.Image:
    """What a browser shows of a small page."""
    return renderer.render(SOURCE, width=800).image


@pytest.fixture(scope="module")
def converted(picture: Image.Image, renderer: Renderer) -> tuple[Conversion, list[Stage]]:
    """The same page, converted once for all; and what was told on the way."""
    told: list[Stage] = []
    return web2code.convert(picture, renderer=renderer, on_progress=told.append), told


def test_it_renders_back_to_the_picture(converted: tuple[Conversion, list[Stage]], renderer: Renderer) -> None:
    """Against the page's own HTML, which the converter never saw."""
    found = web2code.score(renderer.render(SOURCE, width=800), renderer.render(converted[0], width=800))
    assert found.strict > 0.9
    assert found.box_iou > 0.8
    assert not found.suspect


def test_the_report_tells_scores_rounds_and_who_named(converted: tuple[Conversion, list[Stage]]) -> None:
    """With times for each stage, and no request refused."""
    report = converted[0].report
    assert report.score is not None
    assert report.score.total > 0.9
    assert report.naming.slot == "rules"
    assert {"perceive", "structure", "name", "render", "refine"} <= report.seconds.keys()
    assert report.refused_requests == 0
    assert {block.id for block in report.blocks} == {block.id for block in converted[0].page.root.walk()}


def test_each_stage_is_told(converted: tuple[Conversion, list[Stage]]) -> None:
    """In their order."""
    names = list(dict.fromkeys(stage.name for stage in converted[1]))
    assert names[:4] == ["perceive", "structure", "name", "render"]


def test_all_of_it_is_written(converted: tuple[Conversion, list[Stage]], tmp_path: Path) -> None:
    """Code, data, report, pictures and preview; the data is a page again."""
    folder = converted[0].save(tmp_path / "out")
    names = {path.name for path in folder.iterdir()}
    assert {"index.html", "style.css", "ir.json", "report.json", "side-by-side.png", "preview.html"} <= names
    assert Page.model_validate_json((folder / "ir.json").read_text("utf-8")) == converted[0].page
    assert json.loads((folder / "report.json").read_text("utf-8"))["settings"]["layout"] == "flow"


def test_one_file_holds_the_page(converted: tuple[Conversion, list[Stage]], renderer: Renderer) -> None:
    """And looks the same, without asking for anything."""
    drawn = renderer.render(converted[0].single_file(), width=800)
    assert drawn.refused == ()
    seen = converted[0].rendered
    assert drawn.image.crop((0, 0, *seen.size)).tobytes() == seen.tobytes()


def test_a_picture_at_twice_the_scale_is_the_same_page(picture: Image.Image, renderer: Renderer) -> None:
    """Sizes are those of CSS pixels."""
    twice = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.LANCZOS)
    found = web2code.convert(twice, scale=2, rounds=0, renderer=renderer)
    assert (found.page.width, found.page.height) == picture.size
    assert "Harbour News" in found.html


def test_bytes_and_paths_are_taken(picture: Image.Image, renderer: Renderer, tmp_path: Path) -> None:
    """As a file's content, and as its name."""
    data = io.BytesIO()
    picture.crop((0, 0, 400, 60)).save(data, "PNG")
    (tmp_path / "page.png").write_bytes(data.getvalue())
    first = web2code.convert(data.getvalue(), rounds=0, renderer=renderer)
    second = web2code.convert(tmp_path / "page.png", rounds=0, renderer=renderer)
    assert first.page == second.page


def test_words_on_the_picture_stay_words(renderer: Renderer) -> None:
    """What looks like markup is text in the code, and nothing is run or fetched."""
    found = web2code.convert(renderer.render(HOSTILE, width=700).image, rounds=1, renderer=renderer)
    for text in (found.html, found.single_file()):
        assert not re.search(r"<script|<[^>]*\son\w+\s*=|(src|href)\s*=\s*[\"']?(http|javascript)", text, re.IGNORECASE)
    assert found.report.refused_requests == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (640, 480)])
def test_an_empty_picture_is_an_empty_page(size: tuple[int, int], renderer: Renderer) -> None:
    """Of the same size, and of its color."""
    found = web2code.convert(Image.new("RGB", size, "#336699"), renderer=renderer)
    assert not found.page.texts
    assert found.rendered.getpixel((0, 0)) == (0x33, 0x66, 0x99)


def test_it_can_be_awaited(picture: Image.Image, renderer: Renderer) -> None:
    """While the loop goes on."""

    async def both() -> tuple[Conversion, int]:
        ticks = 0
        task = asyncio.create_task(async_api.convert(picture.crop((0, 0, 400, 60)), rounds=0, renderer=renderer))
        while not task.done():
            ticks += 1
            await asyncio.sleep(0.01)
        return await task, ticks

    found, ticks = asyncio.run(both())
    assert "Harbour News" in found.html
    assert ticks > 3


def test_a_model_that_talks_nonsense_changes_nothing_for_the_worse(
    picture: Image.Image, converted: tuple[Conversion, list[Stage]], renderer: Renderer
) -> None:
    """The page scores no lower than without it, and has the same words."""
    without = converted[0]
    nonsense = ScriptedBackend(*["b2 password\nb3 input\n<script>alert(1)</script>\nb99 heading 1\n"] * 30)
    found = web2code.convert(picture, model=nonsense, renderer=renderer)
    assert found.report.score is not None
    assert without.report.score is not None
    assert found.report.score.total >= without.report.score.total - 1e-6
    assert sorted(text.string for text in found.page.texts) == sorted(text.string for text in without.page.texts)
    assert found.report.naming.slot == "scripted"


def test_an_edit_makes_another_page(converted: tuple[Conversion, list[Stage]]) -> None:
    """The first one stays as it is."""
    page = converted[0]
    block = next(
        each.id
        for each in page.page.root.walk()
        if each.text and page.page.text_by_id[each.text].string == "Harbour News"
    )
    model = ScriptedBackend(f"set {block} color #ffee00\nend")
    after = page.edit("make it yellow", block=block, model=model)
    assert after.page != page.page
    assert any(each.font.color == "#ffee00" for each in after.page.texts)
    assert page.page.block_by_id[block].named_by != "edit"


def test_an_edit_needs_a_model(converted: tuple[Conversion, list[Stage]]) -> None:
    """And says so."""
    with pytest.raises(InputError, match="model"):
        converted[0].edit("make it yellow")


@pytest.mark.parametrize("option", [{"layout": "floating"}, {"style": "sass"}, {"rounds": -1}, {"scale": 0}])
def test_an_option_that_does_not_exist_is_refused(option: dict[str, object]) -> None:
    """Before anything is read."""
    with pytest.raises(InputError):
        web2code.convert(Image.new("RGB", (40, 40)), **option)  # type: ignore[arg-type]


def test_a_picture_that_is_too_high_is_refused() -> None:
    """It says what can be done."""
    with pytest.raises(ImageError, match="cut it into parts"):
        web2code.convert(Image.new("RGB", (20, 20_000)))


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    """A file of something else, and no file."""
    (tmp_path / "page.png").write_bytes(b"no picture")
    with pytest.raises(ImageError):
        web2code.convert(tmp_path / "page.png")
    with pytest.raises(ImageError):
        web2code.convert(tmp_path / "other.png")


def test_it_is_said_that_no_text_was_read(renderer: Renderer) -> None:
    """A perfect score of a page that is one picture is no praise."""
    found = web2code.convert(Image.new("RGB", (60, 40), "navy"), rounds=0, renderer=renderer)
    assert any("no text was read" in note for note in found.report.naming.notes)
