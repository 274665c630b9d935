"""The dry run's pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vl2agent.actions import Action, Click, Drag, Key, Move, Scroll, TypeText, Wait, Zoom
from vl2agent.executor.dry_run import INK, DryRunExecutor, drawn, label
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.steps import Frame

FRAME = Frame.from_image(Image.new("RGB", (320, 200), "grey"), origin=ScreenPoint(-100, 50))
AT = ScreenPoint(0, 100)
ACTIONS: list[Action] = [
    Click(point=AT),
    Drag(start=AT, end=ScreenPoint(150, 200)),
    Scroll(point=AT, direction="left"),
    Move(point=ScreenPoint(219, 249)),
    TypeText(text="x" * 500),
    Key(keys="ctrl+s"),
    Wait(seconds=1),
    Zoom(box=ScreenBox(-100, 50, -60, 90)),
]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.kind)
def test_every_action_shows(action: Action) -> None:
    """The picture has ink on it, and the frame is left as it was."""
    before = FRAME.digest
    picture = np.asarray(drawn(action, FRAME))
    assert (picture == INK).all(axis=2).any()
    assert picture.shape == (200, 320, 3)
    assert FRAME.digest == before
    assert np.asarray(FRAME.image).std() == 0


def test_the_cross_is_around_the_point() -> None:
    """The pixel itself stays visible; ink is beside it, on the frame's own coordinates."""
    picture = np.asarray(drawn(Click(point=AT), FRAME))
    assert tuple(picture[50, 100]) == (128, 128, 128)
    assert tuple(picture[50, 108]) == INK
    assert tuple(picture[50, 92]) == INK


def test_words_say_how() -> None:
    """Button, count, modifiers and text are in the label."""
    assert label(Click(point=AT, button="right", modifiers=("ctrl",))) == "ctrl+right click"
    assert label(Click(point=AT, count=3)) == "triple click"
    assert label(TypeText(text="hi", submit=True)) == "type 'hi' and press enter"
    assert label(Key(keys="control+S")) == "press ctrl+s"


def test_pictures_are_written_in_order(tmp_path: Path) -> None:
    """Each action's picture is a file named by its number and kind, and the receipt says which."""

    class Still:
        def grab(self) -> Frame:
            return FRAME

    executor = DryRunExecutor(Still(), tmp_path / "dry")  # type: ignore[arg-type]  # it needs grab alone
    details = [executor.perform(action).detail for action in (Click(point=AT), Key(keys="enter"))]
    assert [Path(detail).name for detail in details] == ["001-click.png", "002-key.png"]
    with Image.open(details[0]) as saved:
        assert saved.size == (320, 200)
