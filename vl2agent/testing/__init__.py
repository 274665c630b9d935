"""Tests on screens: matchers for what was done, and the pytest plugin (plugin.py), which pytest loads by itself.

    from vl2agent.testing import Replay, click_in, types

    def test_settings(replay: Replay) -> None:
        assert click_in((0, 0, 90, 28)) in replay("open_settings.v2a").actions

Names are imported when they are used: pytest loads this room in every project that has the package installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vl2agent.testing.matchers import click_in, drags, moves_to, presses, scrolls, types
    from vl2agent.testing.recorded_test import Record
    from vl2agent.testing.replaying import Replay, Replayed
    from vl2agent.testing.snapshot import Snapshot, Snapshots

__all__ = [
    "Record",
    "Replay",
    "Replayed",
    "Snapshot",
    "Snapshots",
    "click_in",
    "drags",
    "moves_to",
    "presses",
    "scrolls",
    "types",
]

_HOMES = {
    "Record": "recorded_test",
    "Replay": "replaying",
    "Replayed": "replaying",
    "Snapshot": "snapshot",
    "Snapshots": "snapshot",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'matchers')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
