"""Prompts whose texts cannot be taken for the model's own marks, also by a server that reads marks in text.

In this process marks are parts of their own. A request has only text: there `<|ref|>` in a page's title would be a
mark. So a mark that text spells gets a zero-width space after its `<`; what was meant as one stays.
"""

from __future__ import annotations

import re
from itertools import groupby

from vl2agent.completion import Message, Part, Prompt, Ref

BREAK = "\N{ZERO WIDTH SPACE}"
END_OF_TEXT = "<｜end▁of▁sentence｜>"
"""Ends a reply; servers that write special tokens out may write this one too."""

_MARK = re.compile(r"<(?=(?:[|｜][^<>\s]{1,40}[|｜]|image)>)")


def unmarked(text: str) -> str:
    """Break up every mark that a text spells; halves of surrogate pairs, which no server reads, become `?`."""
    return _MARK.sub("<" + BREAK, text).encode("utf-8", "replace").decode()


def plain(prompt: Prompt) -> Prompt:
    """Join neighbouring texts of a prompt, break up the marks that they spell, drop the whitespace around each turn."""
    return Prompt(messages=tuple(_plain(message) for message in prompt.messages))


def _plain(message: Message) -> Message:
    parts: list[Part] = []
    for is_text, run in groupby(message.parts, key=lambda part: isinstance(part, str)):
        if is_text:
            parts.append(unmarked("".join(part for part in run if isinstance(part, str))))
        else:
            parts += [Ref(words=unmarked(part.words)) if isinstance(part, Ref) else part for part in run]
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip()
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip()
    return Message(role=message.role, parts=tuple(part for part in parts if part))
