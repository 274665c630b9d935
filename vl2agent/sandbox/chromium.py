"""A running Chromium with a page in front. All of this belongs on one thread: the one that calls `Chromium.start`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vl2agent.capture.browser import PageScreen
from vl2agent.errors import DisplayLost, MissingExtra, SandboxError
from vl2agent.executor.browser import PageExecutor
from vl2agent.geometry import Size
from vl2agent.sandbox.browsers import may_sandbox, require_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

LAUNCH_MS = 20_000
LOAD_MS = 10_000


@dataclass(frozen=True, slots=True)
class Tab:
    """A page, seen and used."""

    page: Page
    screen: PageScreen
    executor: PageExecutor


@dataclass(slots=True)
class Chromium:
    """The browser, its one profile, and the tab in front."""

    playwright: Playwright
    browser: Browser
    context: BrowserContext
    process: int
    """Process id of the browser, to end it by force."""
    _tab: Tab | None = None

    @classmethod
    def start(cls, arguments: list[str], size: Size, scale: float, *, scrollbars: bool = True) -> Chromium:
        """Start a browser with an empty page; with scrollbars a person sees them, and can drag them.

        Raises:
            MissingExtra: Playwright is not installed.
            MissingPackages: no browser is installed.
            SandboxError: it did not start.
        """
        try:
            from playwright.sync_api import Error, sync_playwright
        except ImportError as error:
            raise MissingExtra("browser", "a browser sandbox") from error

        playwright = sync_playwright().start()
        try:
            browser = playwright.chromium.launch(
                executable_path=require_browser(playwright.chromium.executable_path),
                args=arguments,
                ignore_default_args=["--hide-scrollbars"] if scrollbars else [],
                chromium_sandbox=may_sandbox(),
                timeout=LAUNCH_MS,
            )
            viewport = {"width": size.width_px, "height": size.height_px}
            context = browser.new_context(viewport=viewport, device_scale_factor=scale)  # type: ignore[arg-type]
            return cls(playwright, browser, context, _process_id(browser))
        except Error as error:
            playwright.stop()
            raise SandboxError(f"the browser did not start: {error.message}") from error
        except BaseException:
            playwright.stop()
            raise

    def open(self, url: str) -> None:
        """Open a url in a new tab and wait until it has loaded.

        Raises:
            SandboxError: it cannot be reached, or does not load in time.
        """
        from playwright.sync_api import Error

        try:
            self.context.new_page().goto(url, timeout=LOAD_MS)
        except Error as error:
            raise SandboxError(f"expected a page at {url[:80]!r}: {error.message.splitlines()[0]}") from error

    @property
    def tab(self) -> Tab:
        """The newest page that is still open.

        Raises:
            DisplayLost: none is.
        """
        self._listen()
        if not self.context.pages:
            raise DisplayLost("the page was closed, and there is no other")
        page = self.context.pages[-1]
        if self._tab is None or self._tab.page is not page:
            self._tab = Tab(page, PageScreen(page), PageExecutor(page))
        return self._tab

    def _listen(self) -> None:
        """Make one round trip, in which it is heard that pages opened, moved on, crashed or closed."""
        from playwright.sync_api import Error

        with contextlib.suppress(Error):
            if self.context.pages:
                self.context.pages[-1].wait_for_timeout(0)

    def close(self) -> None:
        """End the browser and Playwright's own process."""
        from playwright.sync_api import Error

        with contextlib.suppress(Error):
            self.browser.close()
        self.playwright.stop()


def _process_id(browser: Browser) -> int:
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return next(int(process["id"]) for process in processes if process["type"] == "browser")
