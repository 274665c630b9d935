r"""Quotes in goals: what stands in them is taken as it is, and never read as commands.

'...', "...", ‘...’, “...”, „...“ and «...» are quotes. An apostrophe within a word (don't) opens and closes nothing.
Within quotes \n is a line break, \t a tab, and a backslash before a quote or a backslash means that sign itself.
"""

from __future__ import annotations

import re

from vl2agent.errors import GoalError

CLOSING = {"'": "'’", '"': '"', "‘": "’", "“": "”", "„": "“”", "«": "»"}
MASK = "\x01"
_ESCAPES = {"n": "\n", "t": "\t"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def quoted_spans(goal: str) -> list[tuple[int, int]]:
    """Return where quotes begin and end, the signs included.

    Raises:
        GoalError: a quote is never closed.
    """
    spans, index = [], 0
    while index < len(goal):
        if _opens(goal, index):
            end = _closed_at(goal, index)
            spans.append((index, end))
            index = end
        else:
            index += 1
    return spans


def mask(goal: str) -> str:
    """Return a text of the same length in which everything quoted is hidden."""
    hidden = list(goal)
    for start, end in quoted_spans(goal):
        hidden[start:end] = MASK * (end - start)
    return "".join(hidden)


def quote(text: str) -> str:
    """Put text between quotes, so that `unquote` gives it back."""
    sign = '"' if "'" in text and '"' not in text else "'"
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    for closing in CLOSING[sign]:
        escaped = escaped.replace(closing, "\\" + closing)
    return f"{sign}{escaped}{sign}"


def is_quoted(text: str) -> bool:
    """Tell whether all of a text is one quote."""
    return len(text) > 1 and _opens(text, 0) and mask(text) == MASK * len(text) and len(quoted_spans(text)) == 1


def unquote(text: str) -> str:
    """Return what a quote says; text that is not one quote is returned as it is."""
    if not is_quoted(text):
        return text
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1] if _is_sign(match[1]) else match[0]), text[1:-1])


def _is_sign(char: str) -> bool:
    return char == "\\" or any(char in opening + closing for opening, closing in CLOSING.items())


def _opens(goal: str, index: int) -> bool:
    if goal[index] not in CLOSING:
        return False
    return goal[index] != "'" or index == 0 or not (goal[index - 1].isalnum() or goal[index - 1] in "'’")


def _closed_at(goal: str, start: int) -> int:
    closing, index = CLOSING[goal[start]], start + 1
    while index < len(goal):
        if goal[index] == "\\":
            index += 2
            continue
        word_goes_on = goal[index] in "'’" and goal[index + 1 : index + 2].isalnum()
        if goal[index] in closing and not word_goes_on:
            return index + 1
        index += 1
    raise GoalError(goal, start, f"a closing {closing[0]} for the quote")
