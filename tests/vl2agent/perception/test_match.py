"""Names found in what was read."""

from __future__ import annotations

import pytest

from vl2agent.geometry import ImageBox
from vl2agent.perception.match import find_name, runs_on, similarity
from vl2agent.perception.text import Line


def line(text: str, left: int = 0, top: int = 0) -> Line:
    """Write a line with characters 10 pixels wide and 12 high."""
    box = ImageBox(left, top, left + 10 * len(text), top + 12)
    return Line(text, box, 1.0, tuple(left + 10.0 * i + 5 for i in range(len(text))))


@pytest.mark.parametrize(
    ("better", "worse"),
    [("Save", "save"), ("Save as", "Saveas"), ("Login", "Log1n"), ("Cancel", "Cancal"), ("Log in", "Sign in")],
)
def test_what_was_read_well_scores_higher(better: str, worse: str) -> None:
    """Case, blanks, look-alikes and misread letters cost something, in this order of forgiveness."""
    assert similarity(better, better) == 1.0
    assert 0 <= similarity(better, worse) < 1.0


def test_short_names_are_not_guessed() -> None:
    """'Cut' is not 'Cat': with three letters, one wrong letter is another word."""
    assert similarity("Cut", "Cat") == 0.0


def test_a_letter_misread_for_its_underline_is_forgiven() -> None:
    """The line under a keyboard shortcut turns F into E; any other wrong letter costs more."""
    assert similarity("Focus", "Eocus") > similarity("Focus", "Bocus")


def test_a_label_of_two_lines_runs_on_and_rows_of_a_list_do_not() -> None:
    """'Window Manager' over 'Tweaks' is not 'Window Manager'; the rows of a list are each a name."""
    label = [line("Window Manager"), line("Tweaks", top=18)]
    rows = [*label, line("Workspaces", top=36)]
    assert [runs_on(each, label) for each in label] == [True, False]
    assert not any(runs_on(each, rows) for each in rows)


@pytest.mark.parametrize(("name", "text"), [("M+", "M-"), ("C", "C++"), ("+", "-"), ("1", "10")])
def test_signs_of_short_names_count(name: str, text: str) -> None:
    """On a calculator the sign is the name."""
    assert similarity(name, text) < 0.9


def test_a_part_of_a_line_has_its_own_box() -> None:
    """A click on a word of a menu bar lands on that word."""
    match = find_name("Edit", [line("File Edit View")])[0]
    assert not match.whole
    assert 45 <= match.box.left <= 55
    assert 85 <= match.box.right <= 95


def test_a_part_ends_at_word_edges() -> None:
    """'lib' is not in 'oldlibs'."""
    assert find_name("lib", [line("oldlibs")]) == []


def test_a_whole_line_beats_a_part_of_one() -> None:
    """A button 'Delete' is meant, not the sentence about it."""
    found = find_name("Delete", [line("Delete all files", top=0), line("Delete", top=40)])
    assert [match.text for match in found[:2]] == ["Delete", "Delete"]
    assert found[0].whole


def test_a_label_cut_off_is_found() -> None:
    """An ellipsis stands for the rest."""
    assert find_name("Annual report 2025.txt", [line("Annual repo...")])[0].similarity > 0.9


def test_a_label_on_two_lines_is_joined() -> None:
    """The box covers both lines."""
    match = find_name("File Manager Settings", [line("File Manager", 20, 0), line("Settings", 40, 16)])[0]
    assert match.box == ImageBox(20, 0, 140, 28)


def test_a_word_that_is_not_there_is_not_found() -> None:
    """No match is better than a wrong one."""
    assert find_name("Preferences", [line("Print"), line("Properties")]) == []
