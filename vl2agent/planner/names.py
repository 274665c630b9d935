"""What people call applications, what these call themselves, and whether a window is the one that is meant."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from vl2agent.planner.quoting import unquote
from vl2agent.steps import Window

SETTINGS = "Settings"
"""What the settings' window and submenu are called."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application by its names.

    Args:
        said: how people call it, in lower case.
        labels: what menus, icons and finders call it, the most telling first.
        windows: what its window is called or says its application is, in lower case.
        menu: the submenu of the applications menu that has it.
    """

    said: tuple[str, ...]
    labels: tuple[str, ...]
    windows: tuple[str, ...]
    menu: str = ""


APPLICATIONS = (
    Application(
        ("settings", "system settings", "settings manager", "control panel", "control center", "all settings"),
        ("Settings Manager",),
        ("settings",),
        "Settings",
    ),
    Application(
        ("file manager", "files", "thunar", "thunar file manager", "file browser", "file explorer"),
        ("Thunar File Manager", "File Manager"),
        ("thunar",),
        "System",
    ),
    Application(("text editor", "mousepad", "editor", "notepad"), ("Mousepad",), ("mousepad",), "Accessories"),
    Application(("calculator", "galculator"), ("Galculator", "Calculator"), ("galculator",), "Accessories"),
    Application(
        ("terminal", "terminal emulator", "xfce terminal", "console", "command line", "shell", "xfce4-terminal"),
        ("Xfce Terminal", "Terminal Emulator"),
        ("terminal", "xfce4-terminal"),
        "System",
    ),
    Application(
        ("browser", "web browser", "chromium", "internet browser", "chromium browser", "chromium web browser"),
        ("Chromium Web Browser", "Web Browser"),
        ("chromium",),
        "Internet",
    ),
    Application(
        ("mouse", "touchpad", "mouse settings", "touchpad settings", "mouse and touchpad settings"),
        ("Mouse and Touchpad",),
        ("mouse and touchpad",),
        SETTINGS,
    ),
    Application(
        ("wallpaper", "background", "wallpaper settings", "background settings"), ("Desktop",), ("desktop",), SETTINGS
    ),
    Application(("theme", "themes", "theme settings", "look and feel"), ("Appearance",), ("appearance",), SETTINGS),
    Application(
        ("terminal settings", "terminal preferences"), ("Xfce Terminal Settings",), ("terminal preferences",), SETTINGS
    ),
    Application(
        ("application finder", "app finder", "appfinder"),
        ("Application Finder",),
        ("application finder",),
        "Accessories",
    ),
)
"""What the sandbox has; other names are looked for as they stand."""


def application(words: str) -> Application:
    """Return the application that the words mean; an unknown one is called as it is said.

    "keyboard settings" is a page that may be called "Keyboard", in the submenu of settings.
    """
    name = plain(words)
    for app in APPLICATIONS:
        if name in app.said:
            return app
    page = re.sub(r"\s+(?:settings|preferences|options)$", "", name)
    if page == name:
        return Application((name,), (unquote(words),), (name,))
    return Application((name,), (unquote(words), unquote(words)[: len(page)]), (name, page), SETTINGS)


def plain(words: str) -> str:
    """Return words for comparing: no quotes, articles, case or accents' encodings, single blanks."""
    text = unicodedata.normalize("NFKC", unquote(words)).casefold()
    text = re.sub(r"\s+(?:app|application|program|window|dialog|folder|page|settings page)$", "", text.strip())
    return " ".join(text.removeprefix("the ").split())


def fits(words: str, window: Window, *, loosely: bool = False) -> bool:
    """Tell whether a window is the one that the words name.

    Args:
        words: an application, a title, or a part of a title that dashes set off ("notes.txt - Mousepad").
        window: the window.
        loosely: a title that only begins with the words will do ("Mouse" for "Mouse and Touchpad").
    """
    title, app, wanted = plain(window.title), _squeeze(plain(window.app)), application(words)
    parts = [part.strip(" *") for part in re.split(r"\s+[-–—|]\s+", title)]
    if any(name in (title, *parts) or _squeeze(name) == app for name in wanted.windows):
        return True
    known = wanted in APPLICATIONS
    return loosely and not known and any(len(name) > 3 and _begins(name, title) for name in wanted.windows)


def _begins(name: str, title: str) -> bool:
    return title.split()[: len(name.split())] == name.split()


def _squeeze(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.removeprefix("xfce4-"))
