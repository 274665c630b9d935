"""The settings a sandboxed desktop starts with: files for one folder, which the desktop only reads.

They are system-wide defaults (XDG_CONFIG_DIRS, XDG_DATA_DIRS, PATH), so HOME stays as it was handed in, and what a
program saves there wins.

    config/   xfconf channels: theme, fonts, window manager, wallpaper, panel; which program is the browser
    data/     launchers that replace the system's, themes that GTK has built in
    bin/      browsers with the flags that they need here
    etc/      passwd, group, machine-id, hosts of the sandbox
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from xml.sax.saxutils import quoteattr

from vl2agent.errors import InputError
from vl2agent.sandbox.browsers import system_browser

Value: TypeAlias = "bool | int | str | Mapping[str, Value]"

BROWSER_FLAGS = (
    "--no-sandbox",  # it cannot make a namespace inside ours
    "--test-type",  # or a yellow bar tells so on every page
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,MediaRouter,PrivacySandboxSettings4",
    "--force-renderer-accessibility",
)
WALLPAPER = "/usr/share/backgrounds/xfce/xfce-teal.jpg"

ADWAITA = {"Adwaita": "gtk-contained.css", "Adwaita-dark": "gtk-contained-dark.css"}
"""Themes that GTK 3 has built in, and its style sheet of each; without a folder the settings would not list them."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the desktop looks: a GTK theme's name, and physical pixels per logical one (1 or 2)."""

    theme: str = "Greybird"
    scale: int = 1

    def __post_init__(self) -> None:
        if self.scale not in (1, 2):
            raise InputError(f"expected scale 1 or 2, got {self.scale}")
        if not self.theme.replace("-", "").replace("_", "").isalnum():
            raise InputError(f"expected a GTK theme such as 'Greybird' or 'Adwaita-dark', got {self.theme!r}")

    @property
    def dark(self) -> bool:
        return "dark" in self.theme.lower()

    @property
    def window_theme(self) -> str:
        """The window manager's theme that goes with it."""
        if self.scale > 1:
            return "Default-xhdpi"
        return self.theme if Path("/usr/share/themes", self.theme, "xfwm4").is_dir() else "Default"


def write_settings(folder: Path, look: Look, *, uid: int, gid: int) -> None:
    """Fill an empty folder with the settings, for a user with these ids.

    Raises:
        OSError: the folder cannot be written.
    """
    for name, text in _files(look, uid, gid):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if name.startswith("bin/") else 0o644)


def _files(look: Look, uid: int, gid: int) -> Iterator[tuple[str, str]]:
    for channel, values in _channels(look).items():
        yield f"config/xfce4/xfconf/xfce-perchannel-xml/{channel}.xml", channel_xml(channel, values)
    panel = Path(__file__).with_name("panel.xml").read_text(encoding="utf-8")
    yield "config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml", panel
    browser = system_browser()
    if browser:
        name = Path(browser).name
        yield f"bin/{name}", f'#!/bin/sh\nexec {browser} {" ".join(BROWSER_FLAGS)} "$@"\n'
        yield f"data/applications/{name}.desktop", _launcher(name)
        yield "config/mimeapps.list", f"[Default Applications]\ntext/html={name}.desktop\n"
        yield "data/xfce4/helpers/vl2-browser.desktop", _helper(name)
    yield "config/xfce4/helpers.rc", "WebBrowser=vl2-browser\nTerminalEmulator=xfce4-terminal\nFileManager=thunar\n"
    for theme, sheet in ADWAITA.items():
        yield f"data/themes/{theme}/index.theme", f"[Desktop Entry]\nType=X-GNOME-Metatheme\nName={theme}\n"
        yield (
            f"data/themes/{theme}/gtk-3.0/gtk.css",
            f'@import url("resource:///org/gtk/libgtk/theme/Adwaita/{sheet}");\n',
        )
    yield "etc/passwd", f"root:x:0:0:root:/root:/bin/sh\nuser:x:{uid}:{gid}:Demo User:/home/user:/bin/bash\n"
    yield "etc/group", f"root:x:0:\nuser:x:{gid}:\n"
    yield "etc/machine-id", "0123456789abcdef0123456789abcdef\n"
    yield "etc/hosts", "127.0.0.1 localhost desktop\n::1 localhost\n"


def _launcher(name: str) -> str:
    title = "Chromium Web Browser" if name.startswith("chromium") else name.replace("-", " ").title()
    return (
        f"[Desktop Entry]\nType=Application\nName={title}\nGenericName=Web Browser\nComment=Access the Internet\n"
        f"Exec={name} %U\nIcon={name}\nCategories=Network;WebBrowser;\nMimeType=text/html;x-scheme-handler/http;"
        "x-scheme-handler/https;\nStartupNotify=true\nStartupWMClass=Chromium\n"
    )


def _helper(name: str) -> str:
    return (
        f"[Desktop Entry]\nType=X-XFCE-Helper\nVersion=1.0\nName={name}\nIcon={name}\nX-XFCE-Category=WebBrowser\n"
        f'X-XFCE-Binaries={name};\nX-XFCE-Commands=%B;\nX-XFCE-CommandsWithParameter=%B "%s";\nNoDisplay=true\n'
    )


def _channels(look: Look) -> Mapping[str, Mapping[str, Value]]:
    icons = "elementary-xfce-dark" if look.dark else "elementary-xfce"
    return {
        "xsettings": {
            "Net": {"ThemeName": look.theme, "IconThemeName": icons},
            "Gtk": {"FontName": "Noto Sans 10", "MonospaceFontName": "Noto Sans Mono 10", "CursorThemeName": "Adwaita"},
            "Xft": {"Antialias": 1, "Hinting": 1, "HintStyle": "hintslight", "RGBA": "none", "DPI": 96},
            "Gdk": {"WindowScalingFactor": look.scale},
        },
        "xfwm4": {
            "general": {
                "theme": look.window_theme,
                "use_compositing": False,
                "title_font": "Noto Sans Bold 10",
                "placement_ratio": 100,
                "workspace_count": 1,
                "show_dock_shadow": False,
            }
        },
        "xfce4-desktop": {
            "backdrop": {
                "screen0": {
                    monitor: {"workspace0": {"image-style": 5, "last-image": WALLPAPER}}
                    for monitor in ("monitorscreen", "monitor0", "monitorVNC-0")
                }
            },
            "desktop-icons": {"file-icons": {"show-removable": False, "show-trash": False, "show-filesystem": True}},
        },
        "xfce4-keyboard-shortcuts": {
            "commands": {"default": {"<Primary><Alt>Escape": ""}}
        },  # xkill: it stops a run here
        "thunar": {"last-show-hidden": False, "misc-volume-management": False},
    }


def channel_xml(channel: str, values: Mapping[str, Value]) -> str:
    """Write an xfconf channel: nested mappings become trees of properties."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<channel name={quoteattr(channel)} version="1.0">']
    for name, value in values.items():
        lines += _property(name, value)
    return "\n".join([*lines, "</channel>", ""])


def _property(name: str, value: Value) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield f'<property name={quoteattr(name)} type="empty">'
        for child, inner in value.items():
            yield from _property(child, inner)
        yield "</property>"
        return
    kind = {bool: "bool", int: "int", str: "string"}[type(value)]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    yield f'<property name={quoteattr(name)} type="{kind}" value={quoteattr(text)}/>'
