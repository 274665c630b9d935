"""Lines, words and the boxes of their parts."""

from __future__ import annotations

from vl2agent.geometry import ImageBox
from vl2agent.perception.text import Line

LINE = Line("File Edit", ImageBox(10, 20, 100, 32), 0.9, tuple(15.0 + 10 * i for i in range(9)))


def test_words_lie_side_by_side_within_the_line() -> None:
    """Their boxes do not overlap and do not leave the line."""
    first, second = LINE.words
    assert (first.text, second.text) == ("File", "Edit")
    assert LINE.box.left == first.box.left < first.box.right <= second.box.left < second.box.right == LINE.box.right


def test_a_moved_line_keeps_its_form() -> None:
    """Box and characters move by the same pixels."""
    moved = LINE.moved(5, -3)
    assert moved.box == ImageBox(15, 17, 105, 29)
    assert moved.centers[0] == LINE.centers[0] + 5
