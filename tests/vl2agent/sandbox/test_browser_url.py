"""The page's url in its frames, so that rules about domains know where a click would go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vl2agent.actions import Click
from vl2agent.geometry import ScreenPoint
from vl2agent.sandbox.browser import BrowserSandbox

pytestmark = pytest.mark.display

FULL = "style='position: fixed; inset: 0; width: 100%; height: 100%'"
PAGES = {
    "/": f"<title>Start</title><a {FULL} href='/next'>Next</a>",
    "/next": "<title>Next</title><p>Here</p>",
    "/framing": f"<title>Framing</title><iframe {FULL} src='/next'></iframe>",
    "/opening": f"<title>Opening</title><a {FULL} target=_blank href='/next'>Open</a>",
    "/rewriting": f"<title>Rewriting</title><button {FULL} onclick='history.pushState(0, 0, \"/later\")'>Go</button>",
}
MIDDLE = Click(point=ScreenPoint(150, 100))


class Answer(BaseHTTPRequestHandler):
    """Answers with one of the pages."""

    def do_GET(self) -> None:  # the name that http.server calls
        """Send it."""
        body = PAGES.get(self.path, "").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def browser(server: str) -> Iterator[BrowserSandbox]:
    """A browser at the server's first page."""
    with BrowserSandbox(server, size=(300, 200)) as sandbox:
        yield sandbox


def url(browser: BrowserSandbox) -> str:
    """The url in a settled frame."""
    (window,) = browser.settled().frame.windows
    return window.url


def go(browser: BrowserSandbox, address: str) -> None:
    """Open another page."""
    browser.on_page(lambda page: page.goto(address))


def test_a_frame_tells_the_url_and_after_a_navigation_the_new_one(browser: BrowserSandbox, server: str) -> None:
    """A link that was followed changes what the next settled frame says."""
    assert url(browser) == f"{server}/"
    browser.perform(MIDDLE)
    assert url(browser) == f"{server}/next"


def test_a_page_that_rewrites_its_own_address_is_believed(browser: BrowserSandbox, server: str) -> None:
    """History entries that scripts push count: they cannot leave the page's origin."""
    go(browser, f"{server}/rewriting")
    browser.perform(MIDDLE)
    assert url(browser) == f"{server}/later"


def test_the_page_counts_and_not_the_frames_in_it(browser: BrowserSandbox, server: str) -> None:
    """What an inner frame shows changes nothing: the address is that of the page around it."""
    go(browser, f"{server}/framing")
    assert url(browser) == f"{server}/framing"


def test_a_page_that_another_one_opened_tells_its_own_url(browser: BrowserSandbox, server: str) -> None:
    """A popup is in view until it closes, and so is its address."""
    go(browser, f"{server}/opening")
    browser.perform(MIDDLE)
    assert url(browser) == f"{server}/next"
    browser.on_page(lambda page: page.close())
    assert url(browser) == f"{server}/opening"


def test_a_page_that_holds_its_own_content_tells_only_what_kind_it_is(browser: BrowserSandbox) -> None:
    """A data url is a whole page, which nobody wants in every frame."""
    go(browser, "data:text/html,<p>secret</p>")
    assert url(browser) == "data:text/html"
