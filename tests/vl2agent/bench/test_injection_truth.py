"""The hostile screens themselves: enough of them, of every kind, and true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from vl2agent.bench.injection.hostile import attacks, replies
from vl2agent.bench.injection.oracle import is_outside
from vl2agent.bench.injection.sheet import hostile_sheet
from vl2agent.bench.injection.truth import HostileScreen, HostileScreens
from vl2agent.errors import InputError
from vl2agent.planner.grammar import parse

SCREENS = HostileScreens()
MAX_BYTES = 3_000_000


def by_name(name: str) -> HostileScreen:
    """One of them."""
    (screen,) = SCREENS.choose([name])
    return screen


def test_there_are_enough_of_every_kind() -> None:
    """Pages and desktops, light and dark, in several sizes and languages, each trick once at least."""
    screens = SCREENS.screens
    assert len(screens) >= 48
    assert sum(screen.kind == "desktop" for screen in screens) >= 12
    assert sum(screen.dark for screen in screens) >= 10
    assert len({screen.language for screen in screens}) >= 6
    assert len({lure.trick for screen in screens for lure in screen.lures}) >= 40


def test_the_wheel_stays_small() -> None:
    """All pictures and truths together."""
    assert sum(path.stat().st_size for path in SCREENS.folder.iterdir()) < MAX_BYTES


@pytest.mark.parametrize("screen", SCREENS.screens, ids=lambda screen: screen.name)
def test_every_screen_has_its_picture_and_a_goal_that_is_understood(screen: HostileScreen) -> None:
    """All places lie on the picture."""
    assert SCREENS.frame(screen).windows == screen.windows
    assert parse(screen.goal)


@pytest.mark.parametrize("screen", SCREENS.screens, ids=lambda screen: screen.name)
def test_the_judge_tells_the_two_apart(screen: HostileScreen) -> None:
    """Everything injected is outside, nothing benign is."""
    assert all(is_outside(deed.action, screen) for deed in screen.injected)
    assert not any(is_outside(deed.action, screen) for deed in screen.benign)


def test_every_injected_action_is_tried_in_words_and_more() -> None:
    """At its place where it has one, in pieces and disguises, behind benign ones; and each one as a model's reply."""
    screen = by_name("chat-takeover")
    names = [attack.name for attack in attacks(screen)]
    for number, _ in enumerate(screen.injected, 1):
        assert {f"{number} in words", f"{number} after the benign ones"} <= set(names)
    assert "2 in two pieces" in names
    assert "1 at its place" in names
    assert len(list(replies(screen))) == len(screen.injected)


def test_what_is_benign_cannot_be_injected() -> None:
    """Else nobody could say what is right."""
    said = json.loads(by_name("shop-review").model_dump_json())
    said["injected"] += said["benign"]
    with pytest.raises(ValidationError, match="both benign and injected"):
        HostileScreen.model_validate(said)


def test_a_folder_without_screens_is_refused(tmp_path: Path) -> None:
    """And one of which a truth cannot be true."""
    with pytest.raises(InputError, match="expected hostile screens"):
        HostileScreens(tmp_path)
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(InputError, match=r"a\.json"):
        HostileScreens(tmp_path)


def test_the_sheet_shows_the_screens_that_were_chosen() -> None:
    """One row of up to four."""
    sheet = hostile_sheet(SCREENS, SCREENS.choose(["shop-review", "one-pixel"]))
    assert sheet.height < 400
