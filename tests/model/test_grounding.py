"""Grounded answers: boxes out of anything that a model may write."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vl2.grounding import GridBox, GridPoint, Phrase, parse

MARKS = ["<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>", "<image>"]
BOX = GridBox(1, 2, 30, 40)
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_phrases_and_their_boxes_are_read() -> None:
    """Several boxes a phrase, several phrases an answer, and the text as people read it."""
    answer = (
        "A <|ref|>cat<|/ref|><|det|>[[1, 2, 30, 40], [5,6,7,8]]<|/det|> on "
        "<|ref|>a mat<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>."
    )
    grounded = parse(answer)
    assert grounded.phrases == (
        Phrase("cat", (BOX, GridBox(5, 6, 7, 8))),
        Phrase("a mat", (GridBox(0, 0, 999, 999),)),
    )
    assert (grounded.text, grounded.rejected) == ("A cat on a mat.", ())
    assert grounded.boxes == (BOX, GridBox(5, 6, 7, 8), GridBox(0, 0, 999, 999))


@pytest.mark.parametrize(
    "answer",
    [
        "<|ref|>cat<|/ref|><|det|>[[1, 2, 30, 40]]",  # cut short
        "<|ref|>cat<|det|>[[1, 2, 30, 40]]<|/det|>",
        "<|ref|>cat<|/ref|><|det|>[1, 2, 30, 40]<|/det|>",
        "<|ref|>cat<|/ref|><|det|>[[[1, 2, 30, 40]]]<|/det|>",
        "<|ref|>cat<|/ref|> is here: <|det|>[[1, 2, 30, 40]]<|/det|>",
        "<|ref|>\ncat\n<|/ref|>\n<|det|>\n[[1,\n2, 30, 40]]\n<|/det|>",
    ],
)
def test_small_slips_of_form_are_forgiven(answer: str) -> None:
    """The meaning is plain."""
    grounded = parse(answer)
    assert (grounded.phrases, grounded.rejected) == ((Phrase("cat", (BOX,)),), ())


@pytest.mark.parametrize(
    "piece",
    ["[1, 2, 3]", "[1, 2, 3, 4, 5]", "[1, 2, 9999, 4]", "[-1, 2, 3, 4]", "[1.5, 2, 3, 4]", "[3, 2, 1, 4]", "[1, 4, 3, 4]",
     "[]", "[a, b, c, d]", "[1, 2, __import__('os'), 4]"],
)  # fmt: skip
def test_what_is_no_box_is_rejected_and_the_rest_kept(piece: str) -> None:
    """The piece is reported with its place."""
    answer = f"<|ref|>cat<|/ref|><|det|>[{piece}, [1, 2, 30, 40]]<|/det|>"
    grounded = parse(answer)
    assert grounded.phrases == (Phrase("cat", (BOX,)),)
    (rejected,) = grounded.rejected
    assert rejected.piece == piece
    assert answer[rejected.position :].startswith(piece)


@pytest.mark.parametrize("body", ["", "[[1, 2, 30", "none", "1, 2, 30, 40"])
def test_boxes_that_are_none_are_reported(body: str) -> None:
    """The words stay, without a box."""
    grounded = parse(f"<|ref|>cat<|/ref|><|det|>{body}<|/det|>")
    assert grounded.phrases == (Phrase("cat", ()),)
    assert [each.piece for each in grounded.rejected] == [body]


def test_a_second_box_that_is_cut_short_is_reported() -> None:
    """An answer that reached its limit keeps its whole boxes."""
    grounded = parse("<|ref|>cat<|/ref|><|det|>[[1, 2, 30, 40], [5, 6")
    assert grounded.boxes == (BOX,)
    assert [each.piece for each in grounded.rejected] == [", [5, 6"]


def test_words_without_boxes_and_boxes_without_words_are_kept() -> None:
    """Neither borrows from the other where another phrase stands between."""
    grounded = parse("<|ref|>cat<|/ref|> and <|ref|>dog<|/ref|><|det|>[[1, 2, 30, 40]]<|/det|><|det|>[[1, 2, 30, 40]]")
    assert grounded.phrases == (Phrase("cat", ()), Phrase("dog", (BOX,)), Phrase("", (BOX,)))


def test_text_after_boxes_whose_end_is_missing_is_kept() -> None:
    """It is no coordinate."""
    assert parse("<|ref|>cat<|/ref|><|det|>[[1, 2, 30, 40]] is asleep.").text == "cat is asleep."


@UNHURRIED
@given(
    st.lists(st.one_of(st.sampled_from([*MARKS, "[", "]", "[[", "]]", ",", "7", "999", "1e3"]), st.text())).map("".join)
)
def test_any_text_at_all_is_read(answer: str) -> None:
    """Nothing raises, every box is one, and complaints point into the answer."""
    grounded = parse(answer)
    for box in grounded.boxes:
        assert 0 <= box.left < box.right <= 999
        assert 0 <= box.top < box.bottom <= 999
    assert all(answer[each.position :].startswith(each.piece) for each in grounded.rejected)


@UNHURRIED
@given(st.lists(st.tuples(*[st.integers(0, 998)] * 4), min_size=1, max_size=5), st.text("abc <>|/", min_size=1))
def test_what_is_well_formed_comes_back(corners: list[tuple[int, int, int, int]], words: str) -> None:
    """Boxes survive being written and read."""
    boxes = tuple(GridBox(min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1) for a, b, c, d in corners)
    answer = f"<|ref|>{words}<|/ref|><|det|>{[list(box.edges) for box in boxes]}<|/det|>"
    assert parse(answer).phrases == (Phrase(words.strip(), boxes),)


def test_edges_map_to_the_original_picture() -> None:
    """0 is its left and top, 999 its right and bottom, whatever its shape."""
    assert GridBox(0, 0, 999, 999).pixels(1920, 1080) == (0, 0, 1920, 1080)
    assert GridBox(333, 111, 666, 222).pixels(999, 999) == (333, 111, 666, 222)


@UNHURRIED
@given(st.integers(0, 998), st.integers(1, 999), st.integers(1, 5000))
def test_a_box_is_at_least_a_pixel_inside_the_picture(left: int, width: int, side: int) -> None:
    """Also where the grid is finer than the picture."""
    first, _, last, _ = GridBox(left, 0, min(left + width, 999), 1).pixels(side, side)
    assert 0 <= first < last <= side


def test_points_map_to_pixels() -> None:
    """999 is the last column, not one past it."""
    assert GridPoint(999, 0).pixel(1920, 1080) == (1919, 0)
    assert GridBox(100, 200, 300, 500).center == GridPoint(200, 350)


def test_a_box_without_area_is_refused() -> None:
    """Its edges are in the message."""
    with pytest.raises(ValueError, match=r"\(5, 1, 5, 2\)"):
        GridBox(5, 1, 5, 2)
