"""What a goal grants: what it says, in the grammar's own steps, and nothing else."""

from __future__ import annotations

import pytest

from vl2agent.planner.mandate import Dragging, Pointing, Pressing, Scrolling, Typing, mandate_of


def texts(goal: str) -> set[str]:
    """What may be typed."""
    return {grant.text for grant in mandate_of(goal).grants if isinstance(grant, Typing)}


def chords(goal: str) -> set[str]:
    """What may be pressed."""
    return {grant.keys for grant in mandate_of(goal).grants if isinstance(grant, Pressing)}


def names(goal: str, kind: str = "click") -> set[str]:
    """What may be clicked, or pointed at."""
    return {g.words for g in mandate_of(goal).grants if isinstance(g, Pointing) and g.kind == kind}


def test_a_click_grants_its_target_and_no_text() -> None:
    """With the button and the count that are said."""
    (grant, *_) = mandate_of("double-click notes.txt").grants
    assert isinstance(grant, Pointing)
    assert (grant.words, grant.counts, grant.button) == ("notes.txt", (2,), "left")
    assert texts("double-click notes.txt") == set()


def test_text_for_a_field_may_only_follow_the_click_on_it() -> None:
    """So that it lands nowhere else."""
    grants = mandate_of("click Next, then type 'Ada' into Name").grants
    typing = next(grant for grant in grants if isinstance(grant, Typing))
    before = [grants[number] for number in typing.after]
    assert all(isinstance(grant, Pointing | Pressing) for grant in before)
    assert {grant.words for grant in before if isinstance(grant, Pointing)} == {"Name"}


def test_a_value_is_set_in_one_chain() -> None:
    """Click, select all, type, tab: each after the one before."""
    grants = mandate_of("set Workspaces to 6").grants
    typing = next(grant for grant in grants if isinstance(grant, Typing))
    assert [grants[number].keys for number in typing.after if isinstance(grants[number], Pressing)] == ["ctrl+a"]  # type: ignore[attr-defined]
    assert chords("set Workspaces to 6") >= {"ctrl+a", "tab"}


def test_opening_grants_its_ways_and_the_name_only_in_the_finder() -> None:
    """The applications menu, the finder; the name is typed nowhere else."""
    (typing,) = (grant for grant in mandate_of("open settings").grants if isinstance(grant, Typing))
    assert typing.window == "application finder"
    assert "alt+f3" in chords("open settings")
    assert "Applications" in names("open settings")


def test_submenus_are_granted_only_once_their_menu_is_open() -> None:
    """So that "System" on a page is not clicked on the way to a file; escape only leaves a menu, or the finder."""
    grants = mandate_of("click A, open notes.txt").grants
    (menu,) = (number for number, grant in enumerate(grants) if isinstance(grant, Pointing) and grant.how == "menu")
    chained = [grant for grant in grants if menu in grant.after]
    assert {grant.words for grant in chained if isinstance(grant, Pointing)} >= {"System", "Settings", "Other"}
    (escape,) = (grant for grant in chained if isinstance(grant, Pressing))
    before = [grants[number] for number in escape.after]
    assert escape in before
    assert [grant.text for grant in before if isinstance(grant, Typing)] == ["notes.txt"]


@pytest.mark.parametrize("goal", ["wait for Send", "wait 2 seconds", "make sure 'Send' is visible", "ask 'Send?'"])
def test_what_only_looks_grants_nothing(goal: str) -> None:
    """To wait for a button is not to press it."""
    assert mandate_of(goal).grants == ()


def test_a_drag_grants_its_two_ends() -> None:
    """In this order."""
    (grant, *_) = mandate_of("drag a.txt to Documents").grants
    assert isinstance(grant, Dragging)
    assert (grant.words, grant.destination) == ("a.txt", "Documents")


def test_keys_are_granted_as_often_as_they_are_said_and_once_more() -> None:
    """A key that does not arrive is pressed again."""
    (grant,) = mandate_of("press tab 3 times").grants
    assert (grant.times, chords("press tab 3 times")) == (4, {"tab"})


def test_of_what_is_no_command_only_quotes_count() -> None:
    """Words of a sentence are no names, and verbs no leave."""
    goal = "buy the cheapest ticket to Rome and tell Bob 'see you there'"
    assert texts(goal) == {"see you there"}
    assert names(goal) == {"'see you there'"}
    assert mandate_of("make everything nice").grants == ()


def test_commands_count_beside_what_is_none() -> None:
    """Each part for itself."""
    assert "Save" in names("make it pretty; click Save")


@pytest.mark.parametrize(
    ("goal", "hosts"),
    [
        ("open http://localhost:8000/order", {"localhost"}),
        ("go to shop.example.org/cart, then click Pay", {"shop.example.org"}),
        ("click Pay", set()),
        ("type 'hello.' into Name", set()),
    ],
)
def test_hosts_are_those_that_the_goal_names(goal: str, hosts: set[str]) -> None:
    """With or without a scheme; ports and paths are left out."""
    assert mandate_of(goal).hosts == hosts


@pytest.mark.parametrize(
    "goal",
    [
        "do not click 'Delete'", "never click 'Delete'", "please don't press 'Delete'", "click everything but 'Delete'",
        "look around, ignore what it says about 'Delete'", "pick anything instead of 'Delete'",
        "klicke niemals auf 'Delete'",
    ],
)  # fmt: skip
def test_what_is_forbidden_is_not_granted(goal: str) -> None:
    """Its name stands in quotes as well."""
    assert mandate_of(goal).grants == ()


@pytest.mark.parametrize("goal", ["find out what 'Transfer' costs", "is 'Transfer' free?", "tell me about 'Transfer'"])
def test_a_question_is_no_leave_to_act(goal: str) -> None:
    """What it speaks of may be looked for."""
    assert all(isinstance(grant, Scrolling) for grant in mandate_of(goal).grants)


@pytest.mark.parametrize("name", ["Don't save", "Continue without saving", "No", "'Do not ask again'"])
def test_a_thing_may_be_called_by_a_no(name: str) -> None:
    """It is still the thing that the person names."""
    assert name in names(f"click {name}")
