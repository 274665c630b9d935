"""Capture on a real X server: pictures, windows, settling, and a server that is not there or dies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from Xlib import X, display
from Xlib.error import BadValue, CatchError

from vl2agent.capture.desktop import DesktopScreen
from vl2agent.capture.xpicture import XPictures
from vl2agent.errors import DisplayLost, InputError, NoDisplay, WaylandUnsupported
from vl2agent.geometry import ScreenBox, Size
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.xdisplay import connect, disconnect

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
def _xvfb(*options: str) -> Iterator[XServer]:
    reader, writer = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset", *options],
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
    """Toggle the colour of a part of a window until told to stop; return once it does."""
    started = threading.Event()

    def work() -> None:
        with _window(name, ScreenBox(0, 0, 400, 300), 0xFFFFFF) as (client, window):
            colors = [0x000000, 0xFFFFFF]
            while not stop.wait(period_s):
                _paint(client, window, box, colors[0])
                colors.reverse()
                started.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(10)
    return thread


def test_an_animation_is_still_moving_when_time_is_up(server: XServer) -> None:
    """The verdict says where it moves."""
    stop = threading.Event()
    thread = _animate(server.name, ScreenBox(40, 40, 140, 100), 0.03, stop)
    with DesktopScreen(server.name) as screen:
        settled = screen.settled(1.0, quiet_s=0.5)
    stop.set()
    thread.join()
    assert settled.verdict == "moving"
    assert settled.changing == (ScreenBox(40, 40, 140, 100),)


def test_a_blinking_caret_is_told_from_movement(server: XServer) -> None:
    """Only a thin line toggles, faster than the quiet time asked for: 'caret', not 'moving'."""
    stop = threading.Event()
    thread = _animate(server.name, ScreenBox(50, 60, 52, 78), 0.3, stop)
    with DesktopScreen(server.name) as screen:
        settled = screen.settled(5.0, quiet_s=1.0)
    stop.set()
    thread.join()
    assert settled.verdict == "caret"
    assert settled.changing == (ScreenBox(50, 60, 52, 78),)


def test_a_thin_change_that_does_not_come_back_is_no_caret(server: XServer) -> None:
    """A line that appears once, as a typed letter does, is movement."""
    with DesktopScreen(server.name) as screen, _window(server.name, ScreenBox(0, 0, 400, 300)) as (client, window):
        later = threading.Timer(0.2, _paint, (client, window, ScreenBox(50, 60, 52, 78), 0))
        later.start()
        settled = screen.settled(3.0, min_wait_s=0.6)
        later.join()
    assert (settled.verdict, settled.changing) == ("settled", ())
    assert settled.frame.image.getpixel((51, 70)) == (0, 0, 0)


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


def test_windows_that_come_and_go_while_they_are_listed_do_no_harm(sandbox: Sandbox) -> None:
    """A window may vanish between two requests; the list leaves it out."""
    stop = threading.Event()

    def churn() -> None:
        client = display.Display(sandbox.display)
        while not stop.is_set():
            window = client.screen().root.create_window(300, 300, 200, 100, 0, client.screen().root_depth)
            window.set_wm_name("brief")
            window.map()
            client.sync()
            time.sleep(0.01)
            window.destroy()
            client.sync()
        client.close()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        titles = {window.title for _ in range(60) for window in sandbox.windows()}
    finally:
        stop.set()
        thread.join()
    assert titles <= {"brief", ""}


def test_the_scale_is_what_applications_are_told(sandbox: Sandbox) -> None:
    """Xft.dpi as GNOME and KDE set it, the window scale as Xfce sets it; the default is 1."""
    settings = ["xfconf-query", "-c", "xsettings"]

    def scale_becomes(wanted: float) -> bool:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with DesktopScreen(sandbox.display) as screen:
                if screen.grab().scale == screen.displays[0].scale == wanted:
                    return True
            time.sleep(0.1)
        return False

    try:
        assert scale_becomes(1.0)
        sandbox.run([*settings, "-p", "/Xft/DPI", "-n", "-t", "int", "-s", "144"])
        assert scale_becomes(1.5)
        sandbox.run([*settings, "-p", "/Gdk/WindowScalingFactor", "-n", "-t", "int", "-s", "2"])
        assert scale_becomes(2.0)
    finally:
        sandbox.run([*settings, "-p", "/Xft/DPI", "-s", "96"])
        sandbox.run([*settings, "-p", "/Gdk/WindowScalingFactor", "-s", "1"])
        assert scale_becomes(1.0)


@pytest.mark.skipif(shutil.which("xrandr") is None, reason="needs x11-xserver-utils")
def test_one_monitor_of_two_is_a_screen_of_its_own() -> None:
    """A monitor's frame keeps its place on the desktop; the whole desktop shows both."""
    with _xvfb() as own, _window(own.name, ScreenBox(500, 100, 600, 200), 0x3366CC):
        _split(own.name)
        with DesktopScreen(own.name) as whole, DesktopScreen(own.name, monitor=2) as right:
            assert [shown.box for shown in whole.displays] == [ScreenBox(0, 0, 480, 600), ScreenBox(480, 0, 800, 600)]
            assert whole.size.width_px == 800
            frame = right.grab()
    assert frame.region == ScreenBox(480, 0, 800, 600)
    assert frame.image.getpixel((50, 150)) == (0x33, 0x66, 0xCC)


