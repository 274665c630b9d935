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
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from vl2agent.actions import Action, TypeText, Wait
from vl2agent.capture.base import CaptureScreen
from vl2agent.capture.browser import PageScreen
from vl2agent.errors import CaptureError, DisplayLost, ExecutionError, InputError, MissingExtra, SandboxError
from vl2agent.executor.browser import PageExecutor
from vl2agent.geometry import Display, Size
from vl2agent.sandbox import chromium
from vl2agent.steps import Frame, Receipt, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

T = TypeVar("T")

START_S = 30.0
"""For the browser to start and the page to load."""
ANSWER_S = 10.0
"""For the page to answer: scripts that run longer count as stuck."""
CLOSE_S = 1.0
"""For the browser to close by itself before it is killed."""


@dataclass(frozen=True, slots=True)
class _Tab:
    """The page in front, seen and used."""

    page: Page
    screen: PageScreen
    executor: PageExecutor


class BrowserSandbox(CaptureScreen):
    """A browser of its own with one page in view; a Screen and an Executor.

    The browser is Chromium or Chrome as installed, without a window, with an empty profile that is removed at the end.
    A page that opens another one shows that one, until it is closed.

    Args:
        url: what to open: http, https, file or data; or the path of a file.
        html: the page itself, instead of a url.
        size: width and height of the page in CSS pixels; frames have `scale` times as many.
        scale: physical pixels per CSS pixel.
        network: whether pages reach more than the origin of `url` on this machine.

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
    ) -> None:
        if (url is None) == (html is None):
            raise InputError("expected a url or html, and not both")
        self._html = html
        self._url = url.resolve().as_uri() if isinstance(url, Path) else (url or "about:blank")
        self._arguments = chromium.arguments(self._url, network=network)
        self._size = size if isinstance(size, Size) else Size(*size)
        self._scale = Display("page", Size(1, 1) and _box(self._size), scale).scale
        self._thread: ThreadPoolExecutor | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None
        self._tab: _Tab | None = None
        self._process = 0
