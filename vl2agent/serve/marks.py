"""The model's marks in what people send and get: `<|ref|>words<|/ref|>` names something; others are mere letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vl2agent.completion import Part, Ref

REF = re.compile(r"<\|ref\|>((?:(?!<\|/?ref\|>).)+)<\|/ref\|>", re.DOTALL)
MARKS = ("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>", "<image>")
"""Those that a reply may hold."""
_ANY = re.compile("|".join(map(re.escape, MARKS)))
_LONGEST = max(map(len, MARKS))


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
        self._held = _ANY.sub("", self._held + text)
        keep = next((n for n in range(min(_LONGEST, len(self._held)), 0, -1) if self._begins_mark(n)), 0)
        given, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return given

    def end(self) -> str:
        """Give what was held back."""
        given, self._held = self._held, ""
        return given

    def _begins_mark(self, length: int) -> bool:
        return any(mark.startswith(self._held[-length:]) for mark in MARKS)
