"""Text that grows token by token: never half a character, never part of a stop string."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

REPLACEMENT = "\ufffd"  # what decoding puts for bytes that are no character, or not yet one


class Decodes(Protocol):
    """What turns ids back into text."""

    def decode(self, ids: Sequence[int]) -> str:
        """Give the text of ids, special tokens written out."""
        ...


class Detokenizer:
    """Text of tokens as they come.

    A character of several bytes may be spread over several tokens: it is given when its last byte is there. What is
    given adds up to the text of all tokens decoded at once.
    """

    def __init__(self, tokenizer: Decodes) -> None:
        self.tokenizer = tokenizer
        self.window: list[int] = []  # tokens since the last end of a character that is also the end of a token
        self.given = 0

    def add(self, token_id: int) -> str:
        """Give the text that is certain now that this token has come."""
        self.window.append(token_id)
        text = self.tokenizer.decode(self.window)
        if text.endswith(REPLACEMENT):
            # Only the last sign can change still: bytes that may yet become a character decode to a single one.
            new, self.given = text[self.given : -1], max(self.given, len(text) - 1)
            return new
        new, self.given = text[self.given :], 0
        self.window.clear()
        return new

    def end(self) -> str:
        """Give what is held back: the sign for a character that was cut short, or nothing."""
        text = self.tokenizer.decode(self.window)[self.given :] if self.window else ""
        self.window.clear()
        self.given = 0
        return text


class StopStrings:
    """Text up to the first stop string, which may be spread over several pieces."""

    def __init__(self, stops: Sequence[str]) -> None:
        if isinstance(stops, str) or not all(stops):
            raise ValueError(f"stop: expected a list of texts, none empty, got {stops!r}")
        self.stops = tuple(stops)
        self.held = ""
        self.hit = False

    def add(self, text: str) -> str:
        """Give the text that can no longer be part of a stop string; sets `hit` when one is whole."""
        self.held += text
        found = [at for stop in self.stops if (at := self.held.find(stop)) >= 0]
        if found:
            self.hit = True
            given, self.held = self.held[: min(found)], ""
            return given
        keep = max((self._begun(stop) for stop in self.stops), default=0)
        given, self.held = self.held[: len(self.held) - keep], self.held[len(self.held) - keep :]
        return given

    def end(self) -> str:
        """Give what was held back for a stop string that did not come."""
        given, self.held = self.held, ""
        return given

    def _begun(self, stop: str) -> int:
        """Count the characters at the end that could be the beginning of a stop string."""
        longest = min(len(stop) - 1, len(self.held))
        return next((n for n in range(longest, 0, -1) if stop.startswith(self.held[-n:])), 0)
