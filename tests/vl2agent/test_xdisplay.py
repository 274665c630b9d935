"""Connecting to X servers: what else may be installed in Xlib's place."""

from __future__ import annotations

import pytest
import Xlib

from vl2agent.errors import MissingPackages
from vl2agent.xdisplay import connect


def test_an_old_xlib_is_refused_with_its_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyautogui's python3-xlib overwrites python-xlib: the error names the line that repairs it."""
    monkeypatch.setattr(Xlib, "__version__", (0, 15))
    with pytest.raises(MissingPackages, match=r"found 0\.15.*--force-reinstall --no-deps 'python-xlib>=0\.33'"):
        connect(":0")
