"""A recording in which everything happens that the viewer shows, and a browser that watches what a page does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from eventful_run import record
from playwright.sync_api import Page

from vl2agent.recording.reader import Recording
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.trace.page import write_page

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


@pytest.fixture(scope="session")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a run in which much happens."""
    return record(tmp_path_factory.mktemp("trace") / "eventful.v2a")


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserSandbox]:
    """A Chromium that reaches no network."""
    with BrowserSandbox(html="") as sandbox:
        yield sandbox


@pytest.fixture
def viewer(browser: BrowserSandbox, eventful: Path, tmp_path: Path) -> Viewer:
    """The eventful recording's page, in a browser."""
    return Viewer(browser, write_page(Recording(eventful), tmp_path / "page.html"))


@pytest.fixture
def view_of(browser: BrowserSandbox, tmp_path: Path) -> Callable[[Path], Viewer]:
    """Open the page of any recording."""
    return lambda path: Viewer(browser, write_page(Recording(path), tmp_path / f"{path.stem}.html"))
