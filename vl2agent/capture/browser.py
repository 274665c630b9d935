"""One page of a browser as a screen."""

from __future__ import annotations

import base64
import io
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vl2agent.capture.base import CaptureScreen
from vl2agent.errors import CaptureError, DisplayLost
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.steps import Frame, Window
from vl2agent.webpage import page_display, page_errors, page_scale, require_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

TRIES = 3


class PageScreen(CaptureScreen):
    """The viewport of a Playwright page, without the browser's frame around it.

    Frames have the page's physical pixels: CSS pixels times the device scale factor, as `page.screenshot()` has, but
    taken over the DevTools protocol, which neither waits for fonts nor touches the page, and takes a third less time.
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
        with page_errors(page):
            self._session = page.context.new_cdp_session(page)
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
        """Return the page as the one window there is; its title is empty while it navigates."""
        from playwright.sync_api import Error

        try:
            with page_errors(self._page):
                title = self._page.title()
        except Error:
            title = ""
        return (Window(title=title, app="chromium", box=self.displays[0].box, active=True),)

    def _note_crash(self, _: Page) -> None:
        self._crashed = True

    def _require_alive(self) -> None:
        """Ask whether the page crashed: a crashed page does not refuse to be captured, it never answers."""
        with page_errors(self._page):
            self._page.wait_for_timeout(0)  # one round trip, in which a crash is heard of
        if self._crashed:
            raise DisplayLost("the page crashed")

    def _png(self) -> bytes:
        """Have the browser encode the viewport, fast rather than small."""
        from playwright.sync_api import Error

        for _ in range(TRIES):
            try:
                with page_errors(self._page):
                    options = {"optimizeForSpeed": True, **self._clip()}
                    return base64.b64decode(self._session.send("Page.captureScreenshot", options)["data"])
            except Error as error:
                problem = error.message.splitlines()[0]
                self._page.bring_to_front()  # Chromium refuses a page that another one covers
        raise CaptureError(f"the browser gave no picture: {problem}")

    def _clip(self) -> dict[str, Any]:
        """Ask for physical pixels; without a clip Chromium delivers CSS pixels."""
        if self._scale == 1:
            return {}
        viewport = self._session.send("Page.getLayoutMetrics")["cssVisualViewport"]
        size = self.size
        return {
            "clip": {
                "x": viewport["pageX"],
                "y": viewport["pageY"],
                "width": size.width_px / self._scale,
                "height": size.height_px / self._scale,
                "scale": self._scale,
            }
        }
