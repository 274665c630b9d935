"""Connecting to an X server, for every room that talks to one."""

from __future__ import annotations

import os
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
    try:
        return display.Display(name)
    except (error.DisplayError, error.ConnectionClosedError, error.XauthError, OSError) as problem:
        raise NoDisplay(f"expected an X server at {name!r}, got: {str(problem).strip()}; {_HINT}") from problem


def display_name(name: str | None = None) -> str:
    """Return the name, else $DISPLAY.

    Raises:
        NoDisplay: neither is set.
    """
    name = name or os.environ.get("DISPLAY")
    if not name:
        raise NoDisplay(f"expected a display, but DISPLAY is not set; {_HINT}")
    return name
