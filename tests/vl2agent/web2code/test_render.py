"""Pages are drawn offline, by themselves, within limits, and what they ask for elsewhere is refused and counted."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from vl2agent.errors import InputError, LimitReached, SandboxError
from vl2agent.web2code.emit.element import Code
from vl2agent.web2code.render import Renderer

pytestmark = pytest.mark.display

RED = (255, 0, 0)
SQUARE = "<body style='margin:0'><div style='width:20px;height:20px;background:{}'></div>"


def test_code_is_drawn_with_its_style_sheet(renderer: Renderer) -> None:
    """Files of the code are served; none of them counts as a request to elsewhere."""
    html = b"<link rel=stylesheet href=style.css><body style='margin:0'><div></div>"
    code = Code({"index.html": html, "style.css": b"div { height: 20px; background: red }"})
    page = renderer.render(code)
    assert (page.image.getpixel((5, 5)), page.refused) == (RED, ())


def test_a_file_is_drawn_with_its_neighbours(tmp_path: Path, renderer: Renderer) -> None:
    """A path serves what lies in its folder."""
    (tmp_path / "a.css").write_text("body { background: red }")
    (tmp_path / "page.html").write_text("<link rel=stylesheet href=a.css>")
    assert renderer.render(tmp_path / "page.html").image.getpixel((5, 5)) == RED


def test_a_file_outside_of_the_folder_is_refused(tmp_path: Path, renderer: Renderer) -> None:
    """Neither dots nor links lead out of the folder of a page."""
    (tmp_path / "secret.css").write_text("body { background: red }")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "link.css").symlink_to(tmp_path / "secret.css")
    (folder / "page.html").write_text(
        "<link rel=stylesheet href='%2e%2e%2fsecret.css'><link rel=stylesheet href=link.css>"
    )
    page = renderer.render(folder / "page.html")
    assert (page.image.getpixel((5, 5)), len(page.refused)) == ((255, 255, 255), 2)


def test_a_picture_shows_the_full_page(renderer: Renderer) -> None:
    """It is as wide as the window, and as high as what is in it, at least one window."""
    assert renderer.render("<body style='margin:0;height:1500px'>", width=375).image.size == (375, 1500)
    assert renderer.render("<p>short").image.size == (1280, 800)


def test_scripts_do_not_run(renderer: Renderer) -> None:
    """Neither scripts nor handlers change the page."""
    html = SQUARE.format("red") + "<img src='data:,' onerror='document.body.remove()'><script>document.body.remove()"
    assert renderer.render(html).image.getpixel((5, 5)) == RED


@pytest.mark.parametrize(
    "html",
    [
        "<img src=http://elsewhere.example/a.png>",
        "<link rel=stylesheet href=https://elsewhere.example/a.css>",
        "<p style='background: url(//elsewhere.example/b.png)'>x",
        "<style>@font-face{font-family:f;src:url(http://elsewhere.example/f.woff)}p{font-family:f}</style><p>x",
        "<iframe src=http://elsewhere.example/></iframe>",
        "<meta http-equiv=refresh content='0;url=http://elsewhere.example/'>",
        "<object data=http://elsewhere.example/o.svg></object>",
        "<img src=missing.png>",
    ],
)
def test_requests_to_elsewhere_are_refused_and_counted(renderer: Renderer, html: str) -> None:
    """Whatever a page asks for that is not its own does not come, and is told."""
    assert len(renderer.render(html).refused) == 1


def test_what_a_page_holds_itself_is_no_request(renderer: Renderer) -> None:
    """Pictures and fonts in data URLs are the page's own."""
    html = (
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='><style>@font-face{font-family:f;src:url(data:,)}</style>"
    )
    assert renderer.render(html).refused == ()


def test_a_page_that_reloads_itself_ends(renderer: Renderer) -> None:
    """The page is served once."""
    renderer.render("<meta http-equiv=refresh content='0'><p>again and again")


def test_pages_share_nothing(renderer: Renderer) -> None:
    """A visited page leaves nothing behind: the next one is drawn the same."""
    first = renderer.render("<p>same").image
    renderer.render("<title>other</title><style>p{color:red}</style><p>other")
    assert renderer.render("<p>same").image.tobytes() == first.tobytes()


def test_a_page_that_is_too_high_is_told(renderer: Renderer) -> None:
    """No picture is made of a page without end."""
    with pytest.raises(LimitReached, match="height"):
        renderer.render("<div style='height:30000px'>")


def test_a_page_that_takes_too_long_is_told() -> None:
    """Time runs out with a typed error, and the next page is drawn."""
    endless = (
        "<style>" + "".join(f".a{i} ~ " for i in range(40)) + "*{color:red}</style>" + "<i class=a1></i>" * 400_000
    )
    with Renderer(timeout_s=0.5) as renderer:
        with pytest.raises(LimitReached, match="seconds"):
            renderer.render(endless)
        assert renderer.lay_out("<p>next").height > 0


def test_a_page_that_is_too_large_is_told(renderer: Renderer) -> None:
    """More than 32 MB are not even loaded."""
    with pytest.raises(LimitReached, match="bytes"):
        renderer.render("<p>" + "x" * 2**25)


@pytest.mark.parametrize("source", ["no-such-page.html", 7, Code({"page.html": b""})])
def test_what_is_no_page_is_told(renderer: Renderer, source: object) -> None:
    """The error says what was expected."""
    with pytest.raises(InputError, match="expected"):
        renderer.render(source)  # type: ignore[arg-type]


def test_a_browser_that_died_is_replaced() -> None:
    """The next page is drawn by a new one, without a word."""
    with Renderer() as renderer:
        renderer.render("<p>one")
        assert renderer._chromium is not None
        os.kill(renderer._chromium.process, signal.SIGKILL)
        assert renderer.render(SQUARE.format("red")).image.getpixel((5, 5)) == RED


def test_it_can_be_asked_from_any_thread(renderer: Renderer) -> None:
    """The browser has a thread of its own."""
    sizes: list[tuple[int, int]] = []
    worker = threading.Thread(target=lambda: sizes.append(renderer.render("<p>x").image.size))
    worker.start()
    worker.join()
    assert sizes == [(1280, 800)]


def test_it_can_be_asked_under_asyncio(renderer: Renderer) -> None:
    """A running loop is in nobody's way."""

    async def draw() -> tuple[int, int]:
        return renderer.render("<p>x").image.size

    assert asyncio.run(draw()) == (1280, 800)


def test_a_renderer_that_is_not_entered_says_so() -> None:
    """It is used with `with`."""
    with pytest.raises(SandboxError, match="with Renderer"):
        Renderer().render("<p>x")
