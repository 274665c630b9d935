"""Relations and ordinals in words."""

from __future__ import annotations

import pytest

from vl2agent.geometry import ImageBox
from vl2agent.perception.relations import distance, reading_order, split_ordinal, split_relations

ANCHOR = ImageBox(100, 100, 150, 120)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Cancel below Password", ("Cancel", "below", "Password")),
        ("the field to the right of the Name", ("the field", "right", "Name")),
        ("Delete in the row of sales.csv", ("Delete", "row", "sales.csv")),
        ('the button next to "Sign in"', ("the button", "near", '"Sign in"')),
    ],
)
def test_relations_split_target_and_anchor(words: str, expected: tuple[str, str, str]) -> None:
    """The longest phrase wins, articles are dropped."""
    assert expected in split_relations(words)


def test_relation_words_in_quotes_are_names() -> None:
    """What is in quotes is written on the screen."""
    assert split_relations('"Move to the right of"') == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("second Delete", (1, "Delete")),
        ("the last Delete button", (-1, "Delete button")),
        ("3rd row", (2, "row")),
        ("Second life", (1, "life")),
        ("Delete", None),
    ],
)
def test_ordinals_count_from_the_first(words: str, expected: tuple[int, str] | None) -> None:
    """0 is the first, -1 the last."""
    assert split_ordinal(words) == expected


@pytest.mark.parametrize(
    ("relation", "box", "holds"),
    [
        ("below", ImageBox(100, 130, 150, 150), True),
        ("below", ImageBox(100, 50, 150, 70), False),
        ("above", ImageBox(100, 50, 150, 70), True),
        ("left", ImageBox(20, 100, 60, 120), True),
        ("left", ImageBox(20, 300, 60, 320), False),
        ("right", ImageBox(160, 100, 190, 120), True),
        ("row", ImageBox(700, 102, 760, 118), True),
        ("row", ImageBox(700, 202, 760, 218), False),
    ],
)
def test_relations_hold_or_not(relation: str, box: ImageBox, holds: bool) -> None:
    """Left and right want the same row, above and below do not."""
    assert (distance(relation, box, ANCHOR) is not None) is holds


def test_straight_below_is_nearer_than_aside() -> None:
    """Of two things below, the one in the same column is meant."""
    straight = distance("below", ImageBox(100, 160, 150, 180), ANCHOR)
    aside = distance("below", ImageBox(300, 140, 350, 160), ANCHOR)
    assert straight is not None
    assert aside is not None
    assert straight < aside


def test_reading_order_goes_row_by_row() -> None:
    """A few pixels up or down do not change the row."""
    boxes = [ImageBox(200, 2, 220, 22), ImageBox(0, 0, 20, 20), ImageBox(0, 40, 20, 60)]
    assert reading_order(boxes) == [1, 0, 2]
