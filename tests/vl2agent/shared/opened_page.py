"""A trace's page in a real browser, which watches what the page does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Page

from vl2agent.sandbox.browser import BrowserSandbox

T = TypeVar("T")


@dataclass
class Viewer:
    """A page in a browser.

    Args:
        browser: where it is opened.
        file: what is opened.

    `complaints` are messages of the console, errors, and requests for anything but the file.
    """

    browser: BrowserSandbox
    file: Path
    complaints: list[str] = field(default_factory=list)

    def see(
        self,
        look: Callable[[Page], T],
        *,
        at: str = "",
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> T:
        """Open the page in a tab of its own, look at it, and close it."""
        return self.browser.on_page(lambda page: self._in_a_tab(page, look, at, width, height, dark))

    def _in_a_tab(self, page: Page, look: Callable[[Page], T], at: str, width: int, height: int, dark: bool) -> T:
        assert page.context.browser is not None
        context = page.context.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        context.set_default_timeout(10_000)
        try:
            tab = context.new_page()
            tab.on("console", lambda message: self.complaints.append(message.text))
            tab.on("pageerror", lambda error: self.complaints.append(str(error)))
            tab.on("request", lambda request: self._note(request.url))
            tab.goto(self.file.as_uri() + at)
            tab.wait_for_selector("html[data-ready] .stage[data-shown]")
            return look(tab)
        finally:
            context.close()

    def _note(self, url: str) -> None:
        if not url.startswith((self.file.as_uri(), "blob:")):
            self.complaints.append(f"request of {url}")
