"""A goal's parts, for a planner that ticks them off one by one.

Any goal has parts. Where the command grammar reads one, they are its clauses in the person's own words, and items of a
list get their verb back ("click 7 and 8" is "click 7", "click 8"). Any other goal is cut before verbs only: "buy eggs,
milk and bread" is one part, "find the cheapest flight to Rome, then book it" are two. What is quoted stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vl2agent.errors import GoalError
from vl2agent.planner.forms import VERB, read_form
from vl2agent.planner.grammar import MAX_GOAL, Piece, next_item, parse, pieces
from vl2agent.planner.quoting import mask

MAX_PARTS = 40
"""More parts than these are told as one, the last."""

_VERB = re.compile(
    VERB.pattern + r"|(?:add|archive|attach|book|buy|cancel|compare|count|delete|download|edit|email"
    r"|expand|export|find|follow|forward|get|import|install|like|log|look|order|play|post|print|purchase|read|remove"
    r"|reply|report|reserve|resize|restore|reset|search|send|share|show|sign|sort|star|submit|tell|translate|unlike"
    r"|update|upload|view|watch)(?![\w-])",
    re.IGNORECASE,
)


def split(goal: str) -> tuple[str, ...]:
    """Take a goal apart; at least one part comes of it.

    Raises:
        GoalError: the goal is empty, or longer than MAX_GOAL.
    """
    if not goal.strip():
        raise GoalError(goal, 0, "a goal such as 'open settings'")
    if len(goal) > MAX_GOAL:
        raise GoalError(goal, MAX_GOAL, f"the end of the goal (at most {MAX_GOAL} characters, this has {len(goal)})")
    try:
        parts = _commands(goal)
    except GoalError:
        parts = _sentences(goal)
    if len(parts) > MAX_PARTS:
        parts = [*parts[: MAX_PARTS - 1], ", then ".join(parts[MAX_PARTS - 1 :])]
    return tuple(parts)


def _commands(goal: str) -> list[str]:
    """Give the clauses of a goal that the command grammar reads; a place ("in the editor, ...") opens the next one."""
    parse(goal)
    masked, parts = mask(goal), list[str]()
    previous, place = None, None
    for piece in pieces(masked):
        text, hidden = goal[piece.start : piece.end], masked[piece.start : piece.end]
        if clauses := read_form(text):
            parts.append(goal[piece.start if place is None else place : piece.end])
            previous, place = clauses[-1], None
        elif piece.joint == "soft" and (item := next_item(text, hidden, previous)):
            parts.append(str(item))
            previous = item
        else:
            place = piece.start
    return parts


def _sentences(goal: str) -> list[str]:
    """Give the parts of any other goal: a piece that begins with no verb belongs to the one before."""
    try:
        masked = mask(goal)
    except GoalError:  # a quote is never closed: nothing tells where it should end
        return [goal.strip()]
    spans: list[tuple[int, int]] = []
    for piece in pieces(masked, _VERB):
        if spans and not _stands_alone(masked, piece):
            spans[-1] = (spans[-1][0], piece.end)
        else:
            spans.append((piece.start, piece.end))
    return _texts(goal, spans) or [goal.strip()]


def _stands_alone(masked: str, piece: Piece) -> bool:
    return piece.joint == "hard" or _VERB.match(masked, piece.start) is not None


def _texts(goal: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    return [" ".join(goal[start:end].split()) for start, end in spans]
