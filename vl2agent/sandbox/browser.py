"""`BrowserSandbox`: a browser that nobody else uses, with one page to look at and to act on.

    with BrowserSandbox(html="<input autofocus>") as browser:
        browser.perform(TypeText(text="naïve café"))
        browser.grab().image.save("page.png")

Playwright's objects answer only on the thread that made them, and not on one that runs an asyncio loop. So one worker
thread owns the browser and every call goes there: from any thread, with or without a loop.
"""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urlsplit

from vl2agent.actions import Action, Button, Wait
from vl2agent.capture.base import CaptureScreen
from vl2agent.errors import CaptureError, DisplayLost, ExecutionError, InputError, SandboxError
from vl2agent.geometry import Display, ScreenPoint, Size
from vl2agent.sandbox.browsers import arguments
from vl2agent.sandbox.chromium import Chromium, Tab
from vl2agent.steps import Frame, Receipt, Window

if TYPE_CHECKING:
    from playwright.sync_api import Page

T = TypeVar("T")

START_S = 40.0
"""For the browser to start and the page to load; both have their own, shorter limits."""
CLOSE_S = 1.0
"""For the browser to close by itself before it is killed."""


class BrowserSandbox(CaptureScreen):
    """A browser of its own with one page in view; a Screen and an Executor.

    The browser is Chromium or Chrome as installed, without a window, with an empty profile that is removed at the end.
    When a page opens another one, that one is in view until it closes. What the browser draws outside of the page is
    in no picture: an open list of a <select> takes what is typed; alerts, confirmations and prompts are dismissed,
    unless `on_page` has set a listener.

    Args:
        url: what to open: http, https, file or data; or the path of a file.
        html: the page itself, instead of a url.
        size: width and height of the page in CSS pixels; frames have `scale` times as many.
        scale: physical pixels per CSS pixel.
        network: whether pages reach more than the origin of `url` on this machine.
        answer_s: how long a page may take to answer; one whose scripts run longer counts as stuck.

    Raises on entering:
        MissingExtra: Playwright is not installed.
        MissingPackages: no browser that works is installed; the message has the line that installs one.
        SandboxError: the browser did not start, or the page did not open.
    """

    def __init__(
        self,
        url: str | Path | None = None,
        *,
        html: str | None = None,
        size: tuple[int, int] | Size = (1280, 800),
        scale: float = 1.0,
        network: bool = False,
        answer_s: float = 10.0,
    ) -> None:
        if (url is None) == (html is None):
            raise InputError("expected either a url or html")
        if not 0.25 <= scale <= 8:
            raise InputError(f"expected a scale from 0.25 to 8, got {scale:g}")
        self._url = url if url is None else _address(url)
        self._html = html or ""
        self._size = size if isinstance(size, Size) else Size(*size)
        self._scale = scale
        self._answer_s = answer_s
        self._arguments = arguments("file:///" if self._url is None else self._url, network=network)
        self._thread: ThreadPoolExecutor | None = None
        self._chromium: Chromium | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vl2agent-browser")
        try:
            self._call(self._start, START_S)
        except BaseException as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise SandboxError(f"expected the page within {START_S:g} s, it did not come") from error
            raise
        return self

    def close(self) -> None:
        """End the browser, by force if it must be; safe to call twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        closing = thread.submit(self._stop)
        try:
            closing.result(CLOSE_S)
        except TimeoutError:
            self._kill()
        finally:
            thread.shutdown()
            if self._folder is not None:
                self._folder.cleanup()

    @property
    def size(self) -> Size:
        return self.displays[0].box.size

    @property
    def displays(self) -> tuple[Display, ...]:
        return self._look(lambda tab: tab.screen.displays)

    def grab(self) -> Frame:
        """Take one picture of the page.

        Raises:
            DisplayLost: the page or the browser is gone.
            CaptureError: the page does not answer.
        """
        return self._look(lambda tab: tab.screen.grab())

    def windows(self) -> tuple[Window, ...]:
        return self._look(lambda tab: tab.screen.windows())

    def perform(self, action: Action) -> Receipt:
        """Do it on the page; nothing that it pressed stays down.

        Raises:
            InputError: a point outside the page, a key that does not exist.
            DisplayLost: the page or the browser is gone.
            ExecutionError: the browser did not do it, or does not answer.
        """
        longer_s = action.seconds if isinstance(action, Wait) else 0.0
        stop = self._pace.stop

        def perform(tab: Tab) -> Receipt:
            with tab.executor.stopping_on(stop):
                return tab.executor.perform(action)

        return self._act(perform, action, longer_s)

    def release_all(self) -> None:
        with contextlib.suppress(DisplayLost):  # what is gone holds nothing down
            self._act(lambda tab: tab.executor.release_all())

    def mouse_down(self, button: Button) -> None:
        self._act(lambda tab: tab.executor.mouse_down(button))

    def mouse_up(self, button: Button) -> None:
        self._act(lambda tab: tab.executor.mouse_up(button))

    def key_down(self, key: str) -> None:
        self._act(lambda tab: tab.executor.key_down(key))

    def key_up(self, key: str) -> None:
        self._act(lambda tab: tab.executor.key_up(key))

    def cursor(self) -> ScreenPoint:
        return self._act(lambda tab: tab.executor.cursor())

    def get_clipboard(self) -> str:
        return self._act(lambda tab: tab.executor.get_clipboard())

    def set_clipboard(self, text: str) -> None:
        self._act(lambda tab: tab.executor.set_clipboard(text))

    def on_page(self, ask: Callable[[Page], T]) -> T:
        """Hand the Playwright page to a function, on the page's own thread: to read results, to drive it otherwise.

        Raises:
            ExecutionError: it took longer than a page may. What the function raises is passed on.
        """
        return self._act(lambda tab: ask(tab.page))

    def _start(self) -> None:
        self._chromium = Chromium.start(self._arguments, self._size, self._scale)
        self._chromium.open(self._written(self._html) if self._url is None else self._url)

    def _written(self, html: str) -> str:
        """Put a page into a file, so that it can be loaded again and has storage, and return its url."""
        self._folder = tempfile.TemporaryDirectory(prefix="vl2agent-page-")
        page = Path(self._folder.name, "page.html")
        page.write_text(html, encoding="utf-8-sig")  # the mark says that it is UTF-8, whatever the page says
        return page.as_uri()

    def _stop(self) -> None:
        if self._chromium is not None:
            self._chromium.close()

    def _kill(self) -> None:
        """End the browser; what waits for its answer fails at once, and its thread is free."""
        if self._chromium is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chromium.process, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _look(self, ask: Callable[[Tab], T]) -> T:
        try:
            return self._call(lambda: ask(self._tab), self._answer_s)
        except TimeoutError as error:
            raise CaptureError(f"the page has not answered for {self._answer_s:g} s; is a script stuck?") from error

    def _act(self, ask: Callable[[Tab], T], action: Action | None = None, longer_s: float = 0.0) -> T:
        try:
            return self._call(lambda: ask(self._tab), self._answer_s + longer_s)
        except TimeoutError as error:
            text = f"the page has not answered for {self._answer_s:g} s; is a script stuck? It may yet have happened"
            raise ExecutionError(text, action) from error

    @property
    def _tab(self) -> Tab:
        assert self._chromium is not None  # set before anything else may be asked of the thread
        return self._chromium.tab

    def _call(self, job: Callable[[], T], timeout_s: float) -> T:
        """Run a job on the browser's thread.

        Raises:
            TimeoutError: it is not done in time; a job that has not begun never will.
            SandboxError: there is no browser.
        """
        if self._thread is None:
            raise SandboxError("expected a running browser, as inside of: with BrowserSandbox(url) as browser: ...")
        future = self._thread.submit(job)
        try:
            return future.result(timeout_s)
        except BaseException:
            future.cancel()
            raise


def _address(url: str | Path) -> str:
    """Make an address of the path of a file, also where that comes as text."""
    is_path = isinstance(url, Path) or (not urlsplit(url).scheme and Path(url).is_file())
    return Path(url).resolve().as_uri() if is_path else str(url)
