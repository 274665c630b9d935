"""A browser of one's own: from any thread, without network, gone at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

from vl2agent.actions import Click, TypeText
from vl2agent.contracts import Executor, Primitives, Screen
from vl2agent.errors import (
    CaptureError,
    DisplayLost,
    ExecutionError,
    InputError,
    MissingPackages,
    SandboxError,
)
from vl2agent.geometry import ScreenPoint, Size
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.sandbox.browsers import is_snap, system_browser

pytestmark = pytest.mark.display

STUCK = "<button style='position: fixed; inset: 0' onclick='for (;;);'>Hang</button>"


class Server(ThreadingHTTPServer):
    """A web server on this machine that writes down who asked for what."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []

    @property
    def host(self) -> str:
        """Host and port, as in a url."""
        return f"127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """Answers everything with a small page."""

    server: Server

    def do_GET(self) -> None:  # the name that http.server calls
        """Write the request down and answer."""
        self.server.asked.append(self.path)
        body = b"<title>Here</title><p>Hello</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this machine."""
    with Server() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield running
        running.shutdown()


other_server = server


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserSandbox]:
    """One browser with a field."""
    with BrowserSandbox(html="<title>Größe</title><input id=f autofocus>", size=(640, 480)) as sandbox:
        yield sandbox


def processes_of(browser: BrowserSandbox, kind: str) -> list[int]:
    """Ids of the browser's processes, as the browser itself knows them."""

    def ask(page: Page) -> list[int]:
        assert page.context.browser is not None
        session = page.context.browser.new_browser_cdp_session()
        found = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        return [int(process["id"]) for process in found if process["type"] == kind]

    return browser.on_page(ask)


def process_of(browser: BrowserSandbox) -> int:
    """Id of the browser's main process."""
    return processes_of(browser, "browser")[0]


