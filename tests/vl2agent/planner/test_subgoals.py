"""Every goal has parts that can be ticked off."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vl2agent.errors import GoalError
from vl2agent.planner.grammar import MAX_GOAL
from vl2agent.planner.quoting import quote
from vl2agent.planner.subgoals import MAX_PARTS, split


@pytest.mark.parametrize(
    ("goal", "parts"),
    [
        ("open settings", ["open settings"]),
        (
            "open settings, then open Appearance and choose 'Adwaita'",
            ["open settings", "open Appearance", "choose 'Adwaita'"],
        ),
        ("click 7, 8 and 9.", ["click 7", "click 8", "click 9"]),
        ("save as 'a.txt'; close\nquit", ["save as 'a.txt'", "close", "quit"]),
        ("in the file manager, open Documents, press enter", ["in the file manager, open Documents", "press enter"]),
        ("open Privacy and Security and turn on Location", ["open Privacy and Security", "turn on Location"]),
    ],
)
def test_a_command_has_the_parts_that_the_grammar_reads(goal: str, parts: list[str]) -> None:
    """In the words of the goal."""
    assert list(split(goal)) == parts


@pytest.mark.parametrize(
    ("goal", "parts"),
    [
        ("buy eggs, milk and bread", ["buy eggs, milk and bread"]),
        (
            "Find the cheapest flight to Rome, then book it and email the receipt to Bob.",
            ["Find the cheapest flight to Rome", "book it", "email the receipt to Bob"],
        ),
        (
            "log in as Ann. Her password is 'x. y'. Then delete all mails",
            ["log in as Ann. Her password is 'x. y'", "delete all mails"],
        ),
        (
            'Find the mail by Ann, and reply with "Thanks, then bye".',
            ["Find the mail by Ann", 'reply with "Thanks, then bye"'],
        ),
        ("Öffne die Einstellungen und wähle Dunkel", ["Öffne die Einstellungen und wähle Dunkel"]),
        ("Don't use \"the button, then wait", ["Don't use \"the button, then wait"]),
        ("...", ["..."]),
    ],
)
def test_any_other_goal_is_cut_before_verbs_or_stays_whole(goal: str, parts: list[str]) -> None:
    """Lists of things are no lists of parts, and what is quoted is not taken apart."""
    assert list(split(goal)) == parts


@pytest.mark.parametrize("goal", ["", " \n\t", "x" * (MAX_GOAL + 1)])
def test_only_an_empty_or_too_long_goal_is_refused(goal: str) -> None:
    """With a typed error."""
    with pytest.raises(GoalError):
        split(goal)


@given(
    st.text(min_size=1) | st.lists(st.sampled_from(["open", "x", ",", "and", "then", ".", "'", '"', "7"])).map(" ".join)
)
@example("then and")
@settings(deadline=None)
def test_every_goal_has_a_part(goal: str) -> None:
    """None of them is blank."""
    if goal.strip():
        assert all(part.strip() for part in split(goal))
        assert split(goal)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), st.sampled_from(["click", "look for"]))
@settings(deadline=None)
def test_what_is_quoted_stays_whole(words: str, verb: str) -> None:
    """Whatever it says."""
    goal = f"{verb} {quote(words)}, then press enter"
    assert any(" ".join(quote(words).split()) in " ".join(part.split()) for part in split(goal))


def test_very_many_parts_end_in_one() -> None:
    """Nothing of the goal is lost."""
    parts = split(", ".join(f"click {number}" for number in range(70)))
    assert len(parts) == MAX_PARTS
    assert parts[-1].endswith("click 69")
