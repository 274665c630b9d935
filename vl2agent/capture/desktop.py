"""The desktop as a screen: X11, Windows and macOS, through mss."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from vl2agent.capture.base import CaptureScreen
from vl2agent.errors import CaptureError, DisplayLost, InputError, NoDisplay, WaylandUnsupported
from vl2agent.geometry import Display, LogicalPoint, ScreenBox, Size
from vl2agent.steps import Frame, Window
from vl2agent.xdisplay import connect, display_name

if TYPE_CHECKING:
    from mss import MSS

    from vl2agent.capture.windows import WindowList

_BACKENDS = ("default", "xgetimage", "xlib")
"""mss's X11 back ends, best first; the last is the only one that works on Xtigervnc."""


class DesktopScreen(CaptureScreen):
    """A desktop, or one monitor of it.

    Args:
        display: X display such as ':0'; by default $DISPLAY. Only for X11.
        monitor: number of one monitor, from 1; by default all of them, as one picture.
        scale: physical pixels per logical one; by default what the desktop says.

    Raises:
        NoDisplay: there is none, or it does not answer.
        WaylandUnsupported: the session is Wayland and has no X server.
        InputError: no monitor has this number.
    """

    def __init__(self, display: str | None = None, *, monitor: int | None = None, scale: float | None = None) -> None:
        x11 = sys.platform.startswith("linux")
        self._name = _x11_display(display) if x11 else None
        self._mss = _open(self._name)
        self._scale = scale or (_x11_scale(self._name) if x11 else 1.0)
        self._window_list: WindowList | None = None
        monitors = self._mss.monitors
        if monitor is not None and not 1 <= monitor < len(monitors):
            raise InputError(f"expected a monitor from 1 to {len(monitors) - 1}, got {monitor}")
        self._area = dict(monitors[monitor or 0])
        self._monitors = [dict(item) for item in monitors[1:]]
        self._region = self.grab().region

    @property
    def size(self) -> Size:
        return self._region.size

    @property
    def displays(self) -> tuple[Display, ...]:
        """The monitors, the primary one first."""
        ordered = sorted(self._monitors, key=lambda item: not item.get("is_primary", False))
        return tuple(self._display(number, item) for number, item in enumerate(ordered, start=1))

    def grab(self) -> Frame:
        """Take one picture of the area.

        Raises:
            DisplayLost: the X server went away.
            CaptureError: the platform gave no picture.
        """
        from mss.exception import ScreenShotError

        try:
            shot = self._mss.grab(self._area)
        except (ScreenShotError, AssertionError) as error:  # mss asserts that a dead connection answers
            self._complain(error)
        pixels = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
        zoom = shot.width / self._area["width"]  # macOS measures monitors in points and delivers pixels
        left, top = round(self._area["left"] * zoom), round(self._area["top"] * zoom)
        region = ScreenBox(left, top, left + shot.width, top + shot.height)
        return Frame(pixels, region, time.monotonic(), self._scale * zoom)

    def windows(self) -> tuple[Window, ...]:
        if self._name is None:
            return ()
        if self._window_list is None:
            from vl2agent.capture.windows import WindowList

            self._window_list = WindowList(self._name)
        return self._window_list.read()

    def close(self) -> None:
        from mss.exception import ScreenShotError

        with contextlib.suppress(ScreenShotError, AssertionError):  # a server that is gone needs no goodbye
            self._mss.close()
        if self._window_list is not None:
            self._window_list.close()
            self._window_list = None

    def _display(self, number: int, item: dict[str, Any]) -> Display:
        box = ScreenBox(item["left"], item["top"], item["left"] + item["width"], item["top"] + item["height"])
        origin = LogicalPoint(box.left / self._scale, box.top / self._scale)
        return Display(item.get("name") or f"monitor {number}", box, self._scale, origin)

    def _complain(self, error: Exception) -> NoReturn:
        """Raise the error that fits: is the server gone, or did it only refuse?"""
        if self._name is not None:
            try:
                connect(self._name).close()
            except NoDisplay:
                raise DisplayLost(f"display {self._name} went away: {error}") from error
        raise CaptureError(f"the platform gave no picture: {error}") from error


def _x11_display(display: str | None) -> str:
    session = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland"
    if display is None and session and not os.environ.get("DISPLAY"):
        raise WaylandUnsupported(
            "this is a Wayland session, whose screen cannot be captured yet; what works today: the sandbox "
            "(leave out --live), or logging in to an X11 session ('on Xorg' on the login screen)"
        )
    return display_name(display)


def _open(name: str | None) -> MSS:
    """Open mss with the first back end that delivers a picture."""
    from mss import MSS
    from mss.exception import ScreenShotError

    if name is None:
        return MSS()
    connect(name).close()  # a clear error when no server answers
    for backend in _BACKENDS:
        try:
            screen = MSS(backend=backend, display=name)
            screen.grab({"left": 0, "top": 0, "width": 1, "height": 1})
        except ScreenShotError as error:
            problem = error
        else:
            return screen
    raise CaptureError(f"no way to take pictures of display {name} works; the last one says: {problem}")


def _x11_scale(name: str | None) -> float:
    """Read the scale that X clients are told: Xft.dpi of the resource database, over 96."""
    server = connect(name)
    try:
        found = server.screen().root.get_full_property(server.intern_atom("RESOURCE_MANAGER"), 0)
        text = found.value.decode(errors="replace") if found is not None else ""
        dpi = next((line.split(":", 1)[1] for line in text.splitlines() if line.startswith("Xft.dpi:")), "96")
        return round(max(1.0, float(dpi) / 96) * 4) / 4  # desktops scale in quarters
    except ValueError:
        return 1.0
    finally:
        server.close()
