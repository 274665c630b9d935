"""Keysyms mean what the system's own keyboard library says."""

from __future__ import annotations

import ctypes
import ctypes.util

import pytest

from vl2agent.demonstration.spelling import Spelling
from vl2agent.demonstration.symbols import MULTI_KEY, character_of, key_of

BLOCKS = (0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x0C, 0x13)
"""Latin 1 to 4 and 9, Arabic, Cyrillic, Greek, Hebrew."""
ACUTE, DIAERESIS, CIRCUMFLEX = 0xFE51, 0xFE57, 0xFE52


@pytest.mark.parametrize("block", BLOCKS)
def test_every_letter_of_a_block_is_the_one_that_the_keyboard_library_knows(block: int) -> None:
    """All symbols that have a name there, and no other character."""
    name = ctypes.util.find_library("xkbcommon")
    if name is None:
        pytest.skip("libxkbcommon is not installed")
    library, text = ctypes.CDLL(name), ctypes.create_string_buffer(64)
    for symbol in range((block << 8) + 0x20, (block << 8) + 0x100):
        library.xkb_keysym_get_name(symbol, text, len(text))
        code = library.xkb_keysym_to_utf32(symbol)
        if not text.value.startswith(b"0x") and code != 0x7F:
            assert character_of(symbol) == (chr(code) if code else ""), text.value.decode()


def test_any_other_character_is_its_code_point() -> None:
    """Unicode symbols, as of keys that were lent."""
    assert character_of(0x0100_0000 + ord("ж")) == "ж"


def test_keys_of_the_keypad_are_called_like_the_others() -> None:
    """Enter is enter, wherever it is."""
    assert key_of(0xFF8D) == key_of(0xFF0D) == "enter"


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        ((ACUTE, ord("e")), "é"),
        ((DIAERESIS, ord("U")), "Ü"),
        ((ACUTE, ord("b")), "b"),
        ((CIRCUMFLEX, CIRCUMFLEX), "^"),
        ((CIRCUMFLEX, ord(" ")), "^"),
        ((ACUTE, ord(" ")), "´"),
        ((ord("a"), ACUTE), "a"),
    ],
)
def test_a_dead_key_joins_the_next_character(symbols: tuple[int, ...], text: str) -> None:
    """Twice, or before a space, it is itself; alone it is nothing yet."""
    spelling = Spelling()
    for symbol in symbols:
        spelling.add(symbol)
    assert spelling.text == text


@pytest.mark.parametrize(
    ("keys", "text"), [("'e", "é"), ('o"', "ö"), ("ss", "ß"), ("=e", "€"), ("/O", "Ø"), ("xx", "")]
)
def test_the_compose_key_joins_the_next_two(keys: str, text: str) -> None:
    """In either order; what has no joint form types nothing, as in X."""
    spelling = Spelling()
    for symbol in (MULTI_KEY, *map(ord, keys), ord("!")):
        spelling.add(symbol)
    assert spelling.text == f"{text}!"


def test_backspace_takes_a_waiting_accent_back_first() -> None:
    """It never reached the field."""
    spelling = Spelling()
    spelling.add(ord("a"))
    spelling.add(ACUTE)
    assert [spelling.take_back(), spelling.text] == [True, "a"]
