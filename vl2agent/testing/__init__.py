"""Tests on screens: matchers for what was done, and the pytest plugin (plugin.py), which pytest loads by itself.

    from vl2agent.testing import click_in, presses, scrolls, types

Names are imported when they are used: pytest loads this room in every project that has the package installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vl2agent.testing.matchers import click_in, drags, moves_to, presses, scrolls, types
    from vl2agent.testing.snapshot import Snapshot

__all__ = ["Snapshot", "click_in", "drags", "moves_to", "presses", "scrolls", "types"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'snapshot' if name == 'Snapshot' else 'matchers'}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
