"""A chord of an X server that is heard whatever has the focus.

The key is grabbed, so that no application gets it and a tap is never missed. While an application holds the keyboard
itself (an open menu does), the server gives it no grab of others: so it is also looked which keys are down.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vl2agent.errors import DisplayLost, KeyNameError
from vl2agent.executor.keymap import symbol_of
from vl2agent.executor.keys import Chord, parse_chord
from vl2agent.xdisplay import connect, disconnect

if TYPE_CHECKING:
    from Xlib.display import Display

logger = logging.getLogger(__name__)

_SYMBOLS = {
    "ctrl": ("Control_L", "Control_R"),
    "alt": ("Alt_L", "Alt_R", "Meta_L"),
    "shift": ("Shift_L", "Shift_R"),
    "super": ("Super_L", "Super_R"),
}


class HotKey:
    """Hears one chord.

    Args:
        display: the server's name.
        keys: the chord.

    Raises:
        KeyNameError: there is no such chord on its keyboard.
        NoDisplay: there is no such server.
    """

    def __init__(self, display: str, keys: str) -> None:
        chord = parse_chord(keys)
        self._name = str(chord)
        self._x = connect(display)
        try:
            self._keycode = self._x.keysym_to_keycode(symbol_of(chord.key))
            if not self._keycode:
                raise KeyNameError(keys)
            self._held = [self._keycodes(modifier) for modifier in chord.modifiers]
            self._grab(chord)
        except BaseException:
            self.close()
            raise

    def pulled(self) -> str:
        from Xlib import X
        from Xlib.error import ConnectionClosedError

        try:
            taps = 0
            while self._x.pending_events():
                taps += self._x.next_event().type == X.KeyPress
            return self._name if taps or self._is_down() else ""
        except (ConnectionClosedError, OSError) as error:
            raise DisplayLost(f"the X server of the hot key went away: {error}") from error

    def close(self) -> None:
        """Give the key back, by leaving."""
        disconnect(self._x)

    def _is_down(self) -> bool:
        down = self._x.query_keymap()

        def is_down(keycode: int) -> bool:
            return bool(down[keycode // 8] >> keycode % 8 & 1)

        return is_down(self._keycode) and all(any(map(is_down, keycodes)) for keycodes in self._held)

    def _grab(self, chord: Chord) -> None:
        """Grab the key with its modifiers, whatever locks are on."""
        from Xlib import X, error

        root, caught = self._x.screen().root, error.CatchError(error.BadAccess)
        mask = sum(_mask(self._x, self._keycodes(modifier)) for modifier in chord.modifiers)
        locks = {X.LockMask, _mask(self._x, _codes(self._x, ("Num_Lock",)))} - {0}
        for on in itertools.chain.from_iterable(itertools.combinations(locks, n) for n in range(len(locks) + 1)):
            root.grab_key(self._keycode, mask | sum(on), False, X.GrabModeAsync, X.GrabModeAsync, caught)
        self._x.sync()
        if caught.get_error():
            logger.warning("%s belongs to another program too, which also hears it", self._name)

    def _keycodes(self, modifier: str) -> Sequence[int]:
        return _codes(self._x, _SYMBOLS[modifier])


def _codes(x: Display, symbols: Sequence[str]) -> list[int]:
    from Xlib import XK

    return [code for name in symbols if (code := x.keysym_to_keycode(XK.string_to_keysym(name)))]


def _mask(x: Display, keycodes: Sequence[int]) -> int:
    """Return the bit that the server sets while one of the keys is down, or on."""
    rows = x.get_modifier_mapping()
    return next((1 << bit for bit, row in enumerate(rows) if set(row) & set(keycodes)), 0)
