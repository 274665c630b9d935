"""How much an X desktop is scaled, as its applications are told."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from Xlib.display import Display
    from Xlib.xobject.drawable import Window

_WINDOW_SCALE = b"Gdk/WindowScalingFactor"


def x_scale(server: Display) -> float:
    """Return physical pixels per logical one, in quarters, at least 1.

    The larger of Xft.dpi over 96 (GNOME and KDE set it) and the settings manager's window scale (Xfce sets only that).
    """
    from Xlib.xobject.drawable import Window

    root = server.screen().root
    resources = _property(server, root, "RESOURCE_MANAGER")
    owner = server.get_selection_owner(server.intern_atom("_XSETTINGS_S0"))
    settings = _property(server, owner, "_XSETTINGS_SETTINGS") if isinstance(owner, Window) else b""
    return max(1.0, round(_dpi(resources.decode(errors="replace")) / 96 * 4) / 4, _window_scale(settings))


def _dpi(resources: str) -> float:
    found = re.search(r"^Xft\.dpi:\s*(\d{1,4}(\.\d*)?)\s*$", resources, re.MULTILINE)
    return float(found[1]) if found else 96.0


def _window_scale(settings: bytes) -> float:
    """Find one integer among the settings (XSETTINGS 0.5: type, pad, name length, name, pad, serial, value)."""
    at = settings.find(_WINDOW_SCALE)
    if at < 0 or settings[at - 4] != 0:
        return 1.0
    value_at = at + (len(_WINDOW_SCALE) + 3) // 4 * 4 + 4
    order = ">" if settings[0] == 1 else "<"
    value = struct.unpack_from(f"{order}i", settings, value_at)[0] if len(settings) >= value_at + 4 else 1
    return float(value) if 1 <= value <= 8 else 1.0


def _property(server: Display, window: Window, name: str) -> bytes:
    from Xlib import X
    from Xlib.error import XError

    try:
        found: Any = window.get_full_property(server.intern_atom(name), X.AnyPropertyType)
    except XError:  # the settings manager has just left
        return b""
    return bytes(found.value) if found is not None else b""
