"""Do the recorded actions again, in a fresh sandbox, and compare every step's screen with the recorded one.

The door is asked before each action, as in any run. The first screen that differs ends it: what was to be done next may
mean something else there. Healing goes on instead: on a screen that looks different the targets are looked for by their
words, clicked where they are now, and told of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vl2agent.contracts import Executor, Perception, Policy, Screen
from vl2agent.defaults import acting_on
from vl2agent.errors import InputError, RecordingError
from vl2agent.geometry import ScreenBox, Size
from vl2agent.loop.hooks import Approver
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import FrameSeen
from vl2agent.replay.again import Again, Door
from vl2agent.replay.outcome import Rerun

PATIENCE_S = 5.0
"""How long a screen may take to look as it did: a program that starts is not as quick every day."""


def rerun(
    recording: Recording | str | Path,
    screen: Screen,
    executor: Executor | None = None,
    *,
    masks: Sequence[ScreenBox] = (),
    heal: bool = False,
    perception: Perception | None = None,
    policy: Policy | None = None,
    approve: Approver | None = None,
    secrets: Mapping[str, str] | None = None,
    pictures: str | Path | None = None,
    patience_s: float = PATIENCE_S,
) -> Rerun:
    """Do a recorded run again.

    Args:
        recording: what was done.
        screen: a fresh sandbox of the recorded size; `stage_of` tells of which.
        executor: by default the screen itself.
        masks: parts of the screen that may differ; the sandbox's clock and carets always may.
        heal: go on where the screen looks different, and look for targets by their words there.
        perception: what looks then; by default reading the screen.
        policy: by default the recorded rules.
        approve: is asked where policy says 'ask'; without it such actions are refused.
        secrets: what to type where a secret was masked, by what stands there, such as "{SHOP_PASSWORD}".
        pictures: the folder for pictures of what differs; none are written without it.
        patience_s: how long a screen may take to look as it did.

    Raises:
        RecordingError: it cannot be read, shows no screen, or is a dry run.
        InputError: the screen has another size, cannot act, or a secret is missing.
        ActionRefused: policy or a person said no.
        VL2AgentError: the screen or the executor failed.
    """
    recording = recording if isinstance(recording, Recording) else Recording(recording)
    hands = executor or acting_on(screen)
    if any(step.receipt and step.receipt.delivery == "dry" for step in recording.steps):
        raise RecordingError(recording.path, "it is a dry run: nothing was done in it that could be done again")
    size = stage_of(recording).size
    if screen.size != size:
        raise InputError(f"expected a screen of {size}, as was recorded, got {screen.size}")
    door = Door(recording, perception, policy, approve)
    again = Again(recording, screen, hands, door, tuple(masks), heal, secrets or {}, pictures, patience_s)
    try:
        return again.run()
    finally:
        hands.release_all()


@dataclass(frozen=True, slots=True)
class Stage:
    """The sandbox that a run was recorded in; `theme` is empty where that is not known."""

    size: Size
    scale: int
    theme: str


def stage_of(recording: Recording) -> Stage:
    """Tell in which sandbox a run can be done again.

    Raises:
        RecordingError: it shows no screen.
    """
    seen = next(recording.of(FrameSeen), None)
    if seen is None or recording.run is None:
        raise RecordingError(recording.path, "there is no screen in it; nothing can be done again")
    return Stage(seen.region.size, max(1, round(seen.scale)), recording.run.theme)
