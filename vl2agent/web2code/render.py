"""Render a page in a real Chromium: offline, scripts off, each page by itself, within limits.

    with Renderer() as renderer:
        page = renderer.render(code)
        page.image.save("page.png")

Files are served from memory under a made-up origin. Every other request is refused and counted: by a policy of the
page, by the browser's interception, and by a proxy that connects to nothing. One worker thread owns the browser, so
that it can be asked from any thread, with or without an asyncio loop.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from PIL import Image

from vl2agent.errors import InputError, LimitReached, SandboxError
from vl2agent.geometry import Size
from vl2agent.sandbox.browsers import arguments
from vl2agent.sandbox.chromium import Chromium
from vl2agent.web2code.dom import HIDE_TEXT, PROBE, Dom
from vl2agent.web2code.site import ORIGIN, Site, Source, site_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

T = TypeVar("T")

WIDTH = 1280
VIEWPORT_HEIGHT = 800
"""What `100vh` is; pictures show the full page."""
MAX_HEIGHT = 20_000
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "frame-src http: https:; object-src http: https:; form-action 'none'; base-uri 'none'"
)
"""Frames and objects are let through to the interception, which refuses them: the policy would not tell."""
START_S = 40.0
GRACE_S = 5.0
"""For Playwright to give up by itself before the browser is killed."""


@dataclass(frozen=True, eq=False)
class Rendered:
    """A page as it came out.

    Args:
        image: the full page.
        textless: the same with all text transparent.
        dom: how it was laid out.
        refused: what it asked for that is not its own, in order.
        html_bytes: size of the HTML itself.
        seconds: how long it took.
        source: the page itself.
    """

    image: Image.Image
    textless: Image.Image
    dom: Dom
    refused: tuple[str, ...]
    html_bytes: int
    seconds: float
    source: Source


class Renderer:
    """One browser for many pages; it is started again when it dies.

    Args:
        timeout_s: how long one page may take.
        max_height: how high a page may be, in pixels.

    Raises on the first page:
        MissingExtra, MissingPackages: Playwright or a browser is not installed.
        SandboxError: the browser does not start.
    """

    def __init__(self, *, timeout_s: float = 30.0, max_height: int = MAX_HEIGHT) -> None:
        self._timeout_s, self._max_height = timeout_s, max_height
        self._thread: ThreadPoolExecutor | None = None
        self._chromium: Chromium | None = None

    def __enter__(self) -> Self:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vl2agent-render")
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the browser; safe to call twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        closing = thread.submit(self._stop)
        try:
            closing.result(GRACE_S)
        except TimeoutError:
            self._kill()
        finally:
            thread.shutdown()

    def warm_up(self) -> None:
        """Start the browser while something else is done; what goes wrong goes wrong again for the first page."""
        if self._thread is not None:
            self._thread.submit(self._start)

    def render(self, source: Source, *, width: int = WIDTH) -> Rendered:
        """Draw a page.

        Args:
            source: code, a conversion, HTML text, or a path.
            width: of the window, in pixels.

        Raises:
            InputError: not a page.
            LimitReached: it takes too long, is too high or too large.
            SandboxError: the browser died over it, twice.
        """
        site = site_of(source)

        def draw(page: Page, refused: list[str]) -> Rendered:
            started = time.monotonic()
            dom = self._measured(page)
            image = _picture(page)
            page.evaluate(HIDE_TEXT)
            textless = _picture(page)
            return Rendered(image, textless, dom, tuple(refused), len(site.html), time.monotonic() - started, source)

        return self._on_page(site, width, draw)

    def lay_out(self, source: Source, *, width: int = WIDTH) -> Dom:
        """Measure a page without drawing it; arguments and errors as of `render`."""
        return self._on_page(site_of(source), width, lambda page, refused: self._measured(page))

    def _measured(self, page: Page) -> Dom:
        dom = Dom.parse(page.evaluate(PROBE))
        if dom.height > self._max_height:
            raise LimitReached("height of a page in pixels", self._max_height, dom.height)
        return dom

    def _on_page(self, site: Site, width: int, job: Callable[[Page, list[str]], T]) -> T:
        """Open the site in a window of its own and run a job there; when the browser dies, once again."""
        if not 1 <= width <= 10_000:
            raise InputError(f"expected a width from 1 to 10000, got {width}")

        def once() -> T:
            with self._context(width) as context:
                return job(*_opened(context, site, self._timeout_s * 1000))

        try:
            return self._call(once)
        except SandboxError:
            return self._call(once)

    @contextlib.contextmanager
    def _context(self, width: int) -> Iterator[BrowserContext]:
        """Give a page a profile of its own; what Playwright says becomes an error of this package."""
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as Late

        browser = self._start()
        try:
            context = browser.new_context(
                viewport={"width": width, "height": VIEWPORT_HEIGHT}, java_script_enabled=False, service_workers="block"
            )
            try:
                yield context
            finally:
                with contextlib.suppress(Error):
                    context.close()
        except Late as error:
            raise LimitReached("seconds to render a page", self._timeout_s, self._timeout_s) from error
        except Error as error:
            self._stop()
            raise SandboxError(f"the browser could not draw the page: {error.message.splitlines()[0]}") from error

    def _start(self) -> Browser:
        """Return the browser, started if there is none that lives."""
        if self._chromium is None or not self._chromium.browser.is_connected():
            self._stop()
            size = Size(WIDTH, VIEWPORT_HEIGHT)
            self._chromium = Chromium.start(arguments("about:blank", network=False), size, 1.0, scrollbars=False)
        return self._chromium.browser

    def _call(self, job: Callable[[], T]) -> T:
        if self._thread is None:
            raise SandboxError("expected a running renderer, as inside of: with Renderer() as renderer: ...")
        limit_s = self._timeout_s + GRACE_S + (START_S if self._chromium is None else 0)
        future = self._thread.submit(job)
        try:
            return future.result(limit_s)
        except TimeoutError as error:
            future.cancel()
            self._kill()
            raise LimitReached("seconds to render a page", self._timeout_s, limit_s) from error

    def _stop(self) -> None:
        chromium, self._chromium = self._chromium, None
        if chromium is not None:
            chromium.close()

    def _kill(self) -> None:
        """End a browser that does not answer; what waits for it fails at once, and the thread is free."""
        if self._chromium is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chromium.process, getattr(signal, "SIGKILL", signal.SIGTERM))


def render(source: Source, *, width: int = WIDTH) -> Rendered:
    """Draw one page in a browser of its own; arguments and errors as of `Renderer.render`."""
    with Renderer() as renderer:
        return renderer.render(source, width=width)


def _opened(context: BrowserContext, site: Site, timeout_ms: float) -> tuple[Page, list[str]]:
    """Load the site's page; return it with the list that what is refused is added to."""
    refused: list[str] = []
    opened: list[str] = []

    def answer(route: Route) -> None:
        request = route.request
        is_page = request.resource_type == "document"
        found = None if is_page and opened else site.file(request.url)  # a page that reloads itself never ends
        if found is None:
            route.abort("aborted")
            return
        if is_page:
            opened.append(request.url)
        route.fulfill(body=found[0], content_type=found[1], headers={"Content-Security-Policy": POLICY})

    def note(request: Request) -> None:
        own = request.url.startswith(("data:", "blob:", "about:")) or site.file(request.url) is not None
        if not own:
            refused.append(request.url)

    context.set_default_timeout(timeout_ms)
    context.on("request", note)
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{ORIGIN}/", wait_until="load")
    return page, refused


def _picture(page: Page) -> Image.Image:
    png = page.screenshot(full_page=True, animations="disabled")
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB")
