"""Waiting for a desktop that starts, by what the X server shows."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vl2agent.errors import NoDisplay, SandboxError
from vl2agent.xdisplay import connect, disconnect

if TYPE_CHECKING:
    from Xlib.display import Display

_TICK_S = 0.03


def wait_for_desktop(display_name: str, timeout_s: float) -> None:
    """Return once panel and wallpaper are drawn.

    Raises:
        SandboxError: the X server went away, or they did not come in time.
    """
    from Xlib.error import ConnectionClosedError, XError

    deadline = time.monotonic() + timeout_s
    try:
        display = connect(display_name)
        try:
            while time.monotonic() < deadline:
                with contextlib.suppress(XError):  # a window that vanished between two questions
                    if {"xfce4-panel", "xfdesktop"} <= set(_visible_programs(display)) and _drawn(display):
                        return
                time.sleep(_TICK_S)
        finally:
            disconnect(display)
    except (OSError, ConnectionClosedError, NoDisplay) as error:
        raise SandboxError(f"the sandbox ended while it started: {error}") from error
    raise SandboxError(f"the desktop's panel did not appear within {timeout_s:g} s")


def _visible_programs(display: Display) -> Iterator[str]:
    from Xlib import X

    clients = display.screen().root.get_full_property(display.intern_atom("_NET_CLIENT_LIST"), X.AnyPropertyType)
    for number in clients.value if clients else ():
        window = display.create_resource_object("window", number)
        if window.get_attributes().map_state == X.IsViewable:
            yield (window.get_wm_class() or ("", ""))[0].lower()


def _drawn(display: Display) -> bool:
    """Tell whether a row of the panel and a row of the wallpaper are anything but black."""
    from Xlib import X

    screen = display.screen()
    rows = (4, screen.height_in_pixels // 2)
    return all(
        any(screen.root.get_image(0, row, screen.width_in_pixels, 1, X.ZPixmap, 0x00FFFFFF).data) for row in rows
    )
