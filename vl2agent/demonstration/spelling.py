"""A text in the making: characters, dead keys, the compose key, and what backspace takes back."""

from __future__ import annotations

from vl2agent.demonstration.symbols import MULTI_KEY, accent_of, accented, character_of, composed


class Spelling:
    """What was typed so far, as it stands in a field that was typed into from its end."""

    def __init__(self) -> None:
        self._characters: list[str] = []
        self._accent = ""
        self._composing: list[str] | None = None

    @classmethod
    def takes(cls, symbol: int) -> bool:
        """Tell whether a key is a part of a text."""
        return bool(character_of(symbol) or accent_of(symbol)) or symbol == MULTI_KEY

    @property
    def text(self) -> str:
        return "".join(self._characters)

    def add(self, symbol: int) -> None:
        """Take a key that `takes` says yes to; a dead key waits for the next one, the compose key for the next two."""
        accent, character = accent_of(symbol), character_of(symbol)
        if symbol == MULTI_KEY:
            self._composing = []
        elif self._composing is not None:
            self._compose(character or accent)
        elif self._accent:
            waiting, self._accent = self._accent, ""
            self._characters.append(accented(waiting, character or accent))
        else:
            self._accent = accent
            self._characters += character

    def take_back(self) -> bool:
        """Take the last character back, or what waits for the next one; False when there is nothing to take."""
        if self._accent or self._composing is not None:
            self._accent, self._composing = "", None
        elif self._characters:
            self._characters.pop()
        else:
            return False
        return True

    def _compose(self, character: str) -> None:
        composing = [*(self._composing or []), character]
        if len(composing) < 2:
            self._composing = composing
            return
        self._characters += composed(*composing)
        self._composing = None
