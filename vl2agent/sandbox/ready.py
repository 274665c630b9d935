"""Waiting for a desktop that starts: looks for the panel among the X server's windows."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from vl2agent.errors import SandboxError

_TICK_S = 0.03


def wait_for_panel(display_name: str, timeout_s: float) -> None:
    """Return once the panel is on the screen.

    Raises:
        SandboxError: the X server went away, or the panel did not come in time.
    """
    from Xlib.display import Display
    from Xlib.error import ConnectionClosedError, DisplayError, XError

    deadline = time.monotonic() + timeout_s
    try:
        display = Display(display_name)
        with contextlib.closing(display):
            while time.monotonic() < deadline:
                with contextlib.suppress(XError):  # a window that vanished between two questions
                    if "xfce4-panel" in _visible_classes(display):
                        return
                time.sleep(_TICK_S)
    except (OSError, ConnectionClosedError, DisplayError) as error:
        raise SandboxError(f"the sandbox ended while it started: {error}") from error
    raise SandboxError(f"the desktop's panel did not appear within {timeout_s:g} s")


def _visible_classes(display: object) -> Iterator[str]:
    from Xlib import X

    root = display.screen().root  # type: ignore[attr-defined]
    clients = root.get_full_property(display.intern_atom("_NET_CLIENT_LIST"), X.AnyPropertyType)  # type: ignore[attr-defined]
    for number in clients.value if clients else ():
        window = display.create_resource_object("window", number)  # type: ignore[attr-defined]
        if window.get_attributes().map_state == X.IsViewable:
            yield (window.get_wm_class() or ("", ""))[0].lower()