def _split(name: str) -> None:
    """Make two monitors of the one screen, side by side."""
    for monitor in (("left", "480/100x600/100+0+0", "screen"), ("right", "320/100x600/100+480+0", "none")):
        subprocess.run(["xrandr", "-d", name, "--setmonitor", *monitor], check=True)


def test_pictures_by_plain_requests_are_the_same() -> None:
    """Where mss finds no way, the X protocol itself gives the same pixels and monitors."""
    with _xvfb() as own, _window(own.name, ScreenBox(100, 50, 200, 150), 0x3366CC):
        plain = XPictures(own.name)
        with DesktopScreen(own.name) as screen:
            frame = screen.grab()
        picture = plain.grab({"left": 0, "top": 0, "width": 800, "height": 600})
        pixels = np.frombuffer(picture.raw, np.uint8).reshape(600, 800, 4)
        assert np.array_equal(pixels[..., :3], frame.pixels[..., :3])
        assert [item["width"] for item in plain.monitors] == [800, 800]
        plain.close()


@pytest.mark.skipif(shutil.which("Xtigervnc") is None, reason="needs tigervnc-standalone-server")
def test_an_xtigervnc_desktop_can_be_seen_and_may_die(tmp_path: Path) -> None:
    """mss refuses this server; the plain way sees it, from any thread, and survives its death."""
    options = ["-geometry", "320x200", "-depth", "24", "-SecurityTypes", "None", "-rfbport", "-1"]
    reader, writer = os.pipe()
    process = subprocess.Popen(
        ["Xtigervnc", "-displayfd", str(writer), *options],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as numbers, DesktopScreen(f":{numbers.readline().strip()}") as screen:
            with screen.stream(20) as frames:
                seen = frames.next()
            assert seen is not None
            assert seen.size == Size(320, 200)
            process.kill()
            process.wait()
            with pytest.raises(DisplayLost):
                screen.grab()
    finally:
        process.kill()
        process.wait()


def test_servers_of_different_kinds_can_be_watched_at_once(server: XServer) -> None:
    """Each numbers its extensions' events itself; one connection must not spoil the next."""
    with _xvfb("-extension", "MIT-SCREEN-SAVER", "-extension", "DOUBLE-BUFFER", "-extension", "SYNC") as other:
        for name in (server.name, other.name, server.name, other.name):
            with DesktopScreen(name) as screen:
                assert screen.windows() == ()


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


@pytest.mark.skipif(not (shutil.which("weston") and shutil.which("Xwayland")), reason="needs weston and xwayland")
def test_a_value_that_the_server_refuses_is_told_as_one(server: XServer) -> None:
    """Xlib's RandR claims its number, and could not read it."""
    x, caught = connect(server.name), CatchError()
    try:
        x.create_resource_object("window", 0x7FFFFFF).kill_client(onerror=caught)
        x.sync()
        assert isinstance(caught.get_error(), BadValue)
    finally:
        disconnect(x)


def test_the_x_server_of_a_wayland_session_is_refused(tmp_path: Path) -> None:
    """Wayland sessions set DISPLAY too, for Xwayland, whose pictures are black: better an error than a black frame."""
    tmp_path.chmod(0o700)
    log = tmp_path / "log"
    process = subprocess.Popen(
        ["weston", "--backend=headless-backend.so", "--use-pixman", "--xwayland", "--socket=test", f"--log={log}"],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 10
        found = None
        while found is None and time.monotonic() < deadline:
            time.sleep(0.1)
            found = re.search(r"xserver listening on display (:\d+)", log.read_text() if log.exists() else "")
        assert found is not None
        with pytest.raises(WaylandUnsupported, match=f"{found[1]} is Xwayland"):
            DesktopScreen(found[1])
    finally:
        process.terminate()
        process.wait()


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
