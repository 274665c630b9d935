"""The same thing on the same picture: the planner is told first, then the run is stopped, with the evidence."""

from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from vl2agent.actions import Action, Click, Key, Wait
from vl2agent.errors import LimitReached
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.loop.draft import Draft
from vl2agent.loop.limits import Limits
from vl2agent.loop.repeats import Repeats, same_picture
from vl2agent.steps import Clause, ClickIntent, Frame, Intent, Plan, Receipt, Verdict


def picture(shade: int = 0, *, caret: ScreenBox | None = None) -> Frame:
    """Paint a screen in a shade, with a caret if there is one."""
    image = Image.new("RGB", (320, 200), (shade, 80, 120))
    if caret:
        ImageDraw.Draw(image).rectangle((caret.left, caret.top, caret.right - 1, caret.bottom - 1), fill="white")
    return Frame.from_image(image)


CARET = ScreenBox(70, 40, 71, 56)
PICTURES = [picture(shade) for shade in range(4)]


class Watched:
    """Repeats at work: what is done, and what the planner is told."""

    def __init__(self, max_repeats: int = 3) -> None:
        self.repeats, self.number = Repeats(Limits(max_repeats=max_repeats)), 0

    def do(
        self,
        frame: Frame,
        intent: Intent,
        action: Action | None = None,
        *,
        done: int = 0,
        delivery: str = "sent",
        verdict: Verdict = Verdict(outcome="unchanged"),
    ) -> str:
        """Finish one step; return the warning."""
        self.number += 1
        clauses = tuple(Clause(text="part", done=number < done) for number in range(4))
        draft = Draft(self.number, frame, Plan(intent=intent, checklist=clauses), 0.0)
        draft.action = action
        self.repeats.check(draft)
        draft.receipt = Receipt.model_validate({"delivery": delivery, "duration_s": 0})
        return self.repeats.note(draft.finished(verdict), frame)

    def press(self, keys: str, frame: Frame) -> str:
        """Press a key."""
        return self.do(frame, Key(keys=keys), Key(keys=keys))

    def click(self, x: int, y: int, words: str = "OK", frame: Frame = PICTURES[0]) -> str:
        """Click what some words named."""
        return self.do(frame, ClickIntent(target=words), Click(point=ScreenPoint(x, y)))


def test_the_second_try_warns_and_says_what_came_of_it() -> None:
    """How often, what, and with which result."""
    run = Watched()
    assert run.click(10, 10) == ""
    warning = run.click(10, 10)
    assert "click “OK” was tried 2 times" in warning
    assert warning.count("unchanged") == 2


def test_one_more_than_allowed_is_stopped_with_the_evidence() -> None:
    """Steps, what was seen, and which picture it was."""
    run = Watched()
    for _ in range(3):
        run.click(10, 10)
    with pytest.raises(LimitReached, match="tried 3 times on the very same picture") as caught:
        run.click(10, 10)
    assert "step 1: unchanged; step 2: unchanged; step 3: unchanged" in str(caught.value)
    assert PICTURES[0].digest[:12] in str(caught.value)
    assert (caught.value.allowed, caught.value.used) == (3, 4)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=4, max_size=4))
def test_points_that_waver_are_one_point(offsets: list[tuple[int, int]]) -> None:
    """Boxes of a model differ by a pixel or two from one answer to the next, and words as well."""
    run = Watched()
    for number, (x, y) in enumerate(offsets[:3]):
        warning = run.click(100 + x, 100 + y, f"OK {number}")
        assert bool(warning) == (number > 0)
    with pytest.raises(LimitReached):
        run.click(100 + offsets[3][0], 100 + offsets[3][1])


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.booleans())
def test_every_circle_of_up_to_three_is_stopped(length: int, allowed: int, blinking: bool) -> None:
    """Each turn of it is warned of from the second round on, and none is begun after the last that is allowed."""
    run = Watched(allowed)
    for turn in range(length * allowed):
        frame = picture(turn % length, caret=CARET if blinking and turn // length % 2 else None)
        assert bool(run.press(f"f{turn % length + 1}", frame)) == (turn >= length)
    with pytest.raises(LimitReached):
        run.press("f1", PICTURES[0])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), unique=True, max_size=30))
def test_what_is_never_the_same_is_never_stopped(tries: list[tuple[int, int]]) -> None:
    """Another key, or the same on another picture, is progress as far as can be told."""
    run = Watched(1)
    assert not any(run.press(f"f{key}", PICTURES[shade]) for key, shade in tries)


