"""A dry run checks, draws and sends nothing (that nothing is sent: test_contract.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from vl2agent.actions import Action, Click, Drag, Key, Scroll, TypeText, Zoom
from vl2agent.capture.files import ImageScreen
from vl2agent.errors import CoordinateError, KeyNameError, RecordingError, TextNotTypable
from vl2agent.executor.drawing import draw_action
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.geometry import ScreenBox, ScreenPoint

GREY = (90, 90, 90)


@pytest.fixture
def screen(tmp_path: Path) -> ImageScreen:
    """A grey screen of 400x300."""
    file = tmp_path / "screen.png"
    Image.new("RGB", (400, 300), GREY).save(file)
    return ImageScreen(file)


def changed(picture: Image.Image) -> NDArray[np.bool_]:
    """Where a picture is no longer grey."""
    differs: NDArray[np.bool_] = np.not_equal(np.asarray(picture), GREY).any(axis=2)
    return differs


@pytest.mark.parametrize(
    ("action", "place"),
    [
        (Click(point=ScreenPoint(100, 80)), (86, 66, 115, 95)),
        (Drag(start=ScreenPoint(60, 200), end=ScreenPoint(300, 220)), (60, 198, 301, 223)),
        (Scroll(point=ScreenPoint(200, 100), direction="up"), (198, 44, 203, 101)),
        (Zoom(box=ScreenBox(50, 40, 350, 250)), (50, 40, 350, 250)),
        (Key(keys="ctrl+s"), (150, 275, 250, 300)),
        (TypeText(text="日本語 " * 40), (0, 275, 400, 300)),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_the_picture_shows_where(action: Action, place: tuple[int, int, int, int], screen: ImageScreen) -> None:
    """Something is drawn right there, and the rest of the screen is still to be seen."""
    executor = DryRunExecutor(screen)
    executor.perform(action)
    assert executor.picture is not None
    drawn = changed(executor.picture)
    left, top, right, bottom = place
    assert drawn[top:bottom, left:right].any()
    assert drawn.mean() < 0.15


def test_words_stay_on_the_picture() -> None:
    """A label at the last pixel is moved inside."""
    picture = draw_action(Image.new("RGB", (400, 300), GREY), Click(point=ScreenPoint(399, 299), button="right"))
    assert changed(picture)[280:, 300:].mean() > 0.5


def test_points_are_measured_from_the_screens_own_origin() -> None:
    """A screen left of the first one has negative points."""
    picture = draw_action(
        Image.new("RGB", (400, 300), GREY), Click(point=ScreenPoint(-300, 100)), origin=ScreenPoint(-400, 0)
    )
    assert changed(picture)[100, 90:110].all()


def test_pictures_are_saved_in_order(screen: ImageScreen, tmp_path: Path) -> None:
    """Each has a number and its action in its name, and the receipt has its path."""
    executor = DryRunExecutor(screen, tmp_path / "dry")
    receipts = [executor.perform(action) for action in (Click(point=ScreenPoint(9, 9)), Key(keys="f5"))]
    assert [Path(receipt.detail).name for receipt in receipts] == ["0001-click.png", "0002-key.png"]
    for receipt in receipts:
        with Image.open(receipt.detail) as picture:
            assert picture.size == (400, 300)


def test_a_folder_that_cannot_be_written_is_a_recording_error(screen: ImageScreen, tmp_path: Path) -> None:
    """A file is where the folder should be."""
    (tmp_path / "dry").write_text("")
    with pytest.raises(RecordingError):
        DryRunExecutor(screen, tmp_path / "dry").perform(Key(keys="f5"))


def test_without_a_screen_everything_but_the_place_is_checked() -> None:
    """Keys and text are refused as ever; nothing is drawn."""
    executor = DryRunExecutor()
    assert executor.perform(Click(point=ScreenPoint(9000, 9000))).delivery == "dry"
    assert executor.picture is None
    with pytest.raises(KeyNameError):
        executor.perform(Key(keys="nokey"))
    with pytest.raises(TextNotTypable):
        executor.perform(TypeText(text="\x00"))


def test_with_a_screen_points_must_be_on_it(screen: ImageScreen) -> None:
    """The last pixel is fine, the one after it is not."""
    executor = DryRunExecutor(screen)
    assert executor.perform(Click(point=ScreenPoint(399, 299))).delivery == "dry"
    assert executor.cursor() == ScreenPoint(399, 299)
    with pytest.raises(CoordinateError):
        executor.perform(Click(point=ScreenPoint(400, 299)))
