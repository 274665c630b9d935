"""Policies: rules as a TOML file and as data, and what they then decide."""

from __future__ import annotations

import tomllib
import warnings
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import numpy as np

from fuzzing.mutating import mutate_bytes, mutate_text, mutate_value
from vl2agent.actions import Action, Click, Drag, Key, TypeText
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.policy.policy import RulePolicy
from vl2agent.steps import Decision, Frame, Window

SOUND = """
default = "allow"
builtin = true
without = ["faster than a screen can follow"]
approve = "risky"

[[rule]]
name = "the panel is not ours"
verdict = "deny"
reason = "it belongs to the person"
region = [0, "90%", "100%", "100%"]
actions = ["click", "drag"]

[[rule]]
name = "deleting"
verdict = "ask"
text = "delete|remove"
keys = ["ctrl+w", "ctrl+alt+*"]

[[rule]]
name = "commands"
verdict = "deny"
typed = 'sudo|rm\\s+-rf'
window = "terminal"
app = "^xterm$"

[[rule]]
name = "one site in working hours"
verdict = "allow"
domains = ["example.org", "*.example.org:8080", "file:"]
hours = ["09:00-17:00", "22:00-06:00"]
days = ["mon-fri", "sun"]

[[rule]]
name = "not so fast"
verdict = "deny"
of = "window"
region = [0, 0, 20, 20]
rate = { per_second = 5, per_minute = 60, repeats = 3 }
"""
DATA = tomllib.loads(SOUND)
WINDOW = Window(title="Editor", app="xterm", box=ScreenBox(0, 0, 90, 60), active=True, url="https://example.org/a")
FRAME = Frame(np.zeros((80, 100, 4), np.uint8), ScreenBox(0, 0, 100, 80), 0.0, windows=(WINDOW,))
TRIED: tuple[Action, ...] = (
    Click(point=ScreenPoint(5, 5)),
    Drag(start=ScreenPoint(1, 1), end=ScreenPoint(99, 79)),
    Key(keys="ctrl+w"),
    TypeText(text="sudo rm -rf /", submit=True),
)

Mutant: TypeAlias = bytes | dict[str, Any]


class Policies:
    """Files and data of policies.

    Args:
        folder: where files are put.
    """

    name, share = "policies", 12

    def __init__(self, folder: Path) -> None:
        self._path = folder / "policy.toml"

    def mutant(self, rng: Random) -> Mutant:
        match rng.randrange(5):
            case 0:
                return mutate_bytes(SOUND.encode(), rng)
            case 1 | 2:
                return mutate_text(SOUND, rng).encode("utf-8", "surrogatepass")
        broken = mutate_value(DATA, rng)
        return broken if isinstance(broken, dict) else {"rule": broken}

    def read(self, mutant: Mutant) -> tuple[RulePolicy, list[Decision]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own, of patterns that will mean another thing some day
            policy = self._policy(mutant)
            return policy, [policy.decide(action, FRAME) for action in TRIED]

    def wrong(self, mutant: Mutant, value: tuple[RulePolicy, list[Decision]]) -> str:
        policy, decisions = value
        if any(decision.verdict not in ("allow", "ask", "deny") for decision in decisions):
            return "it decides something else than allow, ask and deny"
        said = policy.as_data()
        return "" if RulePolicy.from_data(said, text_at=_written).as_data() == said else "it is another one as data"

    def _policy(self, mutant: Mutant) -> RulePolicy:
        if isinstance(mutant, dict):
            return RulePolicy.from_data(mutant, text_at=_written)
        self._path.write_bytes(mutant)
        return RulePolicy.load(self._path, text_at=_written)


def _written(point: ScreenPoint, frame: Frame) -> str:
    return "Delete"
