"""Text of tokens as they come: whole characters, no part of a stop string."""

from __future__ import annotations

import random

import pytest
from nano_prompts import ByteTokenizer

from vl2.engine.streaming import Detokenizer, StopStrings


def pieces(data: bytes) -> list[str]:
    """Feed bytes one by one; the last piece is what was held back."""
    detokenizer = Detokenizer(ByteTokenizer())
    return [*(detokenizer.add(3 + byte) for byte in data), detokenizer.end()]


def test_a_character_comes_with_its_last_byte() -> None:
    """Four bytes of an emoji and three of a Chinese character give text once each."""
    assert pieces("a😀中".encode()) == ["a", "", "", "", "😀", "", "", "中", ""]


def test_a_character_that_is_cut_short_is_shown_at_the_end() -> None:
    """What decoding puts for it is not lost."""
    assert pieces("中".encode()[:2]) == ["", "", "\ufffd"]


def test_a_real_replacement_sign_is_kept() -> None:
    """It looks like an incomplete character, and is a complete one."""
    assert "".join(pieces("x\ufffdy".encode())) == "x\ufffdy"


def test_pieces_add_up_to_the_whole_for_any_bytes() -> None:
    """Random bytes, most of them no text, come out as decoding them at once gives them."""
    chance = random.Random(0)
    for _ in range(300):
        data = chance.randbytes(chance.randint(0, 12)) + "é漢😀"[chance.randint(0, 2)].encode()
        data += data[: chance.randint(0, 9)]
        assert "".join(pieces(data)) == data.decode(errors="replace")


def test_no_piece_shows_half_a_character_of_valid_text() -> None:
    """However many bytes its characters have."""
    assert not any("\ufffd" in piece for piece in pieces("Grüße, 世界 🌍!".encode()))


def fed(stops: list[str], *texts: str) -> tuple[list[str], bool]:
    """Feed pieces until a stop string is hit."""
    strings, given = StopStrings(stops), []
    for text in texts:
        given.append(strings.add(text))
        if strings.hit:
            return given, True
    return [*given, strings.end()], False


def test_a_stop_string_over_several_pieces_is_cut() -> None:
    """Nothing of it is ever given."""
    assert fed(["</answer>"], "yes</", "ans", "wer> more") == (["yes", "", ""], True)


def test_what_only_began_like_a_stop_string_is_given() -> None:
    """As soon as it is clear, or at the end."""
    assert fed(["</answer>"], "a</", "b") == (["a", "</b", ""], False)
    assert fed(["</answer>"], "a</") == (["a", "</"], False)


def test_the_first_of_several_stop_strings_counts() -> None:
    """Also where one begins inside another's beginning."""
    assert fed(["END", "aab"], "xaaabEND") == (["xa"], True)


def test_any_division_gives_the_same_text() -> None:
    """Random texts over two letters, cut at random places, against str.find."""
    chance = random.Random(1)
    for _ in range(500):
        text = "".join(chance.choice("ab") for _ in range(20))
        stops = ["".join(chance.choice("ab") for _ in range(chance.randint(1, 5))) for _ in range(2)]
        cuts = sorted(chance.sample(range(21), 6))
        given, hit = fed(stops, *(text[a:b] for a, b in zip([0, *cuts], [*cuts, 20], strict=True)))
        found = [at for stop in stops if (at := text.find(stop)) >= 0]
        assert hit == bool(found)
        # Two stop strings may complete at different pieces: then the one that was complete first cuts.
        assert text.startswith("".join(given))
        assert not any(stop in "".join(given) for stop in stops)
        assert hit or "".join(given) == text


@pytest.mark.parametrize("stops", ["END", [""]])
def test_stops_that_cannot_work_are_refused(stops: list[str]) -> None:
    """One text in place of a list would stop at each of its letters; an empty one at once."""
    with pytest.raises(ValueError, match="stop"):
        StopStrings(stops)
