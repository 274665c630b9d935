"""Which key types which character: the layout of an X server, and keycodes that no layout uses.

A keyboard mapping lists symbols per keycode at fixed places: group 1 plain and shifted, group 2 plain and shifted,
then the third and fourth level (AltGr, AltGr with shift) of group 1 and of group 2. Only those are read; a character
that is elsewhere, or behind a dead key, is given to a spare keycode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Xlib.display import Display

ISO_LEVEL3_SHIFT = 0xFE03
EURO_SIGN = 0x20AC
"""Layouts have it by its old symbol."""
_LEVELS = {0: ((), ("shift",)), 4: (("level3",), ("level3", "shift"))}
"""By place of group 1 (group 2 is 2 further): what is held for the plain and for the shifted symbol there."""

_NAMED = (
    "ctrl:Control_L alt:Alt_L shift:Shift_L super:Super_L enter:Return escape:Escape tab:Tab space:space "
    "backspace:BackSpace delete:Delete insert:Insert up:Up down:Down left:Left right:Right home:Home end:End "
    "pageup:Prior pagedown:Next capslock:Caps_Lock numlock:Num_Lock scrolllock:Scroll_Lock printscreen:Print "
    "pause:Pause menu:Menu"
)
NAMED_SYMBOLS: Mapping[str, str] = {
    **dict(pair.split(":") for pair in _NAMED.split()),
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
_MEDIA_SYMBOLS: Mapping[str, int] = {
    "volumeup": 0x1008FF13,
    "volumedown": 0x1008FF11,
    "volumemute": 0x1008FF12,
    "playpause": 0x1008FF14,
    "nexttrack": 0x1008FF17,
    "prevtrack": 0x1008FF16,
}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A keycode, and the keycodes held down with it."""

    keycode: int
    held: tuple[int, ...] = ()


class Keymap:
    """The mapping as it is now.

    Args:
        first: the lowest keycode.
        rows: the symbols of each keycode from there on.
        group: the active group, from 0.
        caps_lock: it is on.
    """

    def __init__(self, first: int, rows: Sequence[Sequence[int]], group: int = 0, caps_lock: bool = False) -> None:
        self.first, self.rows, self.group, self.caps_lock = first, rows, group, caps_lock

    @classmethod
    def read(cls, x: Display) -> Keymap:
        """Ask the server."""
        from Xlib import X

        first, last = x.display.info.min_keycode, x.display.info.max_keycode
        state = x.screen().root.query_pointer().mask
        rows = x.get_keyboard_mapping(first, last - first + 1)
        return cls(first, rows, group=state >> 13 & 3, caps_lock=bool(state & X.LockMask))

    def stroke(self, character: str) -> Stroke | None:
        """Return how the layout types a character, with the fewest held keys; None when it does not."""
        found = self._strokes.get(symbol_of(character))
        return self._strokes.get(EURO_SIGN) if found is None and character == "€" else found

    def keycode(self, symbol: int) -> int | None:
        """Return the first keycode that has a symbol anywhere, for keys that type nothing."""
        return next((self.first + i for i, row in enumerate(self.rows) if symbol in row), None)

    @property
    def spare(self) -> list[int]:
        """Keycodes that have no symbol at all."""
        return [self.first + i for i, row in enumerate(self.rows) if not any(row)]

    @cached_property
    def _strokes(self) -> Mapping[int, Stroke]:
        holders = {"shift": self.keycode(symbol_of("shift")), "level3": self.keycode(ISO_LEVEL3_SHIFT)}
        found: dict[int, Stroke] = {}
        for place, held in self._places():
            codes = [holders[name] for name in held]
            if None in codes:
                continue
            stroke_held = tuple(code for code in codes if code is not None)
            for i, row in enumerate(self.rows):
                if place < len(row) and row[place] and self.first + i not in stroke_held:
                    found.setdefault(row[place], Stroke(self.first + i, stroke_held))
        return found

    def _places(self) -> Iterable[tuple[int, tuple[str, ...]]]:
        if self.group > 1:
            return  # a core mapping does not show groups 3 and 4
        for start, levels in _LEVELS.items():
            for shifted, held in enumerate(levels):
                yield start + 2 * self.group + shifted, held


def symbol_of(key: str) -> int:
    """Return the keysym of a key's standard name or of one character.

    Source: X Window System Protocol, appendix A: Latin-1 as it is, other characters 0x01000000 + code point.
    """
    from Xlib import XK

    if key in _MEDIA_SYMBOLS:
        return _MEDIA_SYMBOLS[key]
    if key in NAMED_SYMBOLS:
        return XK.string_to_keysym(NAMED_SYMBOLS[key])
    code = ord(key)
    return code if 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xFF else 0x01000000 | code
