"""Texts that were read from pixels, compared with what was expected."""

from __future__ import annotations

import re

import pytest

from vl2agent.scripting.lettering import contains, says, words_of


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("Hello,World", "Hello, World"),
        ("IO error 1O", "lO error 10"),
        ("Don't", "Don’t"),
        ("Save", "5ave".replace("5", "s")),
        ("two\nlines", "two lines"),
    ],
)
def test_what_reading_gets_wrong_does_not_count(read: str, expected: str) -> None:
    """Blanks, line ends and signs of one shape make no difference."""
    assert says(read, expected)


@pytest.mark.parametrize(
    ("read", "expected"), [("$150", "$1.50"), ("Save", "Save as"), ("ready", "Ready"), ("-5", "5"), ("", "x")]
)
def test_all_else_counts(read: str, expected: str) -> None:
    """A point, a word, a capital of another shape, a minus are differences."""
    assert not says(read, expected)


def test_a_pattern_is_searched_for_in_what_was_read() -> None:
    """Patterns get the text as it is."""
    assert says("Total: 42 EUR", re.compile(r"\d+ EUR$"))
    assert not contains("Total: 42 EUR", re.compile(r"^\d+"))


def test_a_text_contains_its_parts() -> None:
    """Also over blanks that were lost."""
    assert contains("Fileexists already", "file exists".replace("f", "F"))


@pytest.mark.parametrize(
    ("read", "expected", "so"),
    [
        ("Total", "1", False),
        ("No items", "0", False),
        ("Item 1", "1", True),
        ("Page1O", "10", True),
        ("l0 left", "10", True),
        ("lO", "10", True),
    ],
)
def test_a_number_is_not_found_in_words(read: str, expected: str, so: bool) -> None:
    """Letters of its digits' shape are digits only where they stand alone or beside digits."""
    assert contains(read, expected) is so


def test_words_come_without_signs() -> None:
    """Apostrophes within words stay."""
    assert words_of("don't (stop), 1.5!") == ["don't", "stop", "1", "5"]
