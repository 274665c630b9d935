"""Capture on a real X server: pictures, windows, settling, and a server that is not there or dies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from Xlib import X, display

from vl2agent.capture.desktop import DesktopScreen
from vl2agent.errors import DisplayLost, InputError, NoDisplay, WaylandUnsupported
from vl2agent.geometry import ScreenBox
from vl2agent.sandbox.desktop import Sandbox

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]


@dataclass
class XServer:
    """A bare Xvfb without a window manager."""

    name: str
    process: subprocess.Popen[bytes]


@contextmanager
def _xvfb(size: str = "800x600") -> Iterator[XServer]:
    reader, writer = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as numbers:
            yield XServer(f":{numbers.readline().strip()}", process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    """One X server for all tests that leave it alive."""
    with _xvfb() as started:
        yield started


@contextmanager
def _window(name: str, box: ScreenBox, color: int = 0xFF0000) -> Iterator[tuple[display.Display, int]]:
    """Map a plain window that no window manager moves."""
    client = display.Display(name)
    window = client.screen().root.create_window(
        *(box.left, box.top, box.width, box.height, 0, client.screen().root_depth),
        background_pixel=color,
        override_redirect=True,
        event_mask=X.ExposureMask,
    )
    window.map()
    client.sync()
    try:
        yield client, window.id
    finally:
        client.close()


def _paint(client: display.Display, window: int, box: ScreenBox, color: int) -> None:
    surface = client.create_resource_object("window", window)
    surface.fill_rectangle(surface.create_gc(foreground=color), box.left, box.top, box.width, box.height)  # type: ignore[arg-type]  # the stub is wrong
    client.sync()


def test_a_grab_has_the_pixels_that_are_on_the_screen(server: XServer) -> None:
    """Colours and places are those of the X server."""
    with _window(server.name, ScreenBox(100, 50, 200, 150), 0x3366CC), DesktopScreen(server.name) as screen:
        frame = screen.grab()
    assert frame.region == ScreenBox(0, 0, 800, 600)
    assert frame.image.getpixel((150, 100)) == (0x33, 0x66, 0xCC)
    assert frame.image.getpixel((250, 100)) == (0, 0, 0)


def test_a_still_screen_settles(server: XServer) -> None:
    """Nothing moves, so the verdict is 'settled' and nothing is reported as changing."""
    with DesktopScreen(server.name) as screen:
        settled = screen.settled()
    assert (settled.verdict, settled.changing) == ("settled", ())


def _animate(name: str, box: ScreenBox, period_s: float, stop: threading.Event) -> threading.Thread:
    """Toggle the colour of a part of a window until told to stop."""

    def work() -> None:
        with _window(name, ScreenBox(0, 0, 400, 300), 0xFFFFFF) as (client, window):
            colors = [0x000000, 0xFFFFFF]
            while not stop.wait(period_s):
                _paint(client, window, box, colors[0])
                colors.reverse()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_an_animation_is_still_moving_when_time_is_up(server: XServer) -> None:
    """The verdict says where it moves."""
    stop = threading.Event()
    thread = _animate(server.name, ScreenBox(40, 40, 140, 100), 0.03, stop)
    with DesktopScreen(server.name) as screen:
        settled = screen.settled(1.0)
    stop.set()
    thread.join()
    assert settled.verdict == "moving"
    assert settled.changing == (ScreenBox(40, 40, 140, 100),)


def test_a_blinking_caret_is_told_from_movement(server: XServer) -> None:
    """Only a thin line toggles, faster than the quiet time asked for: 'caret', not 'moving'."""
    stop = threading.Event()
    thread = _animate(server.name, ScreenBox(50, 60, 52, 78), 0.3, stop)
    time.sleep(0.5)
    with DesktopScreen(server.name) as screen:
        settled = screen.settled(3.0, quiet_s=0.5, min_wait_s=0.8)
    stop.set()
    thread.join()
    assert settled.verdict == "caret"
    assert settled.changing == (ScreenBox(50, 60, 52, 78),)


def test_windows_are_listed_topmost_first(sandbox: Sandbox) -> None:
    """A window manager's windows have titles and framed boxes; panel and desktop are left out."""
    sandbox.launch("mousepad")
    deadline = time.monotonic() + 10
    apps: list[str] = []
    while "Mousepad" not in apps and time.monotonic() < deadline:
        windows = sandbox.settled().frame.windows
        apps = [window.app for window in windows]
    assert apps[0] == "Mousepad"
    assert windows[0].active
    assert not {"Xfce4-panel", "Xfdesktop"} & set(apps)


def test_no_display_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither DISPLAY nor a server: the error says what to try."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    with pytest.raises(NoDisplay, match="sandbox start"):
        DesktopScreen()
    with pytest.raises(NoDisplay, match=":9876"):
        DesktopScreen(":9876")


def test_wayland_is_a_typed_error_that_says_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session with a Wayland socket and no X server."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(WaylandUnsupported, match="X11 session"):
        DesktopScreen()


def test_a_monitor_that_is_not_there_is_refused(server: XServer) -> None:
    """The error counts the monitors."""
    with pytest.raises(InputError, match="from 1 to 1"):
        DesktopScreen(server.name, monitor=7)


def test_a_server_that_dies_is_a_typed_error_and_not_the_end_of_the_process() -> None:
    """Killing the X server makes the next grab raise, in this process, promptly."""
    with _xvfb() as own:
        screen = DesktopScreen(own.name)
        screen.windows()
        own.process.kill()
        own.process.wait()
        with pytest.raises(DisplayLost):
            screen.grab()
        with pytest.raises(DisplayLost):
            screen.windows()
        screen.close()


def test_a_stream_ends_with_the_servers_death() -> None:
    """The reader of a stream gets the error too."""
    with _xvfb() as own, DesktopScreen(own.name) as screen, screen.stream(50) as frames:
        assert frames.next() is not None
        own.process.kill()
        with pytest.raises(DisplayLost):
            for _ in frames:
                pass
