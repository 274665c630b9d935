"""A page as a screen: the same pixels as Playwright's own screenshot, in physical units."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from vl2agent.capture.browser import PageScreen
from vl2agent.errors import DisplayLost, InputError
from vl2agent.geometry import Size
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.steps import Frame
from vl2agent.tiles import dirty_regions

pytestmark = pytest.mark.display

HTML = """<!doctype html><title>Sign up</title>
<body style="margin: 0; height: 3000px; background: linear-gradient(45deg, navy, gold, teal)">
<h1 style="color: white">Read me</h1><input id="name" style="outline: none; font: 20px sans-serif">"""


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserSandbox]:
    """One browser with a tall, colourful page."""
    with BrowserSandbox(html=HTML, size=(400, 300)) as sandbox:
        yield sandbox


def on_scaled_page(browser: BrowserSandbox, size: Size, scale: float, look: Callable[[Page], Frame]) -> Frame:
    """Open the page once more, with another size and scale, scroll it, and look."""

    def open_and_look(page: Page) -> Frame:
        assert page.context.browser is not None
        viewport = {"width": size.width_px, "height": size.height_px}
        context = page.context.browser.new_context(viewport=viewport, device_scale_factor=scale)  # type: ignore[arg-type]
        try:
            other = context.new_page()
            other.goto(page.url)
            other.evaluate("scrollTo(0, 333)")
            return look(other)
        finally:
            context.close()

    return browser.on_page(open_and_look)


@pytest.mark.parametrize(
    ("size", "scale"),
    [(Size(400, 300), 1), (Size(401, 303), 1.25), (Size(403, 301), 1.5), (Size(399, 301), 1.75), (Size(400, 300), 2)],
)
def test_a_frame_is_the_viewport_in_physical_pixels(browser: BrowserSandbox, size: Size, scale: float) -> None:
    """At every scale and odd size, scrolled too, a frame has exactly the pixels of Playwright's own screenshot."""

    def look(page: Page) -> Frame:
        screen = PageScreen(page)
        frame = screen.grab()
        expected = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        assert frame.size == screen.size == Size(*expected.size)
        assert np.array_equal(np.asarray(frame.image), np.asarray(expected))
        return frame

    assert on_scaled_page(browser, size, scale, look).scale == scale


def test_logical_points_are_css_pixels(browser: BrowserSandbox) -> None:
    """The display of a scaled page ties physical pixels to the page's own units."""

    def look(page: Page) -> Frame:
        screen = PageScreen(page)
        box = screen.displays[0].box
        corner = screen.displays[0].to_logical(type(box.center)(box.right - 1, box.bottom - 1))
        assert (corner.x, corner.y) == (399.5, 299.5)
        return screen.grab()

    on_scaled_page(browser, Size(400, 300), 2, look)


def test_the_caret_is_shown(browser: BrowserSandbox) -> None:
    """The blinking caret is in the picture, and settling takes it for one."""
    browser.on_page(lambda page: page.focus("#name"))
    seen: dict[str, Frame] = {}
    deadline = time.monotonic() + 5
    while len(seen) < 2 and time.monotonic() < deadline:
        frame = browser.grab()
        seen.setdefault(frame.digest, frame)
    without, with_it = seen.values()
    (caret,) = dirty_regions(without, with_it)
    assert caret.width <= 4 < caret.height
    assert browser.settled(timeout_s=3).verdict in ("settled", "caret")


def test_the_page_is_the_one_window(browser: BrowserSandbox) -> None:
    """A settled frame names the page by its title, as a window over the whole frame."""
    frame = browser.settled().frame
    (window,) = frame.windows
    assert (window.title, window.app, window.box, window.active) == ("Sign up", "chromium", frame.region, True)


def test_a_changing_page_streams(browser: BrowserSandbox) -> None:
    """A stream grabs from its own thread and sees what the page does meanwhile."""
    with browser.stream(fps=20) as frames:
        before = frames.next()
        browser.on_page(lambda page: page.evaluate("document.body.style.background = 'black'"))
        deadline = time.monotonic() + 5
        while (after := frames.next()) is not None and time.monotonic() < deadline:
            if tuple(after.pixels[-1, 5, :3]) == (0, 0, 0):
                break
    assert before is not None
    assert after is not None
    assert tuple(after.pixels[-1, 5, :3]) == (0, 0, 0) != tuple(before.pixels[-1, 5, :3])


def test_a_closed_page_is_a_lost_display(browser: BrowserSandbox) -> None:
    """A screen whose page was closed says so, whatever it is asked."""

    def look(page: Page) -> Frame:
        screen = PageScreen(page)
        page.close()
        for question in (screen.grab, screen.windows, screen.settled):
            with pytest.raises(DisplayLost, match="went away"):
                question()
        raise DisplayLost("as expected")

    with pytest.raises(DisplayLost, match="as expected"):
        on_scaled_page(browser, Size(400, 300), 1, look)


def test_only_a_page_is_a_page(browser: BrowserSandbox) -> None:
    """Something else, and a page on the wrong thread, are refused with the way out."""
    with pytest.raises(InputError, match=r"expected a page of playwright\.sync_api, got builtins\.str"):
        PageScreen("https://example.com")  # type: ignore[arg-type]
    screen = browser.on_page(PageScreen)
    with pytest.raises(InputError, match="BrowserSandbox takes any thread"):
        screen.grab()
    assert asyncio.run(asyncio.sleep(0, "asyncio still works here")) == "asyncio still works here"
