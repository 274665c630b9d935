"""The model's marks in what people send and get: `<|ref|>words<|/ref|>` names something; others are mere letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vl2agent.completion import Part, Ref

REF = re.compile(r"<\|ref\|>((?:(?!<\|/?ref\|>).)+)<\|/ref\|>", re.DOTALL)
MARK = re.compile(r"<image>|<[|｜][^<>|｜\s]{1,40}[|｜]>")
"""What a reply may hold of the model's vocabulary that is no text."""
_BEGUN = re.compile(r"<(?:[|｜](?:[^<>|｜\s]{0,40}|[^<>|｜\s]{1,40}[|｜])|i?|im|ima|imag|image)\Z")


def parts_of(text: str) -> Iterator[Part]:
    """Tell the words that are marked from the text around them."""
    end = 0
    for found in REF.finditer(text):
        if found.start() > end:
            yield text[end : found.start()]
        yield Ref(words=found[1])
        end = found.end()
    if end < len(text):
        yield text[end:]


class MarksOut:
    """Take the marks out of a text that comes in pieces, wherever these divide them."""

    def __init__(self) -> None:
        self._held = ""

    def add(self, text: str) -> str:
        """Give what can no longer be part of a mark."""
        *before, rest = MARK.split(self._held + text)  # what a mark divides does not become one
        begun = _BEGUN.search(rest)
        end = begun.start() if begun else len(rest)
        self._held = rest[end:]
        return "".join(before) + rest[:end]

    def end(self) -> str:
        """Give what was held back."""
        given, self._held = self._held, ""
        return given
