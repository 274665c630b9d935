"""The keyboard of an X server: chords, and text as key events, any Unicode on any layout.

What the layout has is typed as a person would. Every other character is lent a keycode that the layout does not use,
as many at a time as there are; an application that still has to read old events would read them with the new
characters, so it is waited for before keycodes change hands and before they are taken back.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vl2agent.errors import CaptureError, ExecutionError, KeyNameError, TextNotTypable
from vl2agent.executor.focus import Focus, focused, wait_until_read
from vl2agent.executor.keymap import Keymap, Stroke, symbol_of
from vl2agent.executor.keys import Chord
from vl2agent.executor.xtest import XTest
from vl2agent.pace import Pace

if TYPE_CHECKING:
    from Xlib.display import Display

LEND_S = 0.05
"""Rest after keycodes were lent, before they are pressed: measured for GTK 3, Qt 5, Chromium and LibreOffice."""
READ_S = 0.15
"""Rest after keys, for applications that do not say when they have read them; measured for the same."""
READ_LIMIT_S = 3.0
"""How long an application that says so is waited for."""
BURST = 64
"""Characters sent before the application is waited for."""
_KEYS = {"\n": "enter", "\t": "tab"}


class Keyboard:
    """Presses chords and types text on one X server.

    Args:
        x: a connection to it.
        pace: what stops it between two keys.
    """

    def __init__(self, x: XTest, pace: Pace | None = None) -> None:
        self._x, self._pace = x, pace or Pace()
        self._lent: dict[int, Sequence[int]] = {}

    def press(self, chord: Chord) -> None:
        """Press and release a chord.

        Raises:
            KeyNameError: this server's keyboard has no such key.
        """
        keymap = self._x.ask(Keymap.read)
        held = [_keycode(keymap, modifier) for modifier in chord.modifiers]
        stroke = _stroke(keymap, chord.key)
        self._pace.go_on("before a key was pressed")
        if stroke is not None:
            self._strike(stroke, held)
            return
        with self._borrowing():
            self._strike(self._lend(keymap, [chord.key])[chord.key], held)
            self._wait_until_read(self._x.ask(focused))

    def hold(self, key: str) -> None:
        """Press a key and leave it down."""
        self._x.key(_keycode(self._x.ask(Keymap.read), key), down=True)
        self._x.sync()

    def let_go(self, key: str) -> None:
        """Release a key."""
        self._x.key(_keycode(self._x.ask(Keymap.read), key), down=False)
        self._x.sync()

    def type(self, text: str, focus: Focus, told: Callable[..., None] = lambda characters, more: None) -> str:
        """Type text as key events; return the route, 'keys' or 'spare keys'.

        Args:
            text: of `typable`.
            focus: the window that gets it.
            told: hears, in its turn among the events, how many `characters` were sent, and whether `more` follow.

        Raises:
            TextNotTypable: the keyboard has no keycode to lend.
            Interrupted: it was stopped; its message says after how many characters.
        """
        keymap = self._x.ask(Keymap.read)
        foreign = [c for c in dict.fromkeys(text) if _stroke(keymap, _KEYS.get(c, c)) is None]
        if foreign and not keymap.spare:
            raise TextNotTypable("".join(foreign), "the layout lacks it, and no keycode is free to be lent")
        with self._without_caps_lock(keymap), self._borrowing():
            lent: dict[str, Stroke] = {}
            sent = 0
            for part in _parts(text, set(foreign), len(keymap.spare)):
                new = [c for c in dict.fromkeys(part) if c in foreign]
                if not set(new) <= lent.keys():
                    lent = self._lend(keymap, new)
                told(sent, more=True)
                for number, character in enumerate(part):
                    self._pace.go_on(f"after {sent + number} of {len(text)} characters")
                    self._strike(lent.get(character) or self._own(keymap, character))
                sent += len(part)
                told(sent, more=False)
                self._wait_until_read(focus, certain=bool(foreign))
            self._pace.go_on(f"after all of {len(text)} characters")
        return "spare keys" if foreign else "keys"

    def give_back(self) -> None:
        """Take lent keycodes back; a server that is gone has none."""
        lent, self._lent = self._lent, {}
        with contextlib.suppress(CaptureError, ExecutionError):
            if lent:
                self._map(lent)

    def _own(self, keymap: Keymap, character: str) -> Stroke:
        stroke = _stroke(keymap, _KEYS.get(character, character))
        assert stroke is not None
        return stroke

    def _strike(self, stroke: Stroke, held: Sequence[int] = ()) -> None:
        around = list(dict.fromkeys([*held, *stroke.held]))
        for keycode in (*around, stroke.keycode):
            self._x.key(keycode, down=True)
        for keycode in (stroke.keycode, *reversed(around)):
            self._x.key(keycode, down=False)

    def _lend(self, keymap: Keymap, characters: Sequence[str]) -> dict[str, Stroke]:
        """Give each character a spare keycode, at every level of it."""
        width = len(keymap.rows[0])
        lent = dict(zip(keymap.spare, characters, strict=False))
        for keycode in lent:
            self._lent.setdefault(keycode, [0] * width)
        self._map({keycode: [symbol_of(character)] * width for keycode, character in lent.items()})
        self._pace.stop.wait(LEND_S)
        return {character: Stroke(keycode) for keycode, character in lent.items()}

    def _map(self, rows: Mapping[int, Sequence[int]]) -> None:
        def change(x: Display) -> None:
            for keycode, row in rows.items():
                x.change_keyboard_mapping(keycode, [row])
            x.sync()

        self._x.ask(change)

    @contextlib.contextmanager
    def _borrowing(self) -> Iterator[None]:
        try:
            yield
        finally:
            if self._lent:
                self.give_back()

    @contextlib.contextmanager
    def _without_caps_lock(self, keymap: Keymap) -> Iterator[None]:
        """Switch a caps lock off for a while: it would turn the letters round."""
        if not keymap.caps_lock:
            yield
            return
        toggle = Stroke(_keycode(keymap, "capslock"))
        self._strike(toggle)
        try:
            yield
        finally:
            with contextlib.suppress(CaptureError):
                self._strike(toggle)

    def _wait_until_read(self, focus: Focus, *, certain: bool = True) -> None:
        self._x.sync()
        if not self._x.ask(lambda x: wait_until_read(x, focus, READ_LIMIT_S, self._pace)) and certain:
            self._pace.stop.wait(READ_S)


def typable(text: str) -> str:
    """Return text with every line end as one newline.

    Raises:
        TextNotTypable: it has control characters, or halves of surrogate pairs.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    wrong = "".join(c for c in text if c not in _KEYS and unicodedata.category(c) in ("Cc", "Cs"))
    if wrong:
        raise TextNotTypable(wrong, "control characters have no route; use a key, such as 'escape'")
    return text


def _parts(text: str, foreign: set[str], spare: int) -> Iterator[str]:
    """Cut text where more foreign characters than spare keycodes would be in one part, and after each burst."""
    part, seen = "", set[str]()
    for character in text:
        grown = seen | ({character} & foreign)
        if len(part) >= BURST or len(grown) > spare:
            yield part
            part, grown = "", {character} & foreign
        part, seen = part + character, grown
    if part:
        yield part


def _stroke(keymap: Keymap, key: str) -> Stroke | None:
    if len(key) == 1:
        return keymap.stroke(key)
    return Stroke(_keycode(keymap, key))


def _keycode(keymap: Keymap, key: str) -> int:
    if len(key) == 1:
        stroke = keymap.stroke(key)
        found = stroke.keycode if stroke else None
    else:
        found = keymap.keycode(symbol_of(key))
    if found is None:
        raise KeyNameError(key)
    return found
