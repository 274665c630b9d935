"""How far a goal is, and what a skill answers: the next thing to do, or that its clause is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from vl2agent.actions import Frozen
from vl2agent.steps import Intent, Target


class Progress(Frozen):
    """Where the planner stands; it travels in `Plan.state`, so that planning is a function of what it is handed.

    `clause` counts finished clauses. The rest belongs to the clause at work: its `stage`, how often that was tried,
    the windows there were when it began, and what was tried already.
    """

    clause: int = 0
    stage: str = ""
    tries: int = 0
    windows: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """Do this next; the clause goes on at `stage` with the frame that follows."""

    intent: Intent
    stage: str
    found: tuple[Target, ...] = ()
    note: str = ""
    tries: int = 1
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticked:
    """The clause is done, as far as can be told; `note` says what was seen or could not be."""

    note: str = ""


Answer: TypeAlias = Act | Ticked
