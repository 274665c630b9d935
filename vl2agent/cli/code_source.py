"""What `vl2agent code` looks at: a picture file, a page at an address, or what a sandbox shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vl2agent.errors import InputError, WindowGone
from vl2agent.geometry import Size

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from vl2agent.steps import Frame, Window

_ADDRESS = re.compile(r"(https?|file|data):", re.IGNORECASE)
VIEW_WIDTH_PX, VIEW_HEIGHT_PX = 1280, 800
SETTLE_S = 0.3


def frame_of(source: str | None, *, sandbox: str | None, window: str | None, width: int | None, network: bool) -> Frame:
    """Take the picture that the command line names.

    Raises:
        InputError: none is named, or two are; an option of another source; an address that needs the network, which was not allowed.
        ImageError: the file is not a readable picture.
        WindowGone: no window has this title.
        SandboxError: no browser, the page did not open, or no such sandbox.
    """
    if (source is None) == (sandbox is None):
        raise InputError("expected a picture, an address, or --sandbox NAME: one of them")
    if window and not sandbox:
        raise InputError("--window names a window of a sandbox; add --sandbox NAME")
    is_address = source is not None and _ADDRESS.match(source) is not None
    if not is_address and (network or width is not None):
        option = "--network" if network else "--width"
        raise InputError(f"{option} is for the page at an address, as http://localhost:8000/; leave it out")
    if sandbox:
        return _of_sandbox(sandbox, window)
    assert source is not None
    if is_address:
        return _of_page(source, width or VIEW_WIDTH_PX, network)
    from vl2agent.capture.files import load_frame

    return load_frame(source)


def _of_sandbox(name: str, title: str | None) -> Frame:
    from vl2agent.sandbox.desktop import Sandbox

    with Sandbox.attach(name) as desktop:
        frame = desktop.settled().frame
    return frame.crop(_named(title, frame.windows).box) if title else frame


def _named(title: str, windows: tuple[Window, ...]) -> Window:
    """Find a window by its title, else by a part of it."""
    exact = [window for window in windows if window.title == title]
    part = [window for window in windows if title.lower() in window.title.lower()]
    if not (found := exact or part):
        raise WindowGone(title)
    return found[0]


def _of_page(address: str, width: int, network: bool) -> Frame:
    from vl2agent.capture.files import read_frame
    from vl2agent.sandbox.browser import BrowserSandbox
    from vl2agent.sandbox.browsers import arguments
    from vl2agent.web2code.source import MAX_HEIGHT_PX

    if not network:
        try:
            arguments(address, network=False)
        except InputError:
            raise InputError(
                f"{address[:80]} is not on this machine; add --network to let the browser reach it"
            ) from None

    def whole(page: Page) -> bytes:
        page.wait_for_timeout(1000 * SETTLE_S)
        height = min(page.evaluate("document.documentElement.scrollHeight"), MAX_HEIGHT_PX)
        clip = {"x": 0, "y": 0, "width": width, "height": max(height, 1)}
        return page.screenshot(full_page=True, clip=clip, animations="disabled")  # type: ignore[arg-type]

    with BrowserSandbox(address, size=Size(width, VIEW_HEIGHT_PX), network=network) as browser:
        return read_frame(browser.on_page(whole), address[:80])
