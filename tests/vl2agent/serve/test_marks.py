"""Marks in texts, read and left out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.completion import Part, Ref
from vl2agent.serve.marks import MarksOut, parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ["plain"]),
        ("", []),
        ("<|ref|>the cat<|/ref|>", [Ref(words="the cat")]),
        ("a <|ref|>b<|/ref|> c <|ref|>d\ne<|/ref|>.", ["a ", Ref(words="b"), " c ", Ref(words="d\ne"), "."]),
        ("<|ref|><|/ref|>", ["<|ref|><|/ref|>"]),
        ("<|ref|>open", ["<|ref|>open"]),
        ("<|ref|>a<|ref|>b<|/ref|>", ["<|ref|>a", Ref(words="b")]),
        ("<image><|det|>[[1]]<|/det|>", ["<image><|det|>[[1]]<|/det|>"]),
    ],
)
def test_only_marked_words_become_a_ref(text: str, parts: list[Part]) -> None:
    """Everything else stays as it was written."""
    assert list(parts_of(text)) == parts


MARKS = ["<|ref|>", "<|/det|>", "<image>", "<|Assistant|>", "<｜end▁of▁sentence｜>"]


@given(st.lists(st.sampled_from([*MARKS, "a", "<", "<im", "<|", "｜", "|>", "ref", "<|/", "det|>", " "])), st.data())
def test_marks_are_left_out_wherever_pieces_end(pieces: list[str], data: st.DataObject) -> None:
    """A text in pieces gives what it gives whole, and no mark is left that was there."""
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    whole, cut = MarksOut(), MarksOut()
    bounds = [0, *cuts, len(text)]
    given = "".join(cut.add(text[a:b]) for a, b in pairwise(bounds)) + cut.end()
    assert given == whole.add(text) + whole.end()
    assert len(given) <= len(text) - sum(len(piece) for piece in pieces if piece in MARKS)


def test_a_mark_is_gone_and_the_rest_is_there() -> None:
    """What looks like the beginning of a mark is not lost."""
    marks = MarksOut()
    assert marks.add("<|ref|>x<|/re") + marks.add("f|> < 3 <|") + marks.end() == "x < 3 <|"
