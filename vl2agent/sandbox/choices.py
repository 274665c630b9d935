"""Themes and keyboard layouts that this machine has: with another name a desktop would start and look or type wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vl2agent.errors import InputError
from vl2agent.sandbox.settings import ADWAITA

THEMES = Path("/usr/share/themes")
LAYOUTS = Path("/usr/share/X11/xkb/symbols")


def require_theme(theme: str, home: Path | None) -> None:
    """Refuse a theme that neither the system nor HOME has.

    Raises:
        InputError: GTK has none of this name; the message names those there are.
    """
    known = sorted({*ADWAITA, *_themes(THEMES), *(_themes(home / ".themes") if home else ())})
    if theme not in known:
        raise InputError(f"expected a GTK theme that is installed, got {theme!r}; there are {', '.join(known)}")


def require_layout(layout: str) -> None:
    """Refuse a keyboard layout, or a variant of one, that the X server does not know.

    Args:
        layout: name and perhaps variant, as in 'us dvorak'.

    Raises:
        InputError: there is none of this name.
    """
    name, variant = (*layout.split(), "")[:2]
    path = LAYOUTS / name
    variants = re.findall(r'xkb_symbols\s+"([^"]+)"', path.read_text("utf-8", "replace")) if path.is_file() else []
    if not variants:
        raise InputError(f"expected a keyboard layout such as 'us', 'de' or 'us dvorak', got {layout!r}")
    if variant and variant not in variants:
        raise InputError(f"expected a variant of {name!r}, got {variant!r}; there are {', '.join(variants)}")


def _themes(folder: Path) -> Iterator[str]:
    return (path.parent.name for path in folder.glob("*/gtk-3.0"))
