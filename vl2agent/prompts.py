"""Every text that a model is sent, section by section; what web-to-code sends is in web2code/prompts.py.

Each prompt begins with the picture and is one turn of the user: calls about the same frame share their beginning, and a
backend that remembers it does that work once. Finding things is asked in the very words that DeepSeek-VL2 was trained on.
Change a text, and `VERSION` with it: recordings and tests tell by it what a model was asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.calls import Section
from vl2agent.completion import Picture, Ref
from vl2agent.errors import InputError

VERSION = "2"

PICTURE = Section("picture", (Picture(),))

RULES = """\
This is the screen of a computer that you operate. Reply with the next action, one line of JSON: "clause", "kind" and the \
fields of that kind.
"clause" is the number of the part of the goal that you work on, 1 if it has one only; the parts before it are done.
Kinds and their fields:
click: target; optional: button (left, right, middle), count (1 to 3), modifiers (ctrl, shift, alt, super)
type: text, typed where the cursor is; optional: submit (true also presses enter)
key: keys, such as "enter" or "ctrl+s"
scroll: direction (up, down, left, right); optional: target, amount (1 to 100)
drag: target, destination
move: target, where the pointer rests
zoom: target, read closely and kept as a fact
wait: seconds
ask_user: question
done: message, when the screen shows that all of the goal is reached
fail: reason, when it cannot be reached
A target names one thing that you see, by its text, kind and place. Click a field before you type into it.
Examples, from other goals:
{"clause": 1, "kind": "click", "target": "the Save button"}
{"clause": 2, "kind": "type", "text": "Ann"}
"""
"""What a planner is told of its work, the same at every step."""

REQUEST = "Next action, in JSON:"


def ground(words: str) -> list[Section]:
    """Ask where the one thing is that the words name.

    Raises:
        InputError: there are no words.
    """
    return [PICTURE, Section("target", (_ref(words), "."))]


def find_all(words: str) -> list[Section]:
    """Ask where everything is that the words fit.

    Raises:
        InputError: there are no words.
    """
    return [PICTURE, Section("target", ("Find all the ", _ref(words)))]


def ask(question: str) -> list[Section]:
    """Ask anything about the picture."""
    return [PICTURE, Section("question", (question,))]


def read() -> list[Section]:
    """Ask for the text in the picture."""
    return [PICTURE, Section("question", ("Read all the text in the image, line by line. Give the text only.",))]


def verify(question: str) -> list[Section]:
    """Ask something that is answered with yes or no."""
    return [PICTURE, Section("question", (f"{question}\nAnswer yes or no.",))]


def plan(
    goal: str,
    clauses: Sequence[str],
    current: int,
    history_lines: Sequence[str] = (),
    facts: Sequence[str] = (),
    last: str = "",
    warning: str = "",
    *,
    zoomed: bool = False,
    wrong: str = "",
) -> list[Section]:
    """Ask for the next action.

    Args:
        goal: as the person wrote it.
        clauses: its parts; an empty one is not listed.
        current: the number of the part at work, from 1.
        history_lines: a line for each step before the last, the oldest first.
        facts: what was read or answered.
        last: the last step and what came of it.
        warning: what the loop has noticed.
        zoomed: whether the picture shows a part of the screen only.
        wrong: why the reply before this one could not be used.
    """
    scene = "The picture shows only a part of the screen.\n" if zoomed else ""
    parts = [_part(number, text, current) for number, text in enumerate(clauses, start=1) if text]
    sections = [
        PICTURE,
        Section("rules", (RULES + scene,)),
        Section("goal", (f"Goal: {goal}\n",)),
        _listed("parts", "Parts of the goal", parts),
        _listed("facts", "Known facts", [f"- {fact}" for fact in facts]),
        _listed("memory", "Steps before", history_lines),
        _line("last", "Last step", last),
        _line("warning", "Attention", warning),
        _line("wrong", "Your reply cannot be used", wrong),
        Section("request", (REQUEST,)),
    ]
    return [section for section in sections if section.parts]


def _part(number: int, text: str, current: int) -> str:
    state = " (done)" if number < current else " (now)" if number == current else ""
    return f"{number}. {text}{state}"


def _listed(name: str, title: str, lines: Sequence[str]) -> Section:
    return Section(name, ("".join(f"{line}\n" for line in (f"{title}:", *lines)),) if lines else ())


def _line(name: str, title: str, text: str) -> Section:
    return Section(name, (f"{title}: {text}\n",) if text else ())


def _ref(words: str) -> Ref:
    if not words.strip():
        raise InputError("expected words that name what to find, got none")
    return Ref(words=words.strip())
