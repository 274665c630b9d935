"""What doing a recorded run again came to, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from vl2agent.geometry import ScreenBox

State: TypeAlias = Literal["same", "differs", "healed", "lost"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step: what was done, and whether the screen then looked as it did.

    Args:
        step: its number; 0 is the screen before the first one.
        did: the action in words.
        state: 'same'; 'differs'; 'healed': differs, and the target was found elsewhere; 'lost': it was not.
        apart: where it differs.
        note: what was healed, or why it could not be.
        picture: both screens side by side, where they differ.
    """

    step: int
    did: str
    state: State
    apart: tuple[ScreenBox, ...] = ()
    note: str = ""
    picture: Path | None = None


@dataclass(frozen=True, slots=True)
class Rerun:
    """What doing it again came to. `left` are recorded actions that were not done again."""

    recording: Path
    outcomes: tuple[Outcome, ...]
    left: int
    healing: bool
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """All was done, and each screen looked as it did; with healing, all was done."""
        lost = any(outcome.state == "lost" for outcome in self.outcomes)
        return not self.left and not lost and (self.healing or all(o.state == "same" for o in self.outcomes))

    @property
    def first_difference(self) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.state != "same"), None)
