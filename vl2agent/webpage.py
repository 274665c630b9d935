"""What the screen and the executor of a Playwright page share: where its pixels are, and what its errors mean."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vl2agent.errors import DisplayLost, InputError, MissingExtra
from vl2agent.geometry import Display, ScreenBox

if TYPE_CHECKING:
    from playwright.sync_api import Page

_GONE = ("Target crashed", "Page crashed", "has been closed", "Connection closed", "Target closed", "Session closed")


def require_page(page: object) -> None:
    """Make sure that this is a page of Playwright's sync API.

    Raises:
        InputError: it is something else, such as a page of the async API.
        MissingExtra: Playwright is not installed.
    """
    try:
        from playwright.sync_api import Page
    except ImportError as error:
        raise MissingExtra("browser", "a browser page") from error
    if not isinstance(page, Page):
        kind = f"{type(page).__module__}.{type(page).__qualname__}"
        raise InputError(f"expected a page of playwright.sync_api, got {kind}; under asyncio, try BrowserSandbox")


def page_scale(page: Page) -> float:
    """Ask for the physical pixels per CSS pixel; a page's scale does not change while it is open."""
    with page_errors(page):
        return float(page.evaluate("devicePixelRatio"))


def page_display(page: Page, scale: float) -> Display:
    """Return the page's viewport as a display: box in physical pixels, logical points are CSS pixels."""
    with page_errors(page):
        viewport = page.viewport_size or page.evaluate("({width: innerWidth, height: innerHeight})")
    width, height = (math.floor(viewport[side] * scale + 0.5) for side in ("width", "height"))  # as Chromium rounds
    return Display("page", ScreenBox(0, 0, width, height), scale)


def page_address(page: Page) -> str:
    """Return the url that the page stands at; of one that holds its own content (data:) only what kind that is."""
    url = page.url
    return url.partition(",")[0] if url.startswith("data:") else url


@contextlib.contextmanager
def page_errors(page: Page) -> Iterator[None]:
    """Tell a page that is gone from a request that failed, which stays Playwright's own error.

    Raises:
        DisplayLost: the page was closed or crashed, or its browser did.
        InputError: this is not the thread that the page was made on.
    """
    import greenlet  # type: ignore[import-untyped]
    from playwright.sync_api import Error

    loop = asyncio._get_running_loop()
    try:
        yield
    except Error as error:
        if page.is_closed() or any(sign in error.message for sign in _GONE):
            raise DisplayLost(f"the page went away: {error.message.splitlines()[0]}") from error
        raise
    except greenlet.error as error:
        asyncio._set_running_loop(loop)  # Playwright leaves its own behind, and asyncio.run would refuse to start
        raise InputError(
            "expected a call on the thread that made the page, as Playwright demands; BrowserSandbox takes any thread"
        ) from error
