"""Lists of boxes in tokens: order, bounds, and the tokenizer's own spelling."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from vl2.grammar.boxes import BoxList, Numerals, Place
from vl2.grammar.numerals import trie
from vl2.tokenizer import Tokenizer

NANO = Path(__file__).parents[2] / "fixtures" / "vl2" / "tokenizer"


@pytest.fixture(scope="module")
def nano() -> Tokenizer:
    """A vocabulary that writes numbers in digits."""
    return Tokenizer.from_folder(NANO)


def follow(boxes: BoxList, ids: list[int]) -> Place:
    """Go along ids, all of which must be allowed."""
    place = boxes.start
    for token_id in ids:
        assert token_id in boxes.next_tokens(place)
        place = boxes.step(place, token_id)
    return place


def texts_after(tokenizer: Tokenizer, written: str, max_boxes: int = 1) -> set[str]:
    """Give the tokens that may follow a beginning, as text."""
    boxes = BoxList(Numerals(tokenizer), max_boxes)
    ids = boxes.next_tokens(follow(boxes, tokenizer.encode(written)))
    return {tokenizer.decode([int(token_id)]) for token_id in ids}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[[", "0123456789"),
        ("[[0", ","),
        ("[[9", ",0123456789"),
        ("[[99", ",012345678"),  # 999 leaves no x2
        ("[[998", ","),
        ("[[998, 3, ", "9"),
        ("[[998, 3, 99", "9"),
        ("[[345, 0, ", "3456789"),
        ("[[345, 0, 3", "456789"),  # not yet above 345, so it cannot end
        ("[[345, 0, 34", "6789"),
        ("[[345, 0, 4", "0123456789"),
        ("[[3, 0, 4", ",0123456789"),
        ("[[34, 0, 3", "56789" + "01234"),
    ],
)
def test_digits_keep_the_order_of_edges(nano: Tokenizer, written: str, expected: str) -> None:
    """A digit may come only if an allowed number can still be reached; a number may end only if it is allowed."""
    assert texts_after(nano, written) == set(expected)


def test_the_list_ends_or_goes_on(nano: Tokenizer) -> None:
    """After the last edge comes the end, or the next box while there is room."""
    assert texts_after(nano, "[[1, 2, 300, 400", max_boxes=1) == {"]]"}
    assert texts_after(nano, "[[1, 2, 300, 400", max_boxes=2) == {"]]", "]"}


def test_whole_numbers_are_one_choice(real_folder: Path) -> None:
    """Where 0..999 are tokens, exactly those in order are allowed."""
    tokenizer = Tokenizer.from_folder(real_folder)
    assert texts_after(tokenizer, "[[345, 0, ") == {str(n) for n in range(346, 1000)}
    assert texts_after(tokenizer, "[[") == {str(n) for n in range(999)}


@pytest.mark.parametrize("vocabulary", ["nano", "real"])
def test_spelling_is_the_tokenizers_own(
    vocabulary: str, nano: Tokenizer, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """Every number in many boxes gives the tokens of the whole text."""
    tokenizer = nano if vocabulary == "nano" else Tokenizer.from_folder(request.getfixturevalue("real_folder"))
    with caplog.at_level(logging.WARNING):
        Numerals(tokenizer)
    assert not caplog.records


def test_a_trie_knows_what_can_still_be_reached() -> None:
    """Tokens lead on to allowed numbers only."""
    root = trie({1: [1], 12: [1, 2], 30: [3, 0]})
    assert root.next_tokens(0, 99).tolist() == [1, 3]
    assert root.next_tokens(13, 99).tolist() == [3]
    assert root.children[1].has_value(0, 9)
    assert not root.children[1].has_value(2, 9)
    assert root.depth() == 2
