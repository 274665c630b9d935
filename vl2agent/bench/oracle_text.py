"""What the oracle reads in prompts, and how it writes its replies: as VL2 does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vl2agent.errors import BackendError
from vl2agent.geometry import ScreenBox, View
from vl2agent.planner.subgoals import split


@dataclass(frozen=True, slots=True)
class Situation:
    """What a plan prompt says.

    `parts` are the goal's, all of them also where the prompt had no room to list them; `last` and `wrong` are empty
    where nothing was done yet, and where nothing was wrong.
    """

    goal: str
    parts: tuple[str, ...]
    last: str
    wrong: str

    @classmethod
    def read(cls, text: str) -> Situation:
        """Find it in the text of a prompt.

        Raises:
            BackendError: there is no goal in it.
        """
        goal = re.search(r"^Goal: (.+?)\n(?=[A-Z][^\n:]*:(?:\n| |$))", text, re.MULTILINE | re.DOTALL)
        if goal is None:
            raise BackendError(f"oracle: expected a goal in the prompt, got {text[-200:]!r}")
        listed = re.match(r"Parts of the goal:\n((?:\d+\. .+\n)*)", text[goal.end() :])
        parts = re.findall(r"^(\d+)\. (.+?)(?: \((?:done|now)\))?$", listed[1] if listed else "", re.MULTILINE)
        numbers = [int(number) for number, _ in parts]
        whole = numbers and numbers == list(range(1, len(parts) + 1)) and not any(part[-1] == "…" for _, part in parts)
        told = tuple(part for _, part in parts) if whole else split(goal[1])
        return cls(goal[1], told, _line("Last step", text), _line("Your reply", text))


def planned(part: int, fields: Mapping[str, object]) -> str:
    """Write a plan reply: one line of JSON."""
    return json.dumps({"clause": part, **fields}, ensure_ascii=False)


def grounded(words: str, region: ScreenBox, boxes: Sequence[ScreenBox]) -> str:
    """Write boxes on the grid of the part of the screen that was shown; all of it where none is in there."""
    view = View(region, region.size)
    seen = [view.box_to_grid(part) for box in boxes if (part := region.intersection(box))] or [view.box_to_grid(region)]
    edges = ", ".join(f"[{box.left}, {box.top}, {box.right}, {box.bottom}]" for box in seen)
    return f"<|ref|>{words}<|/ref|><|det|>[{edges}]<|/det|>"


def _line(title: str, text: str) -> str:
    match = re.search(rf"^{title}[^\n:]*: (.*)$", text, re.MULTILINE)
    return match[1] if match else ""
