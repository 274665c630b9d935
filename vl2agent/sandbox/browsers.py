"""Find a Chromium that Playwright can drive, and say how to start one that sees nothing of this machine."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from vl2agent.errors import InputError, MissingPackages
from vl2agent.sandbox.isolation import isolation_problem
from vl2agent.sandbox.packages import install_line, system_ids

NAMES = (
    "chromium",
    "google-chrome-stable",
    "google-chrome",
    "chromium-browser",
    "microsoft-edge",
    "brave-browser",
)
"""Commands to try, in this order."""

_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
_OWN_BROWSER = "python -m playwright install --with-deps chromium"
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NOBODY = "http://127.0.0.1:1"
"""A proxy that refuses every connection: nothing listens on port 1."""


def system_browser() -> str | None:
    """Return the path of an installed browser that works, or None; Ubuntu's snap packages do not work."""
    found = (shutil.which(name) for name in NAMES)
    usable = [path for path in found if path is not None and not is_snap(path)]
    return next(iter([*usable, *filter(os.path.isfile, _PLACES)]), None)


def is_snap(path: str) -> bool:
    """Tell whether a command is a snap, or Ubuntu's stub that only installs one.

    A snap sees a /tmp of its own, so it cannot use the profile that Playwright makes for it.
    """
    real = Path(path).resolve()
    if real.is_relative_to("/snap") or real.name == "snap":
        return True
    with real.open("rb") as program:
        start = program.read(4096)
    return start.startswith(b"#!") and b"/snap/" in start


def require_browser(own: str) -> str:
    """Return the path of a browser: an installed one, else the one Playwright may have downloaded, at `own`.

    Raises:
        MissingPackages: there is none that works; it has the line that installs one.
    """
    path = system_browser() or (own if Path(own).is_file() else None)
    if path is None:
        debian = sys.platform == "linux" and "ubuntu" not in system_ids()
        snaps = [name for name in NAMES if (stub := shutil.which(name)) and is_snap(stub)]
        missing = f"a browser ({', '.join(snaps)} is a snap, which cannot be driven)" if snaps else "chromium"
        raise MissingPackages([missing], install_line(["chromium"]) if debian else _OWN_BROWSER)
    return path


def arguments(url: str, *, network: bool) -> list[str]:
    """Return Chromium's arguments for a page; without network, only the page's own origin can be reached.

    A proxy that refuses everything covers what interception of requests leaves out: WebSockets, service workers,
    prefetching and host names, which are then not even looked up.

    Raises:
        InputError: the page itself is not of this machine, and there is no network.
    """
    if network:
        return list(_QUIET)
    return [
        *_QUIET,
        f"--proxy-server={_NOBODY}",
        f"--proxy-bypass-list={';'.join(['<-loopback>', *_local_origin(url)])}",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    ]


def may_sandbox() -> bool:
    """Tell whether Chromium's own sandbox can start: not for root, and not without user namespaces."""
    return sys.platform != "linux" or (os.geteuid() != 0 and not isolation_problem())


def _local_origin(url: str) -> list[str]:
    """Return 'host:port' of a local server's url, nothing for a url that needs no connection."""
    parts = urlsplit(url)
    if parts.scheme in ("file", "data", "about"):
        return []
    if parts.scheme not in ("http", "https") or not _is_loopback(parts.hostname or ""):
        raise InputError(f"expected a file, data or localhost url, got {url[:80]!r}; for others, try network=True")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return [f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"]


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
