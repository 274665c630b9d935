"""Goal text to clauses.

A goal is a row of clauses, each a known form (forms.py): "open settings, then open Appearance and choose 'Adwaita'".
They are joined by "then", "and then", "and", a comma, a semicolon, a full stop or a new line. "and" joins clauses only
where a verb follows it, so "open Privacy and security" is one clause; whatever is in quotes is never taken apart.
What fits no form is refused with the nearest one, never guessed at.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vl2agent.errors import GoalError
from vl2agent.planner.clauses import Check, Choose, Clause, Click, Press
from vl2agent.planner.forms import FORMS, VERB, read_form
from vl2agent.planner.meanings import TAIL
from vl2agent.planner.quoting import MASK, mask

MAX_GOAL = 4000
"""Characters in a goal."""
MAX_CLAUSES = 100

_JOINT = re.compile(
    r"\s*(?P<hard>[;\n]+|\b(?:and\s+)?then\b|\band\s+(?:after\s+that|finally|next)\b|\bafter(?:wards|\s+that)\b)\s*,?\s*"
    r"|\s*(?P<stop>[.!])\s+"
    r"|\s*(?P<comma>,)\s*(?P<and_too>and\s+)?(?=[\s\w" + MASK + r"+*/=-])"
    r"|\s+(?P<and>and|&)\s+",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?:(?:please|now|also|next|first(?:ly)?|finally|lastly|just|afterwards|again|then|and)\b,?\s*"
    r"|(?:find|locate)\s+and\s+|(?:can|could|would)\s+you\s+|i\s+want\s+(?:you\s+)?to\s+|let'?s\s+)+",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"(?:choose|select|pick|check|tick|click)\s+(?:nothing|none)(?:\s+of\s+.+)?", re.IGNORECASE)
_SCENE = re.compile(r"(?:in|on|within|from)\s+(?P<place>.+)", re.IGNORECASE)
_ONE_WORD = re.compile(rf"(?:{MASK}+|[^\s,;{MASK}]+)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a goal: where it is, and whether it follows the one before in a mere list ("click 7, 8 and 9")."""

    start: int
    end: int
    joint: str


def parse(goal: str) -> tuple[Clause, ...]:
    """Read a goal.

    Raises:
        GoalError: it is empty, longer than MAX_GOAL, has more than MAX_CLAUSES clauses, or a part of it is no known
            form; `position` is where that part begins.
    """
    if len(goal) > MAX_GOAL:
        raise GoalError(goal, MAX_GOAL, f"the end of the goal (at most {MAX_GOAL} characters, this has {len(goal)})")
    masked, clauses = mask(goal), list[Clause]()
    for piece in pieces(masked):
        clauses += _read(goal, masked, piece, clauses[-1] if clauses else None)
    if not clauses:
        raise GoalError(goal, 0, "a goal such as 'open settings'", FORMS[:3])
    if len(clauses) > MAX_CLAUSES:
        raise GoalError(goal, 0, f"at most {MAX_CLAUSES} clauses (this has {len(clauses)})")
    return tuple(clauses)


def pieces(masked: str, verb: re.Pattern[str] = VERB) -> Iterator[Piece]:
    """Cut a goal at its joints; empty pieces are dropped.

    Args:
        masked: the goal, with what is quoted hidden.
        verb: what the words that begin a clause look like.
    """
    start, kind = 0, "start"
    for joint in _JOINT.finditer(masked):
        if joint.end() <= start or not _cuts(masked, joint, start, verb):
            continue
        if piece := _trimmed(masked, start, joint.start(), kind):
            yield piece
        start, kind = joint.end(), "hard" if joint["hard"] or joint["stop"] else "soft"
    if piece := _trimmed(masked, start, len(masked), kind):
        yield piece


def _cuts(masked: str, joint: re.Match[str], start: int, verb: re.Pattern[str]) -> bool:
    """Tell whether one clause ends and another begins here."""
    if joint["hard"]:
        return True
    if joint["and"] and _filler(masked[start : joint.end()]) == joint.end() - start:  # "find and click X"
        return False
    rest = masked[joint.end() :]
    rest = rest[_filler(rest) :]
    word = verb.match(rest)
    if joint["comma"]:
        return True
    if joint["stop"]:
        return word is not None
    before = re.search(r"(\S+)$", masked[start : joint.start()])
    if word:
        in_name = word[0][0].isupper() and before is not None and before[1][0].isupper() and len(before[1]) > 1
        return not in_name or masked[start : joint.start()].strip() == ""
    following = _ONE_WORD.match(rest)
    return bool(before and following and _is_item(before[1]) and _is_item(following[0].rstrip(".!")))


def _is_item(word: str) -> bool:
    """Tell whether a word may be one of a list without a verb of its own: a quote, or a single sign."""
    return word.strip(MASK) == "" or len(word) == 1


def _filler(text: str) -> int:
    match = _FILLER.match(text)
    return match.end() if match else 0


def _trimmed(masked: str, start: int, end: int, joint: str) -> Piece | None:
    start += len(masked[start:end]) - len(masked[start:end].lstrip(" \t\r\n,;"))
    start += _filler(masked[start:end])
    while (tail := TAIL.search(masked, start, end)) and tail.start() < end:
        end = tail.start()
    return Piece(start, end, joint) if end > start else None


def _read(goal: str, masked: str, piece: Piece, previous: Clause | None) -> list[Clause]:
    """Read one piece as a form, as one more item of the list before it, or as the place of what follows."""
    text = goal[piece.start : piece.end]
    if _NOTHING.fullmatch(masked[piece.start : piece.end]):
        return []
    try:
        if clauses := read_form(text):
            return clauses
    except GoalError as error:
        raise GoalError(goal, piece.start + error.position, error.expected, error.nearest) from error
    if piece.joint == "soft" and (item := next_item(text, masked[piece.start : piece.end], previous)):
        return [item]
    scene = _SCENE.fullmatch(text)
    if scene and piece.end < len(goal.rstrip()):
        return read_form(f"switch to {scene['place']}")
    raise GoalError(goal, piece.start, "a command", nearest_forms(text))


def next_item(text: str, masked: str, previous: Clause | None) -> Clause | None:
    """Carry a verb on: "click 7, 8 and 9", "press tab, enter", "check 'A', 'B'"."""
    if isinstance(previous, Press):
        keys = read_form(f"press {text}")
        return keys[0] if len(keys) == 1 and isinstance(keys[0], Press) else None
    if not _ONE_WORD.fullmatch(masked):
        return None
    if isinstance(previous, Click):
        return Click(text, previous.button, previous.count, previous.modifiers)
    if isinstance(previous, Check):
        return Check(text, previous.on)
    return Choose(text) if isinstance(previous, Choose) else None


def nearest_forms(text: str) -> tuple[str, ...]:
    """Return the known forms that a text comes closest to, the best first."""
    word = (text.lower().split() or [""])[0]
    verbs = {form.split()[0]: form for form in reversed(FORMS)}
    close = difflib.get_close_matches(word, verbs, n=4, cutoff=0.3)
    close.sort(key=lambda verb: verb[:1] != word[:1])  # people get the first letter right
    return tuple(verbs[verb] for verb in close[:2]) or FORMS[:1]