def test_the_same_for_another_part_of_the_goal_is_another_try() -> None:
    """A goal may ask for the same twice."""
    run = Watched(1)
    assert [run.do(PICTURES[0], Key(keys="f5"), Key(keys="f5"), done=done) for done in range(4)] == [""] * 4


def test_waiting_is_no_try_and_clears_nothing() -> None:
    """Waiting between two dead clicks does not hide that they are the same."""
    run = Watched(1)
    run.click(10, 10)
    assert [run.do(PICTURES[0], Wait(seconds=0), Wait(seconds=0)) for _ in range(5)] == [""] * 5
    with pytest.raises(LimitReached):
        run.click(10, 10)
    patient = Watched()
    patient.click(10, 10)
    warning = patient.click(10, 10)
    assert warning == patient.do(PICTURES[0], Wait(seconds=0), Wait(seconds=0)) != ""


@pytest.mark.parametrize("keys", ["tab", "shift+Tab", "down", "ctrl+right"])
def test_a_focus_may_be_moved_unseen(keys: str) -> None:
    """Ten fields on, of which the picture shows nothing or a caret; one that goes round for ever is stopped all the same."""
    run = Watched()
    carets = [ScreenBox(x, 40, x + 1, 56) for x in range(20, 300, 60)]
    frames = [picture(caret=caret) for caret in carets] + [picture()]
    heard = [run.press(keys, frames[number % len(frames)]) for number in range(10)]
    assert heard[:3] == ["", "", ""]
    with pytest.raises(LimitReached):
        [run.press(keys, PICTURES[0]) for _ in range(200)]


def test_only_the_pictures_of_a_circle_are_kept() -> None:
    """A screen is eight megabytes, and more are nowhere compared."""
    run = Watched(100)
    kept = [weakref.ref(frame) for number in range(20) for frame in [picture(number)] if not run.press("f1", frame)]
    for _ in range(20):
        run.press("f2", picture())
    gc.collect()
    assert sum(frame() is not None for frame in kept) <= 2


def test_a_warning_is_cleared_when_something_else_happens() -> None:
    """The planner took the advice."""
    run = Watched()
    run.click(10, 10)
    assert run.click(10, 10) != ""
    assert run.press("tab", PICTURES[0]) == ""


def test_what_is_found_nowhere_counts_by_its_words() -> None:
    """Without a place there are only the words to compare; two of them in turn are a circle as well."""
    run, lost = Watched(2), Verdict(outcome="not found")
    for _ in range(2):
        run.do(PICTURES[0], ClickIntent(target="A"), verdict=lost)
        run.do(PICTURES[0], ClickIntent(target="B"), verdict=lost)
    with pytest.raises(LimitReached, match="not found"):
        run.do(PICTURES[0], ClickIntent(target="A"), verdict=lost)


def test_an_uncertain_delivery_is_told_at_once() -> None:
    """Before the planner can repeat it."""
    run = Watched()
    assert "may or may not have arrived" in run.do(PICTURES[0], Key(keys="f5"), Key(keys="f5"), delivery="uncertain")


def test_an_uncertain_delivery_whose_effect_is_seen_needs_no_warning() -> None:
    """The picture tells that it arrived."""
    seen = Verdict(outcome="changed", effects=("where expected",))
    assert Watched().do(PICTURES[0], Key(keys="f5"), Key(keys="f5"), delivery="uncertain", verdict=seen) == ""


@settings(deadline=None)
@given(st.integers(0, 316), st.integers(0, 150), st.integers(1, 3), st.integers(8, 40))
def test_a_caret_makes_no_other_picture(x: int, y: int, width: int, height: int) -> None:
    """Wherever it blinks."""
    caret = ScreenBox(x, y, x + width, y + height)
    assert same_picture(picture(), picture(caret=caret))


@settings(deadline=None)
@given(st.integers(0, 250), st.integers(0, 100), st.integers(8, 60), st.integers(4, 90))
def test_anything_wider_makes_another_picture(x: int, y: int, width: int, height: int) -> None:
    """A letter, a tick, a dialog."""
    assert not same_picture(picture(), picture(caret=ScreenBox(x, y, x + width, y + height)))


def test_pictures_of_different_sizes_differ() -> None:
    """They are not compared at all."""
    assert not same_picture(picture(), Frame.from_image(Image.new("RGB", (10, 10))))
