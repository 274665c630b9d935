"""A query and one picture: what fits, which one is meant, and what is said when none is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.scripting.query import Having, Narrowing, Nth, Query, Related, Relation
from vl2agent.scripting.resolving import Glance

if TYPE_CHECKING:
    from tests.vl2agent.scripting.conftest import Knowing, Stage, Thing

Make = Callable[..., tuple["Stage", "Knowing"]]


@pytest.fixture
def look(stage: Make, thing: type[Thing]) -> Callable[..., Glance]:
    """Look at a stage with these things."""

    def make(*things: Thing, confidence: float = 0.5) -> Glance:
        surface, perception = stage(things)
        return Glance(surface.grab(), perception, confidence)

    return make


@pytest.fixture
def table(look: Callable[..., Glance], thing: type[Thing]) -> Glance:
    """Two rows of a name and a button, a heading over them, and a button far below."""
    return look(
        thing("Albums", 10, 10),
        thing("Photos", 10, 60),
        thing("Delete", 100, 60, role="button"),
        thing("Music", 10, 100),
        thing("Delete", 100, 100, role="button", text="Delete it"),
        thing("Delete", 100, 250, role="link"),
    )


def places(glance: Glance, *steps: Narrowing) -> list[int]:
    """Say at which heights Delete is found."""
    return [target.box.top for target in glance.all(Query("Delete", steps)).targets]


@pytest.mark.parametrize(
    ("relation", "anchor", "expected"),
    [
        ("below", "Photos", [100, 250]),
        ("above", "Music", [60]),
        ("right of", "Music", [100]),
        ("left of", "Music", []),
        ("near", "Music", [100, 60, 250]),
        ("inside", "Music", [100, 250]),
    ],
)
def test_relations_keep_what_stands_so_nearest_first(
    table: Glance, relation: Relation, anchor: str, expected: list[int]
) -> None:
    """Geometry chooses, and puts in order."""
    assert places(table, Related(relation, Query(anchor))) == expected


def test_inside_is_what_the_container_encloses(look: Callable[..., Glance], thing: type[Thing]) -> None:
    """Where the container's box has some of them in it, those are meant."""
    glance = look(thing("Dialog", 50, 50, 200, 100), thing("OK", 100, 100), thing("OK", 100, 200))
    found = glance.one(Query("OK", (Related("inside", Query("Dialog")),)))
    assert found.box.top == 100


def test_near_has_a_reach_where_one_is_given(table: Glance) -> None:
    """Farther things do not count."""
    assert places(table, Related("near", Query("Music"), within_px=40)) == [100]


def test_steps_apply_in_their_order(table: Glance) -> None:
    """The second of those below is not what of the second is below."""
    below = Related("below", Query("Photos"))
    assert places(table, below, Nth(1)) == [250]
    assert places(table, Nth(1), below) == [100]


def test_numbers_count_in_reading_order(table: Glance) -> None:
    """From the top, and from the end; beyond the last there is none."""
    assert [places(table, Nth(n)) for n in (0, -1, 3, -4)] == [[60], [250], [], []]


def test_a_filter_reads_and_looks(table: Glance) -> None:
    """Text and role are of the thing itself."""
    assert places(table, Having("it")) == [100]
    assert places(table, Having(role="link")) == [250]
    assert places(table, Having("it", "link")) == []


@pytest.mark.parametrize("role", ["check box", "checkbox", "tick box"])
def test_a_role_has_several_names(look: Callable[..., Glance], thing: type[Thing], role: str) -> None:
    """People call one thing by different words."""
    glance = look(thing("News", 10, 10, role="check box"), thing("News", 10, 50, role="heading"))
    assert glance.one(Query("News", (Having(role=role),))).box.top == 10
    assert glance.one(Query("News", (Having(role="heading"),))).box.top == 50


def test_an_anchor_may_be_narrowed_down_itself(look: Callable[..., Glance], thing: type[Thing]) -> None:
    """An anchor is a query like any other."""
    glance = look(thing("Row", 10, 10), thing("Row", 10, 50), thing("Edit", 100, 10), thing("Edit", 100, 50))
    second = Query("Row", (Nth(1),))
    assert glance.one(Query("Edit", (Related("right of", second),))).box.top == 50


def test_equally_good_things_are_ambiguous(table: Glance) -> None:
    """Nobody guesses; all of them are told."""
    with pytest.raises(AmbiguousTarget) as failure:
        table.one(Query("Delete", (Having("Delete"),)))
    assert len(failure.value.candidates) == 3


def test_things_at_equal_distance_are_ambiguous(look: Callable[..., Glance], thing: type[Thing]) -> None:
    """The nearest is taken only where one is nearer."""
    glance = look(thing("Mid", 150, 100), thing("Go", 60, 100), thing("Go", 240, 100))
    with pytest.raises(AmbiguousTarget):
        glance.one(Query("Go", (Related("near", Query("Mid")),)))


def test_what_is_not_sure_enough_is_not_taken(look: Callable[..., Glance], thing: type[Thing]) -> None:
    """The script says how sure; what came near is told."""
    unsure = thing("Save", 10, 10, confidence=0.6)
    assert look(unsure).one(Query("Save")).confidence == 0.6
    with pytest.raises(TargetNotFound) as failure:
        look(unsure, confidence=0.8).one(Query("Save"))
    assert failure.value.candidates[0].text == "Save"


def test_a_script_may_ask_for_less_than_the_perception(look: Callable[..., Glance], thing: type[Thing]) -> None:
    """Then the best of what came near is taken, as long as it is the only one so good."""
    glance = look(thing("Save", 10, 10, confidence=0.4), thing("Save as", 10, 50, confidence=0.2), confidence=0.15)
    assert glance.one(Query("Save")).box.top == 10


def test_equally_good_things_are_sure_together(look: Callable[..., Glance], thing: type[Thing]) -> None:
    """Each may be half as sure: the chance that one of them is meant is what counts."""
    glance = look(thing("a", 10, 10, confidence=0.3), thing("a", 10, 50, confidence=0.3))
    assert len(glance.all(Query("a")).targets) == 2


def test_all_of_a_kind_fit_words_that_only_name_the_kind(look: Callable[..., Glance], thing: type[Thing]) -> None:
    """None of them is meant for certain; a relation or a number says which."""
    glance = look(thing("City", 10, 50), *(thing("field", 100, top, confidence=0.1) for top in (10, 50, 90)))
    assert len(glance.all(Query("field")).targets) == 3
    assert glance.one(Query("field", (Related("right of", Query("City")),))).box.top == 50


def test_a_missing_anchor_is_named(table: Glance) -> None:
    """The error says which part of the description fits nothing."""
    with pytest.raises(TargetNotFound, match="nothing on the screen fits 'Videos'"):
        table.one(Query("Delete", (Related("below", Query("Videos")),)))


def test_the_step_that_left_nothing_is_named(table: Glance) -> None:
    """And how many there were before it."""
    with pytest.raises(TargetNotFound, match="of 3 that fit the words, none left of Photos"):
        table.one(Query("Delete", (Related("left of", Query("Photos")),)))


def test_a_field_that_is_empty_says_nothing(look: Callable[..., Glance], thing: type[Thing]) -> None:
    """A field's text is what it holds, not the label that led there."""
    glance = look(thing("Name", 10, 10, role="field", text=""))
    assert glance.text(glance.one(Query("Name"))) == ""