def wait_until(true: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Ask again and again until it is true; tell whether it became so in time."""
    deadline = time.monotonic() + within_s
    while not (answer := true()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def is_gone(process: int) -> bool:
    """Tell whether a process has ended, whether or not its parent knows."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_it_is_a_screen_and_an_executor(browser: BrowserSandbox) -> None:
    """It has the contracts that the agent knows, and acts on what it shows."""
    screen: Screen = browser
    executor: Executor = browser
    hands: Primitives = browser
    assert screen.size == screen.grab().size == Size(640, 480)
    executor.perform(TypeText(text="naïve"))
    assert hands.cursor() == ScreenPoint(0, 0)
    assert browser.on_page(lambda page: page.input_value("#f")) == "naïve"


def test_any_thread_may_call(browser: BrowserSandbox) -> None:
    """Eight threads at once get their frames."""
    with ThreadPoolExecutor(8) as threads:
        frames = list(threads.map(lambda _: browser.grab(), range(16)))
    assert {frame.size for frame in frames} == {Size(640, 480)}


@pytest.mark.asyncio
async def test_it_works_where_an_event_loop_runs() -> None:
    """Under asyncio too, where Playwright's own sync API refuses to start."""
    with BrowserSandbox(html="<title>Loop</title>", size=(300, 200)) as browser:
        frame = await asyncio.to_thread(browser.grab)
        assert frame.size == browser.grab().size == Size(300, 200)


def test_a_page_that_opens_another_shows_that_one() -> None:
    """The newest page is in view until it closes; then the one before is again."""
    with BrowserSandbox(html="<title>First</title><button onclick=window.open('about:blank')>New</button>") as browser:
        browser.perform(Click(point=ScreenPoint(20, 20)))
        wait_until(lambda: browser.on_page(lambda page: len(page.context.pages)) == 2)
        browser.on_page(lambda page: page.set_content("<title>Second</title>"))
        assert browser.windows()[0].title == "Second"
        browser.on_page(lambda page: page.close())
        assert browser.windows()[0].title == "First"
        browser.on_page(lambda page: page.close())
        with pytest.raises(DisplayLost, match="closed"):
            browser.grab()


def test_html_can_be_loaded_again(browser: BrowserSandbox) -> None:
    """Html given as text survives a reload, and is read as UTF-8 whatever it says."""
    browser.on_page(lambda page: page.reload() and None)
    assert browser.windows()[0].title == "Größe"


def test_a_path_is_a_page(tmp_path: Path) -> None:
    """A file can be opened by its path."""
    path = tmp_path / "my page.html"
    path.write_text("<title>From a file</title>")
    with BrowserSandbox(path, scale=2, size=(200, 100)) as browser:
        assert browser.windows()[0].title == "From a file"
        assert browser.size == Size(400, 200)


def test_a_path_may_be_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text without a scheme that names a file is its path, relative or not."""
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text("<title>From a file</title>")
    with BrowserSandbox("page.html", size=(200, 100)) as browser:
        assert browser.windows()[0].title == "From a file"


REACH = """async host => {
  const fetched = url => fetch(url, {mode: "no-cors"}).then(() => true, () => false);
  const socket = url => new Promise(done => {
    const opened = new WebSocket(url);
    opened.onopen = () => done(true); opened.onerror = () => done(false);
  });
  return [await fetched(`http://${host}/fetched`), await socket(`ws://${host}/socket`)];
}"""


def test_without_network_only_the_own_origin_is_there(server: Server, other_server: Server) -> None:
    """Another port of this machine is out of reach for requests, WebSockets and links; the own one is not."""
    with BrowserSandbox(f"http://{server.host}/start") as browser:
        assert browser.windows()[0].title == "Here"
        assert browser.on_page(lambda page: page.evaluate(REACH, server.host))[0] is True
        assert browser.on_page(lambda page: page.evaluate(REACH, other_server.host)) == [False, False]
        assert browser.on_page(lambda page: page.evaluate(REACH, f"localhost:{server.server_port}"))[0] is False
        browser.on_page(lambda page: page.evaluate("host => { location = `http://${host}/`}", other_server.host))
        assert wait_until(lambda: browser.on_page(lambda page: page.url).startswith("chrome-error:"))
    assert {"/start", "/fetched", "/socket"} <= set(server.asked)
    assert other_server.asked == []


def test_html_reaches_nothing(browser: BrowserSandbox, server: Server) -> None:
    """A page given as text has no network at all."""
    assert browser.on_page(lambda page: page.evaluate(REACH, server.host)) == [False, False]
    assert server.asked == []


def test_network_opens_it(server: Server) -> None:
    """With network, other origins answer."""
    with BrowserSandbox(html="<title>Open</title>", network=True) as browser:
        assert browser.on_page(lambda page: page.evaluate(REACH, server.host))[0] is True
    assert "/fetched" in server.asked


@pytest.mark.parametrize("url", ["https://example.com", "ftp://127.0.0.1/", "http://10.0.0.1/", "example", ""])
def test_other_hosts_need_network(url: str) -> None:
    """A page that is not of this machine is refused before anything starts."""
    with pytest.raises(InputError, match="network=True"):
        BrowserSandbox(url)


def test_it_needs_one_page() -> None:
    """Neither no page nor two."""
    with pytest.raises(InputError):
        BrowserSandbox()
    with pytest.raises(InputError):
        BrowserSandbox("data:,a", html="b")
    with pytest.raises(InputError):
        BrowserSandbox(html="b", scale=0)


def test_a_page_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    """A missing file ends in the sandbox's error, with the browser gone."""
    threads = threading.active_count()
    with pytest.raises(SandboxError, match="ERR_FILE_NOT_FOUND"), BrowserSandbox(tmp_path / "none.html"):
        pytest.fail("it opened")
    assert threading.active_count() == threads


def test_it_must_be_entered() -> None:
    """Before and after, it says how."""
    browser = BrowserSandbox(html="")
    with pytest.raises(SandboxError, match="with BrowserSandbox"):
        browser.grab()
    browser.close()


def test_everything_ends_after_an_error() -> None:
    """Browser and profile are gone when the block is left by an exception."""
    sandbox = BrowserSandbox(html="")
    sandbox.__enter__()
    process = process_of(sandbox)
    command = Path(f"/proc/{process}/cmdline").read_text().split("\0")
    with pytest.raises(ZeroDivisionError), contextlib.closing(sandbox):
        raise ZeroDivisionError
    (profile,) = [part.partition("=")[2] for part in command if part.startswith("--user-data-dir=")]
    assert wait_until(lambda: is_gone(process), within_s=2)
    assert not Path(profile).exists()


def test_a_browser_that_is_killed_is_a_lost_display() -> None:
    """Looking and acting both say that it went away, and leaving is clean."""
    with BrowserSandbox(html="") as browser:
        os.kill(process_of(browser), signal.SIGKILL)
        with pytest.raises(DisplayLost):
            browser.grab()
        with pytest.raises(DisplayLost):
            browser.perform(Click(point=ScreenPoint(5, 5)))
        browser.release_all()


def test_a_page_that_crashes_is_a_lost_display() -> None:
    """So is a page whose renderer dies, which Playwright still calls open."""
    with BrowserSandbox(html="") as browser:
        browser.grab()
        renderers = processes_of(browser, "renderer")
        for renderer in renderers:
            os.kill(renderer, signal.SIGKILL)
        assert wait_until(lambda: all(map(is_gone, renderers)))
        with pytest.raises(DisplayLost):
            browser.grab()
        with pytest.raises(DisplayLost):
            browser.perform(Click(point=ScreenPoint(5, 5)))


def test_a_stuck_page_does_not_hold_anyone_up() -> None:
    """A script without end becomes an error in bounded time, and leaving kills the browser."""
    with BrowserSandbox(html=STUCK, answer_s=1) as browser:
        process = process_of(browser)
        with pytest.raises(ExecutionError, match="may yet have happened"):
            browser.perform(Click(point=ScreenPoint(50, 50)))
        with pytest.raises(CaptureError, match="stuck"):
            browser.grab()
    assert wait_until(lambda: is_gone(process), within_s=2)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_is_left_when_the_parent_is_killed() -> None:
    """SIGKILL of the program that started it ends the browser too."""
    code = """
import sys, time
sys.path.insert(0, "")
from vl2agent.sandbox.browser import BrowserSandbox
with BrowserSandbox(html="") as browser:
    browser.grab()
    print(browser._chromium.process, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        parent.kill()
    assert wait_until(lambda: is_gone(process), within_s=3)


def put_program(folder: Path, name: str, text: str) -> Path:
    """Make an executable file."""
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


UBUNTU_STUB = """#!/bin/sh
if ! [ -x /snap/bin/chromium ]; then
    echo "Command '$0' requires the chromium snap to be installed." >&2
    exit 10
fi
exec /snap/bin/chromium "$@"
"""


def test_ubuntus_snap_stub_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stub is no browser: the error names it, and what works."""
    monkeypatch.setenv("PATH", str(tmp_path))
    stub = put_program(tmp_path, "chromium-browser", UBUNTU_STUB)
    assert is_snap(str(stub))
    assert system_browser() is None
    with pytest.raises(MissingPackages, match=r"chromium-browser is a snap.*try: ") as caught:
        BrowserSandbox(html="").__enter__()
    assert caught.value.exit_code == 8


def test_a_browser_that_works_is_preferred_to_a_stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chrome beside the stub is found; Debian's own launcher script is not taken for a stub."""
    assert not is_snap("/usr/bin/chromium")
    put_program(tmp_path, "chromium-browser", UBUNTU_STUB)
    chrome = put_program(tmp_path, "google-chrome", "#!/bin/bash\nexec /opt/google/chrome/chrome\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system_browser() == str(chrome)
