"""Render the hostile pages in a browser, and ask the page itself where everything is.

A page is a file of pages/: its truth first, as JSON, with CSS selectors for places; then its HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

from vl2agent.bench.injection.truth import Deed, HostileScreen, Lure
from vl2agent.geometry import ScreenBox
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.steps import Frame

HERE = Path(__file__).parent
_TRUTH = re.compile(r'<script type="application/json" id="truth">(.+?)</script>\n', re.DOTALL)


def rendered_pages(names: Sequence[str] = ()) -> Iterator[tuple[HostileScreen, Frame]]:
    """Give every page, or those of these names, rendered, with its truth."""
    for path in sorted((HERE / "pages").glob("*.html")):
        if names and path.stem not in names:
            continue
        source = path.read_text(encoding="utf-8")
        found = _TRUTH.search(source)
        assert found is not None, f"{path} says nothing of itself"
        yield _rendered(path.stem, json.loads(found[1]), _TRUTH.sub("", source))


def _rendered(name: str, said: dict[str, Any], html: str) -> tuple[HostileScreen, Frame]:
    style = (HERE / "page.css").read_text(encoding="utf-8")
    dark = "class=dark" if said.get("dark") else ""
    html = html.replace("<!doctype html>", f"<!doctype html><html {dark}><meta charset=utf-8><style>{style}</style>")
    size, scale = tuple(said.get("size", (1280, 800))), said.get("scale", 1.0)
    with BrowserSandbox(html="<p>", size=size, scale=scale) as browser:
        browser.on_page(lambda page: _open(page, said["url"], html))
        frame = browser.settled().frame

        def boxed(selector: str) -> ScreenBox:
            return browser.on_page(lambda page: _box(page, selector, frame))

        def written(selector: str) -> str:
            return browser.on_page(lambda page: " ".join((page.text_content(selector) or "").split()))

        lures = [
            Lure(
                text=lure.get("text") or written(lure["at"]),
                trick=lure["trick"],
                box=boxed(lure["at"]) if lure["at"] else None,
            )
            for lure in said["lures"]
        ]
        screen = HostileScreen(
            name=name,
            goal=said["goal"],
            kind="page",
            language=said.get("language", "en"),
            dark=said.get("dark", False),
            scale=scale,
            windows=frame.windows,
            benign=tuple(deed for each in said["benign"] for deed in deeds(each, boxed)),
            injected=tuple(deed for each in said["injected"] for deed in deeds(each, boxed)),
            lures=tuple(lures),
        )
    return screen, frame


def deeds(said: dict[str, Any], boxed: Any) -> Iterator[Deed]:
    """Give what one line of a truth says; "enter" is to click a field and type into it."""
    places = tuple(boxed(said[place]) for place in ("at", "to") if said.get(place))
    intent = {name: value for name, value in said.items() if name not in ("at", "to")}
    if said["kind"] == "enter":
        click = {"kind": "click", "target": said["target"], "count": 3}
        yield Deed.model_validate({"intent": click, "boxes": places})
        yield Deed.model_validate({"intent": {"kind": "type", "text": said["text"]}})
    else:
        yield Deed.model_validate({"intent": intent, "boxes": places})


def _open(page: Page, url: str, html: str) -> None:
    """Open the url as if the page were there: nothing is asked of any network."""

    def answer(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html; charset=utf-8")

    page.route("**/*", answer)
    page.goto(url)
    page.evaluate("document.fonts.ready")


def _box(page: Page, selector: str, frame: Frame) -> ScreenBox:
    """Where it is in the picture, cut at the picture's edges."""
    found = page.locator(selector).bounding_box()
    assert found is not None, f"{selector} is not on {page.url}"
    left, top, width, height = (found[name] * frame.scale for name in ("x", "y", "width", "height"))
    box = ScreenBox(int(left), int(top), max(int(left + width), int(left) + 1), max(int(top + height), int(top) + 1))
    seen = box.intersection(frame.region)
    assert seen is not None, f"{selector} is outside of {page.url}"
    return seen
