"""What the killed runs are to reach: goals that cannot be done twice without it showing, and where each begins."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import CatchError, XError
from Xlib.ext import xtest

from vl2agent.sandbox.desktop import Sandbox
from vl2agent.sandbox.guard import release_all
from vl2agent.xdisplay import connect

OPEN_S = 8.0
MADE = ("Basket", "May")
"""Folders that goals make, or find."""
CHECK_S = 3.0
"""How long an application may take to write what it was told to."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One goal.

    Args:
        name: for the table.
        say: as `vl2agent run` takes it.
        check: what is wrong with the desktop afterwards, or "".
        open: what is started before.
        commands: what else is run before: settings as they are to be.
        files: paths below HOME and what they hold; a path that ends in / is a folder.
    """

    name: str
    say: str
    check: Callable[[Sandbox], str]
    open: str = ""
    commands: Sequence[Sequence[str]] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def prepare(self, desktop: Sandbox) -> None:
        """Make the desktop as it is to be at the beginning."""
        close_windows(desktop.display)
        for path in desktop.home.iterdir():
            if path.is_file() or path.name in MADE:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, content in self.files.items():
            path = desktop.home / name
            path.mkdir() if name.endswith("/") else path.write_text(content)
        for command in self.commands:
            desktop.run(command)
        if self.open:
            desktop.launch(self.open)
            deadline_s = time.monotonic() + OPEN_S
            while not desktop.windows() and time.monotonic() < deadline_s:
                time.sleep(0.05)
            desktop.settled()

    def problem(self, desktop: Sandbox) -> str:
        """Return what is wrong, once there was time to make it right."""
        deadline_s = time.monotonic() + CHECK_S
        while (problem := self.check(desktop)) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        return problem


def close_windows(name: str) -> None:
    """Release what is held, leave menus, end every program that shows a window."""
    release_all(name)
    with contextlib.closing(connect(name)) as display:
        for _ in range(2):
            for kind in (X.KeyPress, X.KeyRelease):
                xtest.fake_input(display, kind, display.keysym_to_keycode(XK.XK_Escape))
        xtest.fake_input(display, X.MotionNotify, x=640, y=400)
        display.sync()
        deadline_s = time.monotonic() + OPEN_S
        while (windows := _windows(display)) and time.monotonic() < deadline_s:
            for window in windows:
                window.kill_client(onerror=CatchError())
            display.sync()
            time.sleep(0.05)


def _windows(display: Display) -> list[Any]:
    clients = display.screen().root.get_full_property(display.intern_atom("_NET_CLIENT_LIST"), X.AnyPropertyType)
    found = []
    for number in clients.value if clients else ():
        window = display.create_resource_object("window", number)
        with contextlib.suppress(XError):
            if (window.get_wm_class() or ("",))[0] not in ("xfce4-panel", "xfdesktop"):
                found.append(window)
    return found


def _file(name: str, expected: str) -> Callable[[Sandbox], str]:
    def check(desktop: Sandbox) -> str:
        path = desktop.home / name
        held = path.read_text().rstrip("\n") if path.is_file() else None
        return "" if held == expected else f"{name} holds {held!r}, not {expected!r}"

    return check


def _says(command: Sequence[str], expected: str) -> Callable[[Sandbox], str]:
    def check(desktop: Sandbox) -> str:
        said = desktop.run(command).stdout.strip()
        return "" if said == expected else f"{' '.join(command)} says {said!r}, not {expected!r}"

    return check


def _all(*checks: Callable[[Sandbox], str]) -> Callable[[Sandbox], str]:
    return lambda desktop: "; ".join(wrong for check in checks if (wrong := check(desktop)))


_LONG = "a second line, once only, and so long that it is sent in more than one burst of keys: the end"
_LINES = ("org.xfce.mousepad.preferences.view", "show-line-numbers")
_COUNT = ("xfconf-query", "-c", "xfwm4", "-p", "/general/workspace_count")

GOALS = (
    Goal(
        name="note",
        say=f"type 'Alpha beta gamma 123', press enter, type '{_LONG}', press enter, type 'naïve café, 5 € < 日本語', "
        "save as 'note.txt'",
        check=_file("note.txt", f"Alpha beta gamma 123\n{_LONG}\nnaïve café, 5 € < 日本語"),
        open="mousepad",
    ),
    Goal(
        name="menu toggles",
        say="click View, click 'Line Numbers', type 'x', click View, click 'Line Numbers', type 'y', click View, "
        "click 'Line Numbers', save as 'toggled.txt'",
        check=_all(_file("toggled.txt", "xy"), _says(("gsettings", "get", *_LINES), "true")),
        open="mousepad",
        commands=[("gsettings", "set", *_LINES, "false")],
    ),
    Goal(
        name="settings",
        say="open settings, open Workspaces, set the number of workspaces to 6 and close the window",
        check=_says(_COUNT, "6"),
        commands=[(*_COUNT, "-s", "4")],
    ),
    Goal(
        name="sum",
        say="click 7, click 7, click *, click 6, click =, press ctrl+c",
        check=_says(("timeout", "2", "xclip", "-o", "-selection", "clipboard"), "462"),
        open="galculator",
    ),
    Goal(
        name="drag a file",
        say="drag plan.txt to Basket, double-click Basket, press alt+up, create a folder named 'May'",
        check=lambda desktop: (
            ""
            if (desktop.home / "Basket/plan.txt").exists() and (desktop.home / "May").is_dir()
            else f"Basket holds {[p.name for p in (desktop.home / 'Basket').iterdir()]}"
        ),
        open="thunar",
        files={"Basket/": "", "plan.txt": "plan"},
    ),
)
