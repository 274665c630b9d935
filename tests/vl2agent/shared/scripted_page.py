"""A browser with scripts on, for pages in a folder or in memory: nothing else can be reached from it."""

from __future__ import annotations

import contextlib
import io
import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PIL import Image

from vl2agent.geometry import Size
from vl2agent.sandbox.browsers import arguments
from vl2agent.sandbox.chromium import Chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

ORIGIN = "http://page.invalid"


@contextlib.contextmanager
def scripted_page(read: Callable[[str], bytes | None], width: int = 1280) -> Iterator[tuple[Page, list[str]]]:
    """Open the page whose files `read` returns by name; yield it with the list of what went wrong."""
    chromium = Chromium.start(arguments("about:blank", network=False), Size(width, 800), 1.0, scrollbars=False)
    wrong: list[str] = []

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        name = url.path.lstrip("/") or "index.html"
        content = read(name) if f"{url.scheme}://{url.netloc}" == ORIGIN else None
        if content is None:
            wrong.append(f"asked for {route.request.url}")
            route.abort()
        else:
            route.fulfill(body=content, content_type=mimetypes.guess_type(name)[0] or "text/plain")

    try:
        page = chromium.browser.new_page(viewport={"width": width, "height": 800})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.route("**/*", answer)
        page.goto(f"{ORIGIN}/", wait_until="load")
        yield page, wrong
    finally:
        chromium.close()


def in_folder(folder: Path) -> Callable[[str], bytes | None]:
    """Return how to read a file of a folder by its name."""
    return lambda name: (folder / name).read_bytes() if (folder / name).is_file() else None


def picture(page: Page) -> Image.Image:
    """Take a picture of the whole page."""
    with Image.open(io.BytesIO(page.screenshot(full_page=True))) as image:
        return image.convert("RGB")
