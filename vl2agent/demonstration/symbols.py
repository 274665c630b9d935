"""What a keysym of X means: the character that it types, or the key that it is.

Source: X Window System Protocol, appendix A. Latin-1 is itself, 0x01000000 + code point is any other character, and the
older blocks of 256 symbols follow the character sets of their time.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Mapping

from vl2agent.executor.keymap import symbol_of
from vl2agent.executor.keys import KEY_NAMES

UNICODE = 0x01000000
MULTI_KEY = 0xFF20

_BLOCKS: Mapping[int, str] = {
    0x01: "iso8859-2",
    0x02: "iso8859-3",
    0x03: "iso8859-4",
    0x05: "iso8859-6",
    0x06: "koi8-u",
    0x07: "iso8859-7",
    0x0C: "iso8859-8",
    0x0D: "tis-620",
    0x13: "iso8859-15",
}
"""Character set by the high byte of a symbol; the low byte is the character's."""
_GREEK_ACCENTS = dict(zip(range(0x7A1, 0x7BC), "ΆΈΉΊΪ?ΌΎΫ?Ώ??΅―?άέήίϊΐόύϋΰώ", strict=True))
_CORRECTED: Mapping[int, str] = {
    **{symbol: char for symbol, char in _GREEK_ACCENTS.items() if char != "?"},
    0x7D2: "Σ",
    0x7F2: "σ",
    0x7F3: "ς",
    **dict(zip((0x6A1, 0x6A2, 0x6A5, 0x6A8, 0x6A9, 0x6AA, 0x6AB, 0x6AC, 0x6AE, 0x6AF), "ђѓѕјљњћќўџ", strict=True)),
    **dict(zip((0x6B1, 0x6B2, 0x6B5, 0x6B8, 0x6B9, 0x6BA, 0x6BB, 0x6BC, 0x6BE, 0x6BF), "ЂЃЅЈЉЊЋЌЎЏ", strict=True)),
    0x6B0: "№",
    0x20AC: "€",
}
"""Symbols that differ from their block's character set."""
_KEYPAD = dict(zip((*range(0xFFAA, 0xFFBA), 0xFFBD, 0xFF80), "*+,-./0123456789= ", strict=True))

_DEAD: Mapping[int, str] = dict(
    zip(
        range(0xFE50, 0xFE63),
        "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327\u0328\u0345\u3099\u309a\u0323\u0309\u031b",
        strict=True,
    )
)
"""Combining character of each dead key, dead_grave to dead_horn."""

_SPACING = dict(zip(_DEAD.values(), "`´^~¯˘˙¨˚˝ˇ¸˛", strict=False))
"""Each accent as a character of its own, where it is one."""

_COMPOSED_ACCENTS = dict(zip("`'^~\",", "\u0300\u0301\u0302\u0303\u0308\u0327", strict=True))
_COMPOSED = dict(
    pair.split(":")
    for pair in [
        "ss:ß",
        "ae:æ",
        "AE:Æ",
        "oe:œ",
        "OE:Œ",
        "o/:ø",
        "O/:Ø",
        "aa:å",
        "AA:Å",
        "oc:©",
        "or:®",
        "e=:€",
        "l-:£",
        "!!:¡",
        "??:¿",
    ]
)
"""What people type most with the compose key; the system's own table has thousands."""

_OTHER_KEYS = (
    "enter:FF8D tab:FE20 shift:FFE2 ctrl:FFE4 alt:FFEA alt:FFE7 alt:FFE8 super:FFEC home:FF95 left:FF96 up:FF97 "
    "right:FF98 down:FF99 pageup:FF9A pagedown:FF9B end:FF9C insert:FF9E delete:FF9F capslock:FFE5"
)
"""Second keys of the same name: the keypad's, and the right ones."""
_KEYS: Mapping[int, str] = {symbol_of(name): name for name in reversed(KEY_NAMES)} | {
    int(symbol, 16): name for name, _, symbol in (pair.partition(":") for pair in _OTHER_KEYS.split())
}
_SWITCHES = frozenset((*range(0xFE01, 0xFE16), 0xFF7E, 0xFF7F, 0xFFE5, 0xFFE6))
"""Level and group shifts, num lock, caps lock: what is typed tells what they did."""


def character_of(symbol: int) -> str:
    """Return the character that a symbol types; empty for keys that type none."""
    if symbol in _CORRECTED or symbol in _KEYPAD:
        return _CORRECTED.get(symbol) or _KEYPAD[symbol]
    if 0x20 <= symbol <= 0x7E or 0xA0 <= symbol <= 0xFF:
        return chr(symbol)
    if UNICODE < symbol <= UNICODE + 0x10FFFF:
        return _printable(symbol - UNICODE)
    if (charset := _BLOCKS.get(symbol >> 8)) and symbol & 0xFF >= 0xA0:
        with contextlib.suppress(UnicodeDecodeError):
            return bytes((symbol & 0xFF,)).decode(charset)
    return ""


def key_of(symbol: int) -> str:
    """Return the standard name of a key that types nothing, or has a name anyway; empty for all others."""
    return _KEYS.get(symbol, "")


def accent_of(symbol: int) -> str:
    """Return the combining character of a dead key; empty for all others."""
    return _DEAD.get(symbol, "")


def accented(accent: str, character: str) -> str:
    """Join a dead key and the next character; what has no joint form stays two characters.

    A dead key followed by a space, or struck twice, types the accent itself.
    """
    if character in (" ", accent):
        return _SPACING.get(accent, accent)
    joint = unicodedata.normalize("NFC", character + accent)
    return joint if len(joint) == 1 else character


def composed(first: str, second: str) -> str:
    """Join what follows the compose key: a letter and an accent in either order, or a usual pair; else nothing."""
    for accent, letter in ((first, second), (second, first)):
        if accent in _COMPOSED_ACCENTS:
            joint = accented(_COMPOSED_ACCENTS[accent], letter)
            return joint if joint != letter else ""
    return _COMPOSED.get(first + second) or _COMPOSED.get(second + first, "")


def is_switch(symbol: int) -> bool:
    """Tell whether a key only changes what other keys type."""
    return symbol in _SWITCHES


def _printable(code: int) -> str:
    character = chr(code)
    return "" if unicodedata.category(character) in ("Cc", "Cs") else character
