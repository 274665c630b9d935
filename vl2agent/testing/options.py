"""What a project says of its recorded tests: on the command line, in its configuration, and by markers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

RECORDINGS, SNAPSHOTS, FAILURES = "vl2_recordings", "vl2_snapshots", "vl2_failures"
SANDBOX, MODEL = "vl2_sandbox", "vl2_model"
MARKERS = (
    "vl2_sandbox(size=(1280, 800), theme='Greybird', apps=(), ...): options of the sandbox that this test uses",
    "vl2(model=None, policy=None, approve=None, limits=None, timeout_s=10.0, confidence=0.5): of its screen and agent",
)


def add_options(parser: pytest.Parser) -> None:
    """Declare options and ini values."""
    group = parser.getgroup("vl2agent", "recorded sessions on screens")
    group.addoption(
        "--vl2-record",
        choices=("none", "new", "all"),
        default="none",
        help="none: play recordings back, and fail where one is missing (default); new: record those in a sandbox; "
        "all: record everything anew",
    )
    group.addoption(
        "--vl2-update-snapshots", action="store_true", help="store pictures that are missing, or look different now"
    )
    parser.addini(RECORDINGS, "folder beside each test file that recordings lie in", default="recordings")
    parser.addini(SNAPSHOTS, "folder beside each test file that stored pictures lie in", default="snapshots")
    parser.addini(FAILURES, "folder beside each test file for what failed tests leave behind", default="vl2-failures")
    parser.addini(SANDBOX, "sandbox options, as name=value: size=1280x800, theme=Adwaita, apps=mousepad", "linelist")
    parser.addini(MODEL, "model to record with: a folder, a repository, or a server's URL", default="")


def sandbox_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Put together what the configuration says and what the test's markers say, the nearest last."""
    options = dict(_read(line) for line in request.config.getini(SANDBOX))
    return options | marked(request, SANDBOX)


def marked(request: pytest.FixtureRequest, name: str) -> dict[str, Any]:
    """Put together the keywords of all markers of a name; the nearest one counts."""
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers(name))):
        if marker.args:
            raise pytest.UsageError(f"expected keywords in the marker {name}, got {marker.args!r}")
        options |= marker.kwargs
    return options


def _size(text: str) -> tuple[int, int]:
    width, height = text.lower().split("x")
    return int(width), int(height)


_READ: Mapping[str, Callable[[str], Any]] = {
    "size": _size,
    "theme": str,
    "apps": lambda text: [app.strip() for app in text.split(",")],
    "network": lambda text: {"true": True, "false": False}[text.lower()],
    "scale": int,
    "layout": str,
}


def _read(line: str) -> tuple[str, Any]:
    name, _, value = (part.strip() for part in line.partition("="))
    try:
        return name, _READ[name](value)
    except (KeyError, ValueError) as error:
        known = ", ".join(_READ)
        raise pytest.UsageError(f"{SANDBOX}: expected name=value with one of {known}, got {line!r}") from error
