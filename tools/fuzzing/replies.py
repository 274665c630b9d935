"""What models say: intents, boxes and JSON in their replies, whatever stands around."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from fuzzing.mutating import mutate_json, mutate_text
from vl2agent.completion import Located
from vl2agent.parser import INTENT, parse_boxes, parse_intent, parse_json
from vl2agent.planner import reply
from vl2agent.steps import Intent

PLANS: tuple[dict[str, Any], ...] = (
    {"clause": 1, "kind": "click", "target": "Save button", "button": "left", "count": 1, "modifiers": ["ctrl"]},
    {"clause": 2, "kind": "type", "text": "Ada\n", "submit": True},
    {"clause": 1, "kind": "key", "keys": "ctrl+s"},
    {"clause": 1, "kind": "scroll", "target": "list", "direction": "down", "amount": 3},
    {"clause": 1, "kind": "drag", "target": "Report", "destination": "Trash"},
    {"clause": 3, "kind": "wait", "seconds": 5},
    {"clause": 1, "kind": "ask_user", "question": "which file?"},
    {"clause": 3, "kind": "done", "message": "saved"},
    {"thought": "I see", "action": "left_click", "element": "OK"},
    {"name": "computer", "arguments": {"action": "hotkey", "keys": ["CTRL", "C"]}},
    {"action": {"type": "terminate", "status": "failure"}},
)
BOXES = (
    "<|ref|>Save<|/ref|><|det|>[[12, 34, 56, 78]]<|/det|>",
    "<|grounding|>It is <|ref|>a<|/ref|><|det|>[[0, 0, 999, 999], [1, 2, 3, 4]]<|/det|> and [[5, 6, 7, 8]]",
    "[[500, 500, 510, 520]]",
)
AROUND = ("{}", "Sure! {}", "```json\n{}\n```", "{}\nDone.", "{} {}", "first {{not json}} then {}")


class Plans:
    """Replies of a planner."""

    name, share = "replies: plans", 14

    def mutant(self, rng: Random) -> str:
        text = mutate_json(rng.choice(PLANS), rng)
        around = rng.choice(AROUND)
        return around.replace("{}", text) if rng.random() < 0.5 else text

    def read(self, mutant: str) -> tuple[int, Intent]:
        parse_intent(mutant)
        return reply.read(mutant, 1, 3)

    def wrong(self, mutant: str, value: tuple[int, Intent]) -> str:
        clause, intent = value
        if not 1 <= clause <= 3:
            return f"clause {clause} of 3"
        written = json.dumps({"clause": clause, **INTENT.dump_python(intent, mode="json")})
        return (
            "" if parse_intent(written) == (clause, intent) else "it is another one when it is written and read again"
        )


class Boxes:
    """Replies that say where something is."""

    name, share = "replies: boxes", 10

    def mutant(self, rng: Random) -> str:
        return mutate_text(rng.choice(BOXES), rng)

    def read(self, mutant: str) -> tuple[Located, ...]:
        return parse_boxes(mutant)

    def wrong(self, mutant: str, value: tuple[Located, ...]) -> str:
        boxes = [found.box for found in value]
        sound = all(0 <= b.left < b.right <= 999 and 0 <= b.top < b.bottom <= 999 for b in boxes)
        return "" if boxes and sound else f"boxes off the grid: {boxes}"


class Answers:
    """Replies that are JSON of some schema."""

    name, share = "replies: json", 6

    def mutant(self, rng: Random) -> str:
        return rng.choice(AROUND).replace("{}", mutate_json(rng.choice(PLANS), rng))

    def read(self, mutant: str) -> Any:
        return parse_json(mutant)

    def wrong(self, mutant: str, value: Any) -> str:
        return "" if json.loads(json.dumps(value, allow_nan=False)) == value else "it is another one when it is written"
