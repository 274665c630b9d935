"""What kind of recording it is."""

from __future__ import annotations

from typing import Literal

from vl2agent.recording.schema import RunStarted


def kind_of(run: RunStarted | None) -> Literal["run", "script", "demonstration"]:
    """Tell who acted: an agent, a script, or a person."""
    planner = run.parts.get("planner", "") if run else ""
    if planner == "person":
        return "demonstration"
    return "script" if planner == "NoneType" else "run"
