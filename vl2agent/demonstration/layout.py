"""The keyboard as it is now: a keycode and the modifiers that are held give a symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vl2agent.actions import Modifier
from vl2agent.demonstration.events import Held
from vl2agent.demonstration.symbols import character_of, key_of
from vl2agent.executor.keymap import ISO_LEVEL3_SHIFT

if TYPE_CHECKING:
    from Xlib.display import Display

SHIFT, LOCK, CONTROL = 1, 2, 4
_NUM_LOCK, _MODE_SWITCH = 0xFF7F, 0xFF7E
_LEVEL3_PLACE = 4
"""Where the symbols of the third level begin in a row; see executor/keymap.py."""


class Layout:
    """The mapping of an X server.

    Args:
        first: the lowest keycode.
        rows: the symbols of each keycode from there on.
        modifiers: the keycodes of each of the eight modifiers.
    """

    def __init__(self, first: int, rows: Sequence[Sequence[int]], modifiers: Sequence[Sequence[int]]) -> None:
        self._first, self._rows = first, rows
        self._masks = self._read_masks(modifiers)

    @classmethod
    def read(cls, x: Display) -> Layout:
        """Ask the server."""
        first, last = x.display.info.min_keycode, x.display.info.max_keycode
        return cls(first, x.get_keyboard_mapping(first, last - first + 1), x.get_modifier_mapping())

    def symbol(self, keycode: int, state: int) -> int:
        """Return what a key means with these modifiers; 0 for a key without a meaning."""
        row = self._row(keycode)
        group = state >> 13 & 1
        start = 2 * group + (_LEVEL3_PLACE if state & self._masks["level3"] else 0)
        plain, shifted = _pair(row, start)
        if not plain:
            plain, shifted = _pair(row, 2 * group)
        if not plain:
            plain, shifted = _pair(row, 0)
        upper = bool(state & SHIFT)
        if state & LOCK and character_of(plain).upper() != character_of(plain):
            upper = not upper
        if state & self._masks["numlock"] and _is_keypad(shifted):
            upper = not upper
        return (shifted or plain) if upper else plain

    def plain(self, keycode: int, state: int) -> int:
        """Return what a key is called in a chord: its plain symbol, on a layout with Latin letters if it has one."""
        row, own = self._row(keycode), self.symbol(keycode, state & 3 << 13)
        if key_of(own) or character_of(own).isascii():
            return own
        return next((symbol for symbol in row if character_of(symbol) and character_of(symbol).isascii()), own)

    def held(self, state: int) -> Held:
        """Name the modifiers of a state."""
        names: tuple[Modifier, ...] = ("ctrl", "shift", "alt", "super")
        return frozenset(name for name in names if state & self._masks[name])

    def _row(self, keycode: int) -> Sequence[int]:
        at = keycode - self._first
        return self._rows[at] if 0 <= at < len(self._rows) else ()

    def _read_masks(self, modifiers: Sequence[Sequence[int]]) -> Mapping[str, int]:
        """Find which bit each modifier has: the last five have no fixed meaning."""
        masks = {"shift": SHIFT, "ctrl": CONTROL, "alt": 0, "super": 0, "numlock": 0, "level3": 0}
        for bit, keycodes in list(enumerate(modifiers))[3:]:
            for keycode in keycodes:
                for symbol in self._row(keycode) if keycode else ():
                    if name := _holder(symbol):
                        masks[name] |= 1 << bit
        return masks


def _holder(symbol: int) -> str:
    if symbol in (ISO_LEVEL3_SHIFT, _MODE_SWITCH):
        return "level3"
    if symbol == _NUM_LOCK:
        return "numlock"
    return name if (name := key_of(symbol)) in ("alt", "super") else ""


def _pair(row: Sequence[int], start: int) -> tuple[int, int]:
    """Return the plain and the shifted symbol; a letter that stands alone has its capital beside it."""
    plain = row[start] if start < len(row) else 0
    shifted = row[start + 1] if start + 1 < len(row) else 0
    character = character_of(plain)
    if character and not shifted and len(character.upper()) == 1 and character.upper() != character:
        code = ord(character.upper())
        shifted = code if code <= 0xFF else 0x01000000 | code
    return plain, shifted


def _is_keypad(symbol: int) -> bool:
    return 0xFFAA <= symbol <= 0xFFB9 or symbol == 0xFFBD
