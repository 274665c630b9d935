"""Names of keys and chords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.errors import KeyNameError
from vl2agent.executor.keys import KEY_NAMES, MODIFIERS, Chord, parse_chord

CHORDS = {
    "enter": "enter",
    "Return": "enter",
    "KP_Enter": "enter",
    "esc": "escape",
    "Ctrl+Shift+T": "ctrl+shift+t",
    "shift + control_l + t": "ctrl+shift+t",
    "cmd+c": "super+c",
    "win": "super",
    "option+del": "alt+delete",
    "Page Down": "pagedown",
    "PgUp": "pageup",
    "ctrl++": "ctrl++",
    "ctrl+plus": "ctrl++",
    "+": "+",
    "ctrl+-": "ctrl+-",
    "alt+F4": "alt+f4",
    "É": "é",
    " ": "space",
    "ctrl+shift": "ctrl+shift",
}


@pytest.mark.parametrize(("written", "standard"), CHORDS.items())
def test_chords_are_written_one_way(written: str, standard: str) -> None:
    """Case, order, spaces and other tools' names make no difference."""
    assert str(parse_chord(written)) == standard


@pytest.mark.parametrize(
    "wrong", ["", "+a", "ctrl+", "++", "+++", "a+b", "ctrl+ctrl", "ctrl+s+s", "\n", "f25", "hyper"]
)
def test_what_is_no_chord_is_refused(wrong: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(KeyNameError):
        parse_chord(wrong)


def test_a_misspelt_key_is_answered_with_near_ones() -> None:
    """The error has the key that was meant, and says so."""
    with pytest.raises(KeyNameError, match=r"did you mean .*enter") as error:
        parse_chord("ctrl+entr")
    assert error.value.name == "entr"
    assert "enter" in error.value.nearest


@given(st.sets(st.sampled_from(MODIFIERS)), st.sampled_from([*KEY_NAMES, *"abc+-<é"]))
def test_every_chord_reads_back(held: set[str], key: str) -> None:
    """A chord written and read is the same chord."""
    modifiers = tuple(name for name in MODIFIERS if name in held and name != key)
    chord = Chord(modifiers, key)
    assert parse_chord(str(chord)) == chord
