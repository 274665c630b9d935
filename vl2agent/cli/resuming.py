"""What `vl2agent run --resume` takes from the recording, wherever the command line says nothing else."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from vl2agent.cli import console
from vl2agent.errors import InputError, NotResumable

if TYPE_CHECKING:
    from vl2agent.loop.limits import Limits
    from vl2agent.loop.past import Past


class Assumed(StrEnum):
    """What became of an action of which nobody can tell."""

    HAPPENED = "happened"
    DID_NOT_HAPPEN = "did-not-happen"


def past_of(
    resume: Path | None,
    *,
    goal: str | None,
    record: Path | None,
    assume: Assumed | None,
    secrets: list[str] | None,
    redact: Path | None,
) -> Past | None:
    """Read the run that is to be gone on with; None where a new one is to begin.

    Raises:
        InputError: something is named that the recording says already, or not named that it must not say.
        NotResumable: the run is over, or never began.
        RecordingError: it is no recording, or damaged.
    """
    if resume is None:
        if assume:
            raise InputError("--assume is about a run that is gone on with; name it with --resume DIR")
        return None
    if record:
        raise InputError("a run that is gone on with goes on in its own recording; leave --record out")
    from vl2agent.loop.past import Past

    past = Past(resume)
    if goal is not None and goal != past.run.goal:
        raise InputError(f"the recording's goal is {past.run.goal!r}; leave the goal out with --resume")
    if past.run.parts.get("executor") == "KnowsSecrets" and not secrets:
        raise InputError("the run types secrets; name them again, with --secret NAME")
    if "redaction" in past.run.parts and not redact:
        raise InputError("what a file names is masked in the recording; name that again, with --redact FILE")
    return past


def goal_of(past: Past | None, goal: str | None) -> str:
    """Take the goal that was named, or the recording's.

    Raises:
        InputError: there is none.
    """
    if past is not None:
        return past.run.goal
    if goal is None:
        raise InputError('expected a goal, such as "open settings", or --resume DIR')
    return goal


def place_of(past: Past, *, live: bool, sandbox: str | None) -> tuple[bool, str | None]:
    """Go back to where the run was: own desktop or not, name of the sandbox.

    Raises:
        NotResumable: its desktop is gone.
        InputError: another place is named, the recording names none, or not this desktop.
    """
    kind, _, name = past.run.place.partition(" ")
    if kind == "sandbox":
        if live or sandbox not in (None, name):
            raise InputError(f"what was done was done in the sandbox {name!r}, and only there; name no other place")
        return False, _running(past, name)
    if kind != "live":
        if not (live or sandbox):
            raise InputError("the recording does not say where it ran; name it, with --sandbox NAME or --live")
        return live, sandbox
    if sandbox:
        raise InputError("what was done was done on your own desktop, and only there; leave --sandbox out")
    if name and name != os.environ.get("DISPLAY"):
        raise InputError(f"it ran on the desktop of display {name}; go on there: DISPLAY={name} vl2agent run --resume")
    return True, None


def was_dry(past: Past) -> bool:
    """Tell whether nothing was sent on purpose."""
    return past.run.parts.get("executor") == "DryRunExecutor"


def limits_of(past: Past | None, max_steps: int | None, timeout_s: float | None) -> Limits:
    """Take the limits that are named, then the recording's; the time begins anew."""
    from vl2agent.loop.limits import Limits

    said = past.run.limits if past else {}
    limits = Limits()
    return Limits(
        max_steps=max_steps or int(said.get("max_steps", limits.max_steps)),
        timeout_s=timeout_s or said.get("timeout_s", limits.timeout_s),
        max_repeats=int(said.get("max_repeats", limits.max_repeats)),
        settle_s=said.get("settle_s", limits.settle_s),
    )


def tell(past: Past) -> None:
    """Say what is certain before anything is done."""
    console.err.print(Text(f"going on with {past.path}: {past}", style="dim"), soft_wrap=True)


def _running(past: Past, name: str) -> str:
    """Make sure that a sandbox of this name runs, and has been running since before the run began."""
    from vl2agent.sandbox import registry

    if not any(entry.name == name and entry.started_at <= past.run.wall_s for entry in registry.running()):
        raise NotResumable(
            past.path,
            f"its desktop {name!r} is gone, with what was done on it; run the goal anew. A desktop that stays can be come "
            "back to: 'vl2agent sandbox start --name desk', then 'vl2agent run ... --sandbox desk'",
        )
    return name
