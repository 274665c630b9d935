"""Prompts and answers as flat text, the form in which DeepSeek-VL2's conversations are kept on disk.

What people and screens wrote stands in the same text as the model's marks there. So a text that spells a mark cannot be
told from the mark, and is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from vl2agent.calls import Section
from vl2agent.completion import Part, Picture, Ref
from vl2agent.errors import InputError
from vl2agent.geometry import GridBox
from vl2agent.steps import Intent

IMAGE = "<image>"
USER, ASSISTANT = "<|User|>", "<|Assistant|>"
_MARK = re.compile(r"<image>|<\|[^|<>]{1,20}\|>|<｜[^｜<>]{1,30}｜>")
_FIRST = ("kind", "target", "destination")
"""Fields of a planner's reply that come after the clause and before all others."""


def prompt_text(sections: Iterable[Section]) -> str:
    """Write a prompt as text, the picture where it stands.

    Raises:
        InputError: a text in it spells one of the model's marks.
    """
    return "".join(_part_text(part) for section in sections for part in section.parts)


def grounded_answer(words: str, box: GridBox) -> str:
    """Write where the words are, as the model answers.

    Raises:
        InputError: the words spell a mark.
    """
    edges = f"{box.left}, {box.top}, {box.right}, {box.bottom}"
    return f"<|ref|>{_plain(words.strip())}<|/ref|><|det|>[[{edges}]]<|/det|>"


def planned_answer(intent: Intent, clause: int) -> str:
    """Write an intent as the planner's reply, one line of JSON without what goes without saying.

    Raises:
        InputError: it spells a mark.
    """
    told = intent.model_dump(mode="json", exclude_defaults=True) | {"kind": intent.kind}
    ordered = {name: told[name] for name in sorted(told, key=_place)}
    return _plain(json.dumps({"clause": clause} | ordered, ensure_ascii=False))


def conversation(prompt: str, picture: str, answer: str) -> list[dict[str, object]]:
    """Put question and answer into the roles of a conversation."""
    return [
        {"role": USER, "content": prompt, "images": [picture]},
        {"role": ASSISTANT, "content": answer},
    ]


def _part_text(part: Part) -> str:
    if isinstance(part, Picture):
        return f"{IMAGE}\n"
    if isinstance(part, Ref):
        return f"<|ref|>{_plain(part.words)}<|/ref|>"
    return _plain(part)


def _plain(text: str) -> str:
    if found := _MARK.search(text):
        raise InputError(f"expected text without the model's marks, got {found[0]!r} in {text[:60]!r}")
    return text


def _place(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)
