"""Names of keys, and chords of them.

A chord is any number of modifiers and one key, joined by '+': 'enter', 'ctrl+shift+t', 'super', 'ctrl++'. Upper and
lower case are the same ('shift+a' types 'A'), and so are 'Page_Down', 'page down' and 'pagedown'. A key is a name of
`KEY_NAMES` or one printable character. Names that other tools use (return, esc, cmd, Control_L, KP_Enter ...) are
understood and never written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from vl2agent.actions import Modifier
from vl2agent.errors import KeyNameError

MODIFIERS: tuple[Modifier, ...] = ("ctrl", "alt", "shift", "super")
"""In the order a chord is written and pressed."""

KEY_NAMES: tuple[str, ...] = (
    *MODIFIERS,
    *("enter", "escape", "tab", "space", "backspace", "delete", "insert"),
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    *(f"f{number}" for number in range(1, 25)),
    *("capslock", "numlock", "scrolllock", "printscreen", "pause", "menu"),
    *("volumeup", "volumedown", "volumemute", "playpause", "nexttrack", "prevtrack"),
)
"""Keys that have a name of their own; all others are called by their character."""

_SAME_KEY: Mapping[str, str] = {
    "ctrl": "control controll controlr ctrlleft ctrlright ctl",
    "alt": "altl altr altleft altright option opt",
    "shift": "shiftl shiftr shiftleft shiftright",
    "super": "superl superr win windows winleft winright cmd command meta metal metar",
    "enter": "return kpenter numpadenter newline",
    "escape": "esc",
    "tab": "tabulator",
    "space": "spacebar blank",
    "backspace": "bksp back",
    "delete": "del",
    "insert": "ins",
    "up": "arrowup uparrow cursorup",
    "down": "arrowdown downarrow cursordown",
    "left": "arrowleft leftarrow cursorleft",
    "right": "arrowright rightarrow cursorright",
    "pageup": "pgup prior",
    "pagedown": "pgdn pgdown next",
    "capslock": "caps",
    "scrolllock": "scroll",
    "printscreen": "print prtsc prtscr prntscrn sysrq",
    "pause": "break",
    "menu": "apps contextmenu",
    "volumemute": "mute",
}
_CHARACTERS = (
    "plus + minus - dash - hyphen - equal = equals = underscore _ asterisk * star * slash / backslash \\ bar | pipe | "
    "question ? exclam ! at @ comma , period . dot . semicolon ; colon : apostrophe ' quote ' quotedbl \" grave ` "
    "backtick ` asciitilde ~ tilde ~ numbersign # hash # dollar $ percent % ampersand & asciicircum ^ caret ^ "
    "less < greater > parenleft ( parenright ) bracketleft [ bracketright ] braceleft { braceright }"
)
_ALIASES: Mapping[str, str] = {
    **{alias: name for name, words in _SAME_KEY.items() for alias in words.split()},
    **dict(zip(_CHARACTERS.split()[::2], _CHARACTERS.split()[1::2], strict=True)),
}


@dataclass(frozen=True, slots=True)
class Chord:
    """Modifiers in their standard order, and the key that is pressed with them (a modifier alone is a key too)."""

    modifiers: tuple[Modifier, ...]
    key: str

    def __iter__(self) -> Iterator[str]:
        """Give every key in the order it goes down."""
        yield from self.modifiers
        yield self.key

    def __str__(self) -> str:
        return "+".join(self)


def parse_chord(keys: str) -> Chord:
    """Read a chord.

    Raises:
        KeyNameError: a part is no key, a modifier comes twice, or there is more than one other key.
    """
    parts = _parts(keys)
    if "" in parts:
        raise KeyNameError(keys)
    names = [parse_key(part) for part in parts]
    *held, key = names
    modifiers = tuple(modifier for modifier in MODIFIERS if modifier in held)
    if len(modifiers) != len(held) or key in held:
        raise KeyNameError(keys, _nearest(names[0]))
    return Chord(modifiers, key)


def parse_key(name: str) -> str:
    """Return the standard name of one key.

    Raises:
        KeyNameError: no key is called so; `.nearest` has names that come close.
    """
    if len(name) == 1 and name.isprintable():
        return "space" if name == " " else _lower(name)
    plain = re.sub(r"[\s_-]", "", name.lower())
    known = plain if plain in KEY_NAMES else _ALIASES.get(plain)
    if known is None:
        raise KeyNameError(name, _nearest(plain))
    return known


def is_modifier(key: str) -> TypeGuard[Modifier]:
    """Tell whether a key's standard name is one of the four modifiers."""
    return key in MODIFIERS


def _parts(keys: str) -> list[str]:
    """Split at '+', except a last '+' that is itself the key."""
    text = re.sub(r"\s*\+\s*", "+", keys.strip()) if keys.strip() else keys
    if text.endswith("++"):
        return [*text[:-2].split("+"), "+"]
    return text.split("+") if text != "+" else ["+"]


def _lower(character: str) -> str:
    """Name a letter by its lower case; characters whose lower case is longer stay as they are."""
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _nearest(name: str) -> list[str]:
    return difflib.get_close_matches(name, [*KEY_NAMES, *_ALIASES], n=3, cutoff=0.5)
