"""Which programs the sandbox needs, what they are for, and the line that installs them here."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from vl2agent.errors import MissingPackages, SandboxError

NEEDED: Mapping[str, str] = {
    "Xvfb": "xvfb",
    "xkbcomp": "x11-xkb-utils",
    "xprop": "x11-utils",
    "dbus-daemon": "dbus-daemon",
    "xfwm4": "xfwm4",
    "xfsettingsd": "xfce4-settings",
    "xfdesktop": "xfdesktop4",
    "xfce4-panel": "xfce4-panel",
}
"""Programs that a sandbox cannot start without, and Debian's package of each."""

USEFUL: Mapping[str, str] = {
    "bwrap": "bubblewrap",
    "xfce4-appfinder": "xfce4-appfinder",
    "xfce4-terminal": "xfce4-terminal",
    "thunar": "thunar",
    "mousepad": "mousepad",
    "galculator": "galculator",
    "xclip": "xclip",
    "x11vnc": "x11vnc",
}
"""Programs that some of it needs: isolation, the run dialog, applications, viewing."""

_OTHERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "fedora": (
        "sudo dnf install -y",
        {
            "xvfb": "xorg-x11-server-Xvfb",
            "x11-xkb-utils": "xkbcomp",
            "x11-utils": "xprop",
            "xfdesktop4": "xfdesktop",
            "thunar": "Thunar",
        },
    ),
    "arch": (
        "sudo pacman -S --needed",
        {
            "xvfb": "xorg-server-xvfb",
            "x11-xkb-utils": "xorg-xkbcomp",
            "x11-utils": "xorg-xprop",
            "dbus-daemon": "dbus",
            "xfdesktop4": "xfdesktop",
        },
    ),
}


def apt_packages() -> list[str]:
    """Return the names in apt-packages.txt, the one list of what is installed."""
    text = files("vl2agent.sandbox").joinpath("apt-packages.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def missing(programs: Mapping[str, str] = NEEDED) -> list[str]:
    """Return those of the programs that are not installed."""
    return [name for name in programs if shutil.which(name) is None]


def require(programs: Mapping[str, str] = NEEDED) -> None:
    """Make sure that programs are there.

    Raises:
        MissingPackages: some are not; it has the line that installs them.
        SandboxError: this system has no X11 sandbox.
    """
    if sys.platform != "linux":
        raise SandboxError(f"expected Linux for a sandbox, got {sys.platform}; try --dry-run, or --live with care")
    if absent := missing(programs):
        raise MissingPackages(absent, install_line([programs[name] for name in absent]))


def install_line(packages: Sequence[str]) -> str:
    """Return the command that installs packages, given by their Debian names, on this system."""
    for family, (command, names) in _OTHERS.items():
        if family in system_ids():
            return f"{command} {' '.join(names.get(package, package) for package in packages)}"
    return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(packages)}"


@cache
def system_ids() -> tuple[str, ...]:
    """Return this system's name and those it is like, as in ('ubuntu', 'debian')."""
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return tuple(f"{values.get('ID', '')} {values.get('ID_LIKE', '')}".replace('"', "").split())
