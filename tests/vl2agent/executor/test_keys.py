"""Names of keys and chords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.errors import KeyNameError
from vl2agent.executor.keys import KEY_NAMES, MODIFIERS, Chord, parse_chord, parse_key

OTHERS = [key for key in KEY_NAMES if key not in MODIFIERS]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("enter", "enter"),
        ("Return", "enter"),
        ("esc", "escape"),
        ("ctrl+shift+t", "ctrl+shift+t"),
        ("SHIFT + Control + T", "ctrl+shift+t"),
        ("Control_L+Page_Down", "ctrl+pagedown"),
        ("win", "super"),
        ("cmd+q", "super+q"),
        ("del", "delete"),
        ("+", "+"),
        ("ctrl++", "ctrl++"),
        ("ctrl+plus", "ctrl++"),
        ("ctrl+-", "ctrl+-"),
        (" ", "space"),
        ("F5", "f5"),
        ("é", "é"),
        ("ctrl+日", "ctrl+日"),
        ("super", "super"),
    ],
)
def test_chords_have_one_spelling(text: str, canonical: str) -> None:
    """Whatever a key is called elsewhere, a chord is written one way."""
    assert str(parse_chord(text)) == canonical


@given(st.sets(st.sampled_from(MODIFIERS)), st.sampled_from([*OTHERS, *"aé+-/<日"]))
def test_a_chord_reads_back_as_itself(held: set[str], key: str) -> None:
    """Writing a chord and reading it gives the same chord."""
    chord = Chord(tuple(modifier for modifier in MODIFIERS if modifier in held), key)
    assert parse_chord(str(chord)) == chord


@pytest.mark.parametrize(
    "text", ["", "  ", "+a", "ctrl+", "a+b", "ctrl+ctrl+a", "ctrl+a+b", "shift+shift", "\n", "\x00"]
)
def test_what_is_no_chord_is_refused(text: str) -> None:
    """Nothing that cannot be pressed at once gets through."""
    with pytest.raises(KeyNameError):
        parse_chord(text)


@pytest.mark.parametrize(
    ("wrong", "right"), [("entr", "enter"), ("ctl+scape", "escape"), ("pagdown", "pagedown"), ("f25", "f2")]
)
def test_an_unknown_name_comes_with_the_nearest(wrong: str, right: str) -> None:
    """The error says what was probably meant."""
    with pytest.raises(KeyNameError, match="did you mean") as caught:
        parse_chord(wrong)
    assert right in caught.value.nearest


@given(st.text(max_size=90))
def test_any_text_is_a_chord_or_a_key_name_error(text: str) -> None:
    """No text makes the parser fail in another way."""
    try:
        chord = parse_chord(text)
    except KeyNameError:
        return
    assert parse_chord(str(chord)) == chord


def test_characters_are_keys_by_their_lower_case() -> None:
    """'T' is the key that types t; a character whose lower case is two characters stays."""
    assert [parse_key(key) for key in ("T", "É", "İ")] == ["t", "é", "İ"]
