"""Where the time of a step went, from the moments at which its parts were over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from vl2agent.trace.entries import Entry

PhaseName: TypeAlias = Literal["plan", "ground", "decide", "act", "settle", "judge"]

_ENDS: dict[str, PhaseName] = {
    "plan": "plan",
    "ground": "ground",
    "decision": "decide",
    "ask": "decide",
    "intent": "decide",
    "receipt": "act",
    "verdict": "judge",
}
"""Which phase an event ends; what a model said and what was read belongs to the phase that it led to."""

_NEXT: dict[PhaseName, PhaseName] = {
    "plan": "ground",
    "ground": "decide",
    "decide": "act",
    "act": "settle",
    "settle": "judge",
    "judge": "judge",
}


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a step, in seconds since the run began."""

    name: PhaseName
    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


def phases(entry: Entry) -> tuple[Phase, ...]:
    """Cut a step's time into its phases, in order; neighbours of one name are one."""
    found: list[Phase] = []
    start_s, acted = entry.moments[0][1] if entry.moments else 0.0, False
    for what, at_s in entry.moments[1:]:
        acted = acted or what == "receipt"
        name = ("settle" if acted else None) if what == "frame" else _ENDS.get(what)
        if name is None:
            continue
        if found and found[-1].name == name:
            start_s = found.pop().start_s
        found.append(Phase(name, start_s, at_s))
        start_s = at_s
    if entry.moments and entry.judged is None:  # it ended in the middle of something
        going_on: PhaseName = _NEXT[found[-1].name] if found else "plan"
        found.append(Phase(going_on, start_s, entry.moments[-1][1]))
    return tuple(found)
