"""The window of an X server that gets the keys: what it is, and whether it has read what was sent to it."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vl2agent.pace import Pace

if TYPE_CHECKING:
    from Xlib.display import Display

POLL_S = 0.002
_MAX_DEPTH = 16
_pings = itertools.count(1)

_TERMINALS = ("konsole", "kitty", "alacritty", "tilix", "terminator", "guake", "yakuake", "ptyxis", "kgx", "foot")
_NO_PASTE = ("xterm", "rxvt", "st-256color", "emacs", "gvim")
"""Applications with no chord that pastes the clipboard."""


@dataclass(frozen=True, slots=True)
class Focus:
    """The focused window.

    Args:
        window: the one that names its protocols, else the focused one; None when keys go nowhere or to the pointer's.
        app: its WM_CLASS in lower case, empty when it has none.
        answers: it answers pings (_NET_WM_PING).
    """

    window: Any
    app: str = ""
    answers: bool = False

    @property
    def paste_chord(self) -> str:
        """The chord that pastes there; empty when there is none."""
        if any(name in self.app for name in _NO_PASTE):
            return ""
        return "ctrl+shift+v" if self.is_terminal else "ctrl+v"

    @property
    def is_terminal(self) -> bool:
        """Whether a pasted line end would run a command, or open a question about that."""
        return "terminal" in self.app or any(name in self.app for name in _TERMINALS)


def focused(x: Display) -> Focus:
    """Find the window that gets the keys, by the focus and the windows around it."""
    from Xlib.error import BadWindow

    window: Any = x.get_input_focus().focus
    try:
        return _describe(x, window) if not isinstance(window, int) else Focus(None)
    except BadWindow:  # it was closed while it was looked at
        return Focus(None)


def wait_until_read(x: Display, focus: Focus, timeout_s: float, pace: Pace) -> bool:
    """Wait until the application has read all events before now; False when it cannot tell, or not in time, or stopped.

    It is pinged as a window manager does; it reads its events in order, so its answer comes after them.

    Source: Extended Window Manager Hints 1.5, _NET_WM_PING.
    """
    from Xlib import X

    if not focus.answers:
        return False
    root = x.screen().root
    root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)  # GTK and Chromium | Qt
    answered = _ping(x, focus.window, timeout_s, pace)
    root.change_attributes(event_mask=0)
    x.sync()
    while x.pending_events():
        x.next_event()
    return answered


def _describe(x: Display, window: Any) -> Focus:
    protocols, ping = x.intern_atom("WM_PROTOCOLS"), x.intern_atom("_NET_WM_PING")
    root, around = x.screen().root, window
    for _ in range(_MAX_DEPTH):
        known = around.get_wm_protocols()
        if known or around.get_wm_class():
            return Focus(around, " ".join(around.get_wm_class() or ()).lower(), protocols != 0 and ping in known)
        parent = around.query_tree().parent
        if isinstance(parent, int) or parent == root:
            break
        around = parent
    return Focus(window)


def _ping(x: Display, window: Any, timeout_s: float, pace: Pace) -> bool:
    from Xlib import X
    from Xlib.protocol.event import ClientMessage

    data = [x.intern_atom("_NET_WM_PING"), next(_pings), window.id, 0, 0]
    message = ClientMessage(window=window, client_type=x.intern_atom("WM_PROTOCOLS"), data=(32, data))
    window.send_event(message, event_mask=0, propagate=False)
    x.flush()
    deadline_s = time.monotonic() + timeout_s
    while pace.wait(POLL_S, deadline_s):
        while x.pending_events():
            event = x.next_event()
            if event.type == X.ClientMessage and list(event.data[1])[:3] == data[:3]:
                return True
    return False
