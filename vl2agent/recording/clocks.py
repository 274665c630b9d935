"""The two clocks of events: the wall clock, which people set, and the one that only goes on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vl2agent.recording.schema import Event, Resumed

JUMP_S = 2.0
"""What the clocks may drift apart between two events; slewing by a time server stays far below."""


def clock_jumps(events: Sequence[Event]) -> tuple[tuple[int, float], ...]:
    """Find where the wall clock was set, or the machine slept: number of the event after it, and by how many seconds."""
    found = []
    for before, after in pairwise(events):
        by = (after.wall_s - before.wall_s) - (after.mono_s - before.mono_s)
        if abs(by) > JUMP_S and not isinstance(after, Resumed):  # another process's clock that only goes on
            found.append((after.seq, by))
    return tuple(found)
