"""Expectations: they wait, hold or fail, and a failure shows what was there instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vl2agent.errors import ExpectationFailed, InputError, VL2AgentError
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Noted
from vl2agent.recording.writer import Recorder
from vl2agent.scripting.claims import phrases
from vl2agent.scripting.sync_expecting import ScreenAssertions, expect
from vl2agent.scripting.sync_screen import Screen

if TYPE_CHECKING:
    from tests.vl2agent.scripting.conftest import Knowing, Stage, Thing

Make = Callable[..., tuple["Stage", "Knowing"]]


@pytest.fixture
def script(stage: Make) -> Callable[..., Screen]:
    """Script a stage; `moving` looks show it moving."""

    def make(*scenes: Any, moving: range = range(0), **options: Any) -> Screen:
        surface, perception = stage(*scenes)
        surface.moving = set(moving)
        return Screen(surface, perception=perception, **{"timeout_s": 0.3} | options)

    return make


def whole(screen: Screen) -> ScreenAssertions:
    """Expect something of all of a screen."""
    return expect(screen)


def test_expectations_wait(script: Callable[..., Screen], thing: type[Thing]) -> None:
    """What comes later is expected all the same."""
    later: Any = [], [], [thing("Saved", 10, 10, text="Saved at 10")]
    expect(script(*later).locate("Saved")).to_be_visible(timeout_s=5)
    expect(script(*later).locate("Saved")).to_have_text("Saved at 10", timeout_s=5)
    expect(script(*later).locate("Saved")).to_contain_text(re.compile(r"\d+"), timeout_s=5)
    expect(script(*later).locate("Saved")).to_have_count(1, timeout_s=5)
    expect(script(*later)).to_show("a message that says 'Saved at'", timeout_s=5)
    expect(script([thing("Saving", 10, 10)], []).locate("Saving")).to_be_gone(timeout_s=5)


def test_a_failure_is_an_assertion_with_all_that_is_known(
    script: Callable[..., Screen], thing: type[Thing], tmp_path: Path
) -> None:
    """Expected, seen, waited and a picture in the recording."""
    total = [thing("Total", 10, 10, text="41 EUR")]
    with (
        script(total, recorder=Recorder(tmp_path / "r.v2a")) as screen,
        pytest.raises(AssertionError) as failure,
    ):
        expect(screen.locate("Total")).to_have_text("42 EUR")
    error = failure.value
    assert isinstance(error, ExpectationFailed)
    assert isinstance(error, VL2AgentError)
    assert (error.expected, error.seen) == ("'Total' to have the text '42 EUR'", "'41 EUR'")
    assert error.waited_s >= 0.3
    assert error.picture is not None
    assert error.picture.parent == tmp_path / "r.v2a" / "pictures"
    notes = [event.text for event in Recording(tmp_path / "r.v2a").of(Noted)]
    assert notes == ["not as expected: 'Total' to have the text '42 EUR'; seen: '41 EUR'"]


def test_what_holds_is_written_down_too(script: Callable[..., Screen], thing: type[Thing], tmp_path: Path) -> None:
    """A recording tells what was checked."""
    with script([thing("Total", 10, 10)], recorder=Recorder(tmp_path / "r.v2a")) as screen:
        expect(screen.locate("Total")).to_be_visible()
    assert [event.text for event in Recording(tmp_path / "r.v2a").of(Noted)] == ["as expected: 'Total' to be visible"]


@pytest.mark.parametrize(
    ("check", "seen"),
    [
        (lambda s: expect(s.locate("B")).to_be_visible(), "nothing that fits"),
        (lambda s: expect(s.locate("A")).to_be_gone(), r"'A' at \[10, 10, 70, 30\]"),
        (lambda s: expect(s.locate("A")).not_.to_have_text("one"), "'one'"),
        (lambda s: expect(s.locate("B")).not_.to_have_text("one"), "nothing that fits"),
        (lambda s: expect(s.locate("C")).to_have_text("C"), "2 things that fit equally well"),
        (lambda s: expect(s.locate("C")).to_be_gone(), "2 things that fit"),
        (lambda s: expect(s.locate("C")).to_have_count(3), "saw 2"),
        (lambda s: expect(s.locate("A")).to_contain_text("two"), "'one'"),
        (lambda s: whole(s).to_show("Welcome"), "no 'Welcome' in 'one / C / C'"),
        (lambda s: whole(s).not_.to_show("one"), "one / C / C"),
    ],
)
def test_what_does_not_hold_fails_with_what_was_seen(
    script: Callable[..., Screen], thing: type[Thing], check: Any, seen: str
) -> None:
    """Also the opposite of what holds, and what is said of something that is not there."""
    screen = script([thing("A", 10, 10, text="one"), thing("C", 10, 50), thing("C", 10, 90)])
    with pytest.raises(ExpectationFailed, match=seen):
        check(screen)


@pytest.mark.parametrize(
    "check",
    [
        lambda s: expect(s.locate("B")).to_be_gone(),
        lambda s: expect(s.locate("B")).not_.to_be_visible(),
        lambda s: expect(s.locate("A")).not_.to_be_gone(),
        lambda s: expect(s.locate("A")).not_.to_have_text("two"),
        lambda s: expect(s.locate("C")).to_be_visible(),
        lambda s: expect(s.locate("C")).not_.to_have_count(1),
        lambda s: whole(s).not_.to_show("'Welcome'"),
    ],
)
def test_what_holds_passes(script: Callable[..., Screen], thing: type[Thing], check: Any) -> None:
    """The counterparts; several that fit are visible."""
    check(script([thing("A", 10, 10, text="one"), thing("C", 10, 50), thing("C", 10, 90)]))


def test_a_gap_in_a_movement_is_not_taken_for_gone(script: Callable[..., Screen], thing: type[Thing]) -> None:
    """What cannot be seen for one moving picture may only be covered."""
    saving = [thing("Saving", 10, 10)]
    screen = script(saving, [], saving, moving=range(2, 3))
    with pytest.raises(ExpectationFailed):
        expect(screen.locate("Saving")).to_be_gone()


def test_a_count_is_not_believed_while_things_move(script: Callable[..., Screen], thing: type[Thing]) -> None:
    """None for one moving picture is not none."""
    row = [thing("Row", 10, 10)]
    with pytest.raises(ExpectationFailed, match="saw 1"):
        expect(script(row, [], row, moving=range(2, 3)).locate("Row")).to_have_count(0)


def test_what_is_gone_twice_is_gone_though_the_screen_moves(script: Callable[..., Screen], thing: type[Thing]) -> None:
    """A screen that always moves does not hold up a script forever."""
    screen = script([thing("Saving", 10, 10)], [], [thing("Spinner", 50, 50)], moving=range(1, 100))
    expect(screen.locate("Saving")).to_be_gone(timeout_s=5)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("a dialog titled Saved", ["Saved"]),
        ("Welcome, Ada!", ["Welcome", "Ada"]),
        ("the message “File not found” in a window", ["File not found"]),
        ("'Name' and 'E-mail'", ["Name", "E-mail"]),
        ("Error", ["Error"]),
        ("don't panic", ["don't", "panic"]),
    ],
)
def test_the_telling_words_of_a_description(description: str, expected: list[str]) -> None:
    """What is in quotes, else what does not merely describe."""
    assert phrases(description) == expected


@pytest.mark.parametrize("description", ["", "a dialog", "the error message"])
def test_a_description_without_words_to_read_is_refused_at_once(
    script: Callable[..., Screen], description: str
) -> None:
    """Reading cannot tell; the message says what can."""
    with pytest.raises(InputError, match="use a model"):
        expect(script([], timeout_s=60)).to_show(description)


@pytest.mark.parametrize("expected", [42, ["one", "two"], None])
def test_only_texts_and_patterns_are_compared(script: Callable[..., Screen], expected: Any) -> None:
    """Anything else is refused at once."""
    screen = script([], timeout_s=60)
    with pytest.raises(InputError, match="a text, or a pattern"):
        expect(screen.locate("A")).to_have_text(expected)


def test_only_locators_and_screens_are_taken() -> None:
    """A mistake is named, not answered with nonsense."""
    with pytest.raises(InputError, match="got str"):
        expect("Saved")  # type: ignore[call-overload]
