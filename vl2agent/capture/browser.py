"""One page of a browser as a screen."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vl2agent.capture.base import CaptureScreen
from vl2agent.errors import CaptureError, DisplayLost
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.steps import Frame, Window
from vl2agent.webpage import page_address, page_display, page_errors, page_scale, require_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

TRIES = 3
ATTEMPT_MS = 2500
"""Between a picture under load (0.3 s) and the patience of BrowserSandbox (10 s for all attempts)."""


class PageScreen(CaptureScreen):
    """The viewport of a Playwright page, without the browser's frame around it.

    Frames have the page's physical pixels: CSS pixels times the device scale factor. Asking Chromium itself over the
    DevTools protocol takes a third less time, but now and then a request that meets a navigation is never answered.
    The caret is shown, as a person would see it. To stream, use `BrowserSandbox`: a page answers on one thread only.

    Args:
        page: a page of Chromium through `playwright.sync_api`; whoever opened it closes it.

    Raises:
        InputError: not such a page.
        DisplayLost: the page is gone.
    """

    def __init__(self, page: Page) -> None:
        require_page(page)
        self._page = page
        self._scale = page_scale(page)
        self._crashed = False
        page.on("crash", self._note_crash)

    @property
    def size(self) -> Size:
        return self.displays[0].box.size

    @property
    def displays(self) -> tuple[Display, ...]:
        return (page_display(self._page, self._scale),)

    def grab(self) -> Frame:
        """Take one picture of the viewport.

        Raises:
            DisplayLost: the page or its browser is gone.
            CaptureError: the browser gave no picture.
        """
        self._require_alive()
        with Image.open(io.BytesIO(self._png())) as png:
            image = png.convert("RGB")
        pixels = np.frombuffer(image.tobytes("raw", "BGRX"), np.uint8).reshape(image.height, image.width, 4)
        return Frame(pixels, ScreenBox(0, 0, image.width, image.height), time.monotonic(), self._scale)

    def windows(self) -> tuple[Window, ...]:
        """Return the page as the one window there is; its title is empty while it navigates.

        Its url is the top page's, whatever the frames inside of it show.
        """
        from playwright.sync_api import Error

        try:
            with page_errors(self._page):
                title = self._page.title()
        except Error:
            title = ""
        url = page_address(self._page)
        return (Window(title=title, app="chromium", box=self.displays[0].box, active=True, url=url),)

    def _note_crash(self, _: Page) -> None:
        self._crashed = True

    def _require_alive(self) -> None:
        """Ask whether the page crashed: a crashed page does not refuse to be captured, it never answers."""
        with page_errors(self._page):
            self._page.wait_for_timeout(0)  # one round trip, in which a crash is heard of
        if self._crashed:
            raise DisplayLost("the page crashed")

    def _png(self) -> bytes:
        """Have Playwright take the viewport, in bounded attempts: one that meets a navigation may never be answered."""
        from playwright.sync_api import Error

        for _ in range(TRIES):
            try:
                with page_errors(self._page):
                    return self._page.screenshot(caret="initial", scale="device", timeout=ATTEMPT_MS)
            except Error as error:
                problem = error.message.splitlines()[0]
        raise CaptureError(f"the browser gave no picture: {problem}")
