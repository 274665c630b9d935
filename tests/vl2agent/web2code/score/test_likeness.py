"""Likeness is difflib's, however it is found."""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.web2code.score.likeness import ALIKE, Partners, bounds, likenesses

WORDS = st.lists(st.text("abcde fgh", min_size=1, max_size=24), min_size=1, max_size=6)


def ratio(first: str, second: str) -> float:
    """Return what difflib says."""
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


@given(WORDS, WORDS)
def test_likenesses_are_difflibs(first: list[str], second: list[str]) -> None:
    """From 0.5 on; below, there is none."""
    expected = np.array([[ratio(a, b) for b in second] for a in first])
    assert np.allclose(likenesses(first, second), np.where(expected < ALIKE, 0, expected))


@given(WORDS, WORDS)
def test_bounds_are_never_too_low(first: list[str], second: list[str]) -> None:
    """So no pair is lost."""
    expected = np.array([[ratio(a, b) for b in second] for a in first])
    assert (bounds(first, second) >= expected - 1e-9).all()


@given(WORDS, WORDS)
def test_the_best_partner_is_found(first: list[str], second: list[str]) -> None:
    """Without all of them being compared."""
    assert np.allclose(Partners(second).best(first), [max(ratio(a, b) for b in second) for a in first])


def test_long_texts_that_share_half_are_alike() -> None:
    """The bound that spares comparing long texts does not lose these."""
    shared = "the keeper of the lighthouse wrote every storm into a book of its own, "
    first, second = shared + "with the hour and the wind" * 2, shared + "on pages that nobody has read since" * 2
    assert likenesses([first], [second])[0, 0] == ratio(first, second)


def test_a_line_finds_its_paragraph() -> None:
    """Though the line is a small part of it, and misread."""
    words = "the keeper of the lighthouse wrote every storm into a book of its own, with the hour and the wind "
    others = [
        "on pages that nobody has read since the lamp went out and the last boat left the harbor for good",
        words * 3,
    ]
    line = "wrote every st0rm into a book of its own, with the"
    assert Partners(others).best([line]) == [ratio(line, others[1])]


def test_nothing_is_like_nothing() -> None:
    """Empty sides have no pairs."""
    assert likenesses([], ["a"]).shape == (0, 1)
    assert Partners([]).best(["a"]) == [0.0]
