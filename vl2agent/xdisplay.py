"""Connecting to an X server, for every room that talks to one."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from vl2agent.errors import NoDisplay

if TYPE_CHECKING:
    from Xlib.display import Display

_HINT = "start a desktop with 'vl2agent sandbox start', or set DISPLAY to one that runs"


def connect(name: str | None = None) -> Display:
    """Open a connection to the X server of this name, or of $DISPLAY.

    Raises:
        NoDisplay: no name is known, or no server answers to it.
    """
    from Xlib import display, error

    name = display_name(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # Xlib leaves the socket of a failed attempt open
        try:
            return display.Display(name)
        except (error.DisplayError, error.ConnectionClosedError, error.XauthError, OSError) as problem:
            reason = str(problem).strip()
    raise NoDisplay(f"expected an X server at {name!r}, got: {reason}; {_HINT}")


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
