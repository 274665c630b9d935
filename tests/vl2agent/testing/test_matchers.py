"""What actions are expected to be, and what is said where they are not."""

from __future__ import annotations

import re

import pytest

from vl2agent.actions import Click, Drag, Key, Move, Scroll, TypeText
from vl2agent.errors import InputError, KeyNameError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.steps import Plan, Step, Verdict
from vl2agent.testing import click_in, drags, moves_to, presses, scrolls, types
from vl2agent.testing.explaining import explain
from vl2agent.testing.matchers import Matcher

BOX = ScreenBox(10, 10, 20, 20)
INSIDE, OUTSIDE = ScreenPoint(10, 19), ScreenPoint(20, 10)


@pytest.mark.parametrize(
    ("matcher", "fits", "not_"),
    [
        (click_in(BOX), Click(point=INSIDE), Click(point=OUTSIDE)),
        (click_in((10, 10, 20, 20), button="right"), Click(point=INSIDE, button="right"), Click(point=INSIDE)),
        (click_in(BOX, modifiers=["ctrl"]), Click(point=INSIDE, modifiers=("ctrl",)), Click(point=INSIDE)),
        (types("a"), TypeText(text="a", submit=True), TypeText(text="ab")),
        (types(re.compile("^a")), TypeText(text="ab"), TypeText(text="ba")),
        (types("a", submit=False), TypeText(text="a"), TypeText(text="a", submit=True)),
        (presses("Shift+CTRL+t"), Key(keys="ctrl+shift+t"), Key(keys="ctrl+t")),
        (presses("enter"), Key(keys="Return"), TypeText(text="enter")),
        (scrolls("up"), Scroll(point=INSIDE, direction="up"), Scroll(point=INSIDE)),
        (scrolls(amount=3, over=BOX), Scroll(point=INSIDE), Scroll(point=OUTSIDE)),
        (drags(BOX, (0, 0, 5, 5)), Drag(start=INSIDE, end=ScreenPoint(0, 0)), Drag(start=INSIDE, end=INSIDE)),
        (moves_to(BOX), Move(point=INSIDE), Move(point=OUTSIDE)),
    ],
    ids=repr,
)
def test_a_matcher_equals_what_fits(matcher: Matcher, fits: object, not_: object) -> None:
    """On both sides, and nothing else."""
    assert fits == matcher
    assert matcher == fits
    assert not_ != matcher
    assert matcher != not_
    assert matcher.why_not(not_)


def test_a_step_fits_by_its_action() -> None:
    """A step in which nothing was done fits nothing."""
    plan, verdict = Plan(intent=TypeText(text="a")), Verdict(outcome="changed")
    step = Step(number=1, plan=plan, action=TypeText(text="a"), verdict=verdict, seconds=0)
    assert step == types("a")
    assert step.model_copy(update={"action": None}) != types("a")


@pytest.mark.parametrize("other", [None, "a", 3, ScreenPoint(1, 1), types("a")])
def test_what_is_no_action_fits_nothing(other: object) -> None:
    """And raises nothing."""
    assert types("a") != other


def test_a_matcher_is_shown_as_it_was_written() -> None:
    """In failures, and in the names of tests."""
    assert repr(click_in(BOX, count=2)) == "click_in([10, 10, 20, 20], count=2)"
    assert repr(types("a", submit=True)) == "types('a', submit=True)"


def test_what_can_never_fit_is_refused() -> None:
    """A box of three edges, a key that does not exist."""
    with pytest.raises(InputError, match="expected a box"):
        click_in((1, 2, 3))
    with pytest.raises(KeyNameError):
        presses("ctrl+nosuchkey")


def test_lists_are_explained_line_by_line() -> None:
    """The first difference is named; what fits is shown, too."""
    said = explain("==", [Click(point=INSIDE), TypeText(text="a")], [click_in(BOX), types("b")])
    assert said == [
        "actions differ, first in number 2 of 2",
        "    1. click at (10, 19)",
        "  > 2. type “a”",
        "       != types('b'): expected the text 'b', got 'a'",
    ]


def test_a_search_tells_why_each_does_not_fit() -> None:
    """`matcher in actions`."""
    assert explain("in", types("b"), (TypeText(text="a"),)) == [
        "types('b') is none of 1 actions",
        "    1. type “a”: expected the text 'b', got 'a'",
    ]


def test_other_comparisons_are_left_to_pytest() -> None:
    """Lists of numbers, texts."""
    assert explain("==", [1], [2]) is None
    assert explain("in", "a", "b") is None
    assert explain("<", 1, types("a")) is None
