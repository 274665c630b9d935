"""The visible top-level windows of an X desktop, as its window manager tells them (EWMH)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vl2agent.errors import CoordinateError, DisplayLost
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Window
from vl2agent.xdisplay import connect, disconnect

if TYPE_CHECKING:
    from Xlib.display import Display
    from Xlib.xobject.drawable import Window as XWindow

_NOT_WINDOWS = ("_NET_WM_WINDOW_TYPE_DESKTOP", "_NET_WM_WINDOW_TYPE_DOCK")


class WindowList:
    """Reads the window list over a connection of its own.

    `is_kept` tells whether a window manager kept the list when it was read last; without one it is empty.

    Raises:
        NoDisplay: no X server answers.
    """

    def __init__(self, display: str | None = None) -> None:
        self.is_kept = False
        self._display: Display = connect(display)
        self._not_windows = {self._display.intern_atom(name) for name in _NOT_WINDOWS}

    def read(self) -> tuple[Window, ...]:
        """List the windows that are mapped, topmost first, without panel and desktop.

        A window that vanishes meanwhile is left out. Boxes include the frame that the window manager draws.

        Raises:
            DisplayLost: the X server went away.
        """
        from Xlib.error import ConnectionClosedError

        root = self._display.screen().root
        try:
            self.is_kept = len(self._property(root, "_NET_SUPPORTING_WM_CHECK")) > 0
            stacking = self._property(root, "_NET_CLIENT_LIST_STACKING")
            active = self._property(root, "_NET_ACTIVE_WINDOW")
            found = (self._window(number, number in active[:1]) for number in reversed(stacking))
            return tuple(window for window in found if window is not None)
        except (ConnectionClosedError, OSError) as error:
            raise DisplayLost(f"the X server went away: {error}") from error

    def close(self) -> None:
        """Close the connection; safe to call twice and when the server is gone."""
        disconnect(self._display)

    def _window(self, number: int, active: bool) -> Window | None:
        from Xlib import X
        from Xlib.error import XError

        try:
            window = self._display.create_resource_object("window", number)
            if window.get_attributes().map_state != X.IsViewable:
                return None
            if self._not_windows.intersection(self._property(window, "_NET_WM_WINDOW_TYPE")):
                return None
            names = window.get_wm_class() or ("", "")
            return Window(title=self._title(window), app=names[1], box=self._box(window), active=active)
        except (XError, CoordinateError):  # it vanished, or has no area
            return None

    def _title(self, window: XWindow) -> str:
        raw = self._property(window, "_NET_WM_NAME") or self._property(window, "WM_NAME")
        return bytes(raw).decode(errors="replace")

    def _box(self, window: XWindow) -> ScreenBox:
        size = window.get_geometry()
        origin = window.translate_coords(self._display.screen().root, 0, 0)
        left, top = -origin.x, -origin.y
        frame = [int(edge) for edge in self._property(window, "_NET_FRAME_EXTENTS")]
        extra = frame if len(frame) == 4 else [0, 0, 0, 0]  # left, right, top, bottom
        return ScreenBox(left - extra[0], top - extra[2], left + size.width + extra[1], top + size.height + extra[3])

    def _property(self, window: XWindow, name: str) -> Any:
        """Read a property: a sequence of numbers, bytes of text, or nothing."""
        from Xlib import X

        found = window.get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        return found.value if found is not None else ()
