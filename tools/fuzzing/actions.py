"""Actions, in our words and in those of other tools."""

from __future__ import annotations

from random import Random
from typing import Any

from fuzzing.mutating import mutate_value
from vl2agent.actions import ACTION, ALIASES, Action, Zoom, read_action

POINT = {"x": 10, "y": 20}
SOUND: tuple[dict[str, Any], ...] = (
    {"kind": "click", "point": POINT, "button": "right", "count": 2, "modifiers": ["ctrl"]},
    {"kind": "type", "text": "naïve café", "submit": True, "secret": False},
    {"kind": "key", "keys": "ctrl+shift+t"},
    {"kind": "scroll", "point": POINT, "direction": "up", "amount": 5},
    {"kind": "drag", "start": POINT, "end": {"x": 300, "y": 1}},
    {"kind": "move", "point": POINT},
    {"kind": "wait", "seconds": 1.5},
    {"kind": "zoom", "box": {"left": 0, "top": 0, "right": 50, "bottom": 40}},
    {"kind": "ask_user", "question": "which one?"},
    {"kind": "done", "message": "saved"},
    {"kind": "fail", "reason": "it is not there"},
)


class Actions:
    """Records of actions."""

    name, share = "actions", 20

    def mutant(self, rng: Random) -> dict[str, Any]:
        record = dict(rng.choice(SOUND))
        if rng.random() < 0.3:
            record["kind"] = rng.choice(tuple(ALIASES))
        broken = mutate_value(record, rng)
        return broken if isinstance(broken, dict) else {"kind": broken}

    def read(self, mutant: dict[str, Any]) -> Action:
        return read_action(mutant)

    def wrong(self, mutant: dict[str, Any], value: Action) -> str:
        return wrong_action(value)


def wrong_action(action: Action) -> str:
    """Say why an action is none that could be written down and read again."""
    if ACTION.validate_json(ACTION.dump_json(action)) != action:
        return "it is another one when it is written down and read again"
    if isinstance(action, Zoom) and not (action.box.left < action.box.right and action.box.top < action.box.bottom):
        return "its box is empty"
    return ""
