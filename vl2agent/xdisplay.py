"""Connecting to an X server, for every room that talks to one."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vl2agent.errors import MissingPackages, NoDisplay

if TYPE_CHECKING:
    from Xlib.display import Display

_connecting = threading.Lock()
_HINT = "start a desktop with 'vl2agent sandbox start', or set DISPLAY to one that runs"


def connect(name: str | None = None) -> Display:
    """Open a connection to the X server of this name, or of $DISPLAY.

    Raises:
        NoDisplay: no name is known, or no server answers to it.
        MissingPackages: another package has put an old Xlib in the place of python-xlib.
    """
    from Xlib import display, error

    _require_current_xlib()
    name = display_name(name)
    with _connecting, _own_event_table() as events, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # Xlib leaves the socket of a failed attempt open
        try:
            server = display.Display(name)
            server.display.event_classes = events
            # Xlib's RandR takes the numbers of the core's own errors (BadValue) for its three, and then fails to read them.
            server.display.error_classes = dict(error.xerror_class)
            return server
        except (error.DisplayError, error.ConnectionClosedError, error.XauthError, OSError) as problem:
            reason = str(problem).strip()
    raise NoDisplay(f"expected an X server at {name!r}, got: {reason}; {_HINT}")


@contextmanager
def _own_event_table() -> Iterator[dict[int, Any]]:
    """Give the next connection a table of its own.

    Xlib keeps one for all, although each server numbers the events of its extensions itself: without this, a second
    server of another kind ends in a TypeError.
    """
    from Xlib.protocol import display, event

    events: dict[int, Any] = dict(event.event_class)
    shared, display.Display.event_classes = display.Display.event_classes, events
    try:
        yield events
    finally:
        display.Display.event_classes = shared


def _require_current_xlib() -> None:
    """Refuse python3-xlib, which pyautogui installs over python-xlib: it cannot survive a server that dies."""
    from Xlib import __version__ as version  # type: ignore[attr-defined]  # the stub forgot it

    if version < (0, 33):
        found = ".".join(str(part) for part in version)
        repair = "pip install --force-reinstall --no-deps 'python-xlib>=0.33'"
        raise MissingPackages([f"python-xlib 0.33 (found {found}, of python3-xlib)"], repair)


def disconnect(server: Display) -> None:
    """Close a connection, also when the server is gone; safe to call twice."""
    from Xlib import error

    try:
        server.close()
    except (error.ConnectionClosedError, OSError, AttributeError):  # Xlib forgets its queues once closed
        server.display.socket.close()


def display_name(name: str | None = None) -> str:
    """Return the name, else $DISPLAY.

    Raises:
        NoDisplay: neither is set.
    """
    name = name or os.environ.get("DISPLAY")
    if not name:
        raise NoDisplay(f"expected a display, but DISPLAY is not set; {_HINT}")
    return name
