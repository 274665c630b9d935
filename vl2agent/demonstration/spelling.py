"""A text in the making: characters, dead keys, and what backspace takes back."""

from __future__ import annotations

from vl2agent.demonstration.symbols import accent_of, accented, character_of


class Spelling:
    """What was typed so far, as it stands in a field that was typed into from its end."""

    def __init__(self) -> None:
        self._characters: list[str] = []
        self._accent = ""

    @classmethod
    def takes(cls, symbol: int) -> bool:
        """Tell whether a key is a part of a text."""
        return bool(character_of(symbol) or accent_of(symbol))

    @property
    def text(self) -> str:
        return "".join(self._characters)

    def add(self, symbol: int) -> None:
        """Take a key that `takes` says yes to; a dead key waits for the next one."""
        accent, character = accent_of(symbol), character_of(symbol)
        if not self._accent:
            self._accent = accent
            self._characters += character
        else:
            waiting, self._accent = self._accent, ""
            self._characters.append(accented(waiting, character or accent))

    def take_back(self) -> bool:
        """Take the last character back, or the dead key that waits; False when there is nothing to take."""
        if self._accent:
            self._accent = ""
        elif self._characters:
            self._characters.pop()
        else:
            return False
        return True
