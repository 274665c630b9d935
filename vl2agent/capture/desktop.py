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
from vl2agent.xdisplay import connect, disconnect, display_name

if TYPE_CHECKING:
    from mss import MSS
    from Xlib.display import Display as XDisplay

    from vl2agent.capture.windows import WindowList
    from vl2agent.capture.xpicture import XPictures

_BACKENDS = ("default", "xgetimage")
"""mss's X11 back ends that survive the X server's death, best first."""

_WAYLAND = (
    "this is a Wayland session, whose screen cannot be captured yet; what works today: the sandbox "
    "(leave out --live), or logging in to an X11 session ('on Xorg' on the login screen)"
)


class DesktopScreen(CaptureScreen):
    """A desktop, or one monitor of it.

    Args:
        display: X display such as ':0'; by default $DISPLAY. Only for X11.
        monitor: number of one monitor, from 1; by default all of them, as one picture.
        scale: physical pixels per logical one; by default what the desktop says.

    Raises:
        NoDisplay: there is none, or it does not answer.
        DisplayLost: it went away meanwhile.
        WaylandUnsupported: the session is Wayland; its X server, if it has one, sees only black.
        InputError: no monitor has this number.
    """

    def __init__(self, display: str | None = None, *, monitor: int | None = None, scale: float | None = None) -> None:
        x11 = sys.platform.startswith("linux")
        self._name = _x11_display(display) if x11 else None
        said, self._mss = _open_x11(self._name) if self._name else _open()
        self._scale = scale or said
        self._window_list: WindowList | None = None
        monitors = self._mss.monitors
        if monitor is not None and not 1 <= monitor < len(monitors):
            self.close()
            raise InputError(f"expected a monitor from 1 to {len(monitors) - 1}, got {monitor}")
        self._area = dict(monitors[monitor or 0])
        self._monitors = [dict(item) for item in monitors[1:]]
        first = self.grab()
        self._region, self._zoom = first.region, first.scale / self._scale

    @property
    def size(self) -> Size:
        return self._region.size

    @property
    def display(self) -> str | None:
        """The X display's name, such as ':0'; None where there is no X server."""
        return self._name

    @property
    def place(self) -> str:
        """How to come back to it, as a recording says it: 'live :0'; 'live' where displays have no names."""
        return f"live {self._name or ''}".strip()

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

    @property
    def tells_windows(self) -> bool:
        return self._window_list is not None and self._window_list.is_kept

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
        left, top, width, height = (round(item[key] * self._zoom) for key in ("left", "top", "width", "height"))
        origin = LogicalPoint(item["left"] / self._scale, item["top"] / self._scale)
        name = item.get("output") or item.get("name") or f"monitor {number}"
        return Display(name, ScreenBox(left, top, left + width, top + height), self._scale * self._zoom, origin)

    def _complain(self, error: Exception) -> NoReturn:
        """Raise the error that fits: is the server gone, or did it only refuse?"""
        if self._name is not None:
            try:
                disconnect(connect(self._name))
            except NoDisplay:
                raise DisplayLost(f"display {self._name} went away: {error}") from error
        raise CaptureError(f"the platform gave no picture: {error}") from error


def _x11_display(display: str | None) -> str:
    session = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland"
    if display is None and session and not os.environ.get("DISPLAY"):
        raise WaylandUnsupported(_WAYLAND)
    return display_name(display)


def _open() -> tuple[float, MSS]:
    """Open the desktop of Windows or macOS; mss finds the scale of the latter by itself."""
    from mss import MSS

    opened = MSS()  # on Windows this makes the process see physical pixels
    if sys.platform == "win32":
        import ctypes

        return ctypes.windll.user32.GetDpiForSystem() / 96, opened
    return 1.0, opened


def _open_x11(name: str) -> tuple[float, MSS | XPictures]:
    """Ask an X server for its scale, and open it with the first way that delivers a picture."""
    from Xlib.error import ConnectionClosedError

    from vl2agent.capture.xscale import x_scale

    server = connect(name)
    try:
        if _is_xwayland(server):
            raise WaylandUnsupported(f"display {name} is Xwayland: {_WAYLAND}")
        return x_scale(server), _pictures(name)
    except ConnectionClosedError as error:
        raise DisplayLost(f"display {name} went away: {error}") from error
    finally:
        disconnect(server)


def _pictures(name: str) -> MSS | XPictures:
    from mss import MSS
    from mss.exception import ScreenShotError

    from vl2agent.capture.xpicture import XPictures

    for backend in _BACKENDS:
        opened = None
        try:
            opened = MSS(backend=backend, display=name)
            opened.grab({"left": 0, "top": 0, "width": 1, "height": 1})
        except ScreenShotError:
            if opened is not None:
                opened.close()
        else:
            return opened
    return XPictures(name)


def _is_xwayland(server: XDisplay) -> bool:
    """Tell by its extension (since 23.1) or by the names of its outputs."""
    if server.has_extension("XWAYLAND"):
        return True
    if not server.has_extension("RANDR"):
        return False
    outputs = server.screen().root.xrandr_get_screen_resources_current().outputs
    return any(server.xrandr_get_output_info(output, 0).name.startswith("XWAYLAND") for output in outputs)
