"""What a step came to: where something changed, what went away, what can be read that could not be read before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from vl2agent.geometry import ScreenBox
from vl2agent.loop.judge import judge
from vl2agent.perception.embedded import OcrPerception
from vl2agent.steps import Frame, Receipt, Settled, Target

SENT = Receipt(delivery="sent", duration_s=0.0)
BUTTON = ScreenBox(100, 100, 180, 130)


def draw(
    *texts: tuple[tuple[int, int], str], boxes: Sequence[ScreenBox] = (), ink: str = "black", paper: str = "white"
) -> Frame:
    """Paint a screen with texts, and outlines for boxes."""
    image = Image.new("RGB", (640, 400), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    for box in boxes:
        pen.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline="black", fill=paper)
    for place, text in texts:
        pen.text(place, text, ink, font=font)
    return Frame.from_image(image)


def settled(frame: Frame) -> Settled:
    """Say that it stands still."""
    return Settled(frame, "settled", 0.3)


def at(box: ScreenBox, text: str = "") -> Target:
    """Aim there."""
    return Target(words=text or "it", box=box, point=box.center, confidence=1.0, text=text)


class Reader(OcrPerception):
    """Counts what it is asked to read."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[ScreenBox] = []

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read, and note it."""
        self.asked.append(box)
        return super().text_in(box, frame)


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Load the networks once."""
    return Reader()


PLAIN = draw(((110, 104), "Start"), boxes=[BUTTON])


def test_a_change_at_the_target_is_expected() -> None:
    """The target's own picture, or what opens beside it."""
    menu = draw(((110, 104), "Start"), boxes=[BUTTON, ScreenBox(100, 140, 260, 300)])
    verdict = judge(PLAIN, settled(menu), SENT, target=at(BUTTON))
    assert (verdict.outcome, verdict.effects) == ("changed", ("where expected",))


def test_a_change_far_from_the_target_is_elsewhere() -> None:
    """Something happened, but not where the click was."""
    dialog = draw(((110, 104), "Start"), boxes=[BUTTON, ScreenBox(400, 200, 600, 380)])
    assert judge(PLAIN, settled(dialog), SENT, target=at(BUTTON)).effects == ("elsewhere",)


def test_both_ends_of_a_drag_are_expected() -> None:
    """A drag changes things where it ends as well."""
    moved = draw(((110, 104), "Start"), boxes=[BUTTON, ScreenBox(400, 200, 600, 380)])
    verdict = judge(PLAIN, settled(moved), SENT, target=at(BUTTON), destination=at(ScreenBox(390, 190, 420, 220)))
    assert verdict.effects == ("where expected",)


def test_without_a_target_a_change_is_expected_anywhere() -> None:
    """A key goes to what has the focus, wherever that is."""
    typed = draw(((110, 104), "Start"), ((400, 300), "hello"), boxes=[BUTTON])
    assert judge(PLAIN, settled(typed), SENT).effects == ("where expected",)


def test_the_same_picture_is_unchanged_and_has_no_effects() -> None:
    """Nothing is read for it either."""
    again = draw(((110, 104), "Start"), boxes=[BUTTON])
    verdict = judge(PLAIN, settled(again), SENT, target=at(BUTTON))
    assert (verdict.outcome, verdict.effects, verdict.appeared) == ("unchanged", (), "")


@pytest.mark.parametrize("reading", [False, True], ids=["pixels alone", "with a reader"])
def test_a_target_that_went_away_is_gone(reader: Reader, reading: bool) -> None:
    """Its text and its picture are no longer there."""
    verdict = judge(PLAIN, settled(draw()), SENT, target=at(BUTTON, "Start"), reader=reader if reading else None)
    assert verdict.effects == ("where expected", "target gone")


@pytest.mark.parametrize(
    "look", [{"paper": "gainsboro"}, {"paper": "black", "ink": "white"}], ids=["pressed", "selected"]
)
def test_a_target_that_only_looks_different_is_not_gone(look: dict[str, str]) -> None:
    """Pressed, highlighted or selected, it is still there; no reader is needed to see that."""
    other = draw(((110, 104), "Start"), boxes=[BUTTON], **look)
    assert judge(PLAIN, settled(other), SENT, target=at(BUTTON, "Start")).effects == ("where expected",)


def test_a_target_that_moved_by_a_pixel_is_not_gone() -> None:
    """Buttons give way when they are pressed."""
    other = draw(((111, 105), "Start"), boxes=[BUTTON])
    assert judge(PLAIN, settled(other), SENT, target=at(BUTTON, "Start")).effects == ("where expected",)


def test_a_target_whose_text_stays_is_not_gone(reader: Reader) -> None:
    """A row that is drawn quite differently and still says the same is the same row."""
    other = draw(((128, 106), "Start"), boxes=[BUTTON], paper="navy", ink="yellow")
    assert "target gone" not in judge(PLAIN, settled(other), SENT, target=at(BUTTON, "Start"), reader=reader).effects


def test_text_that_appeared_is_told(reader: Reader) -> None:
    """New lines in reading order, and none that stood there before."""
    before = draw(((40, 40), "Documents"), ((40, 200), "Untitled"))
    after = draw(((40, 40), "Documents"), ((40, 200), "Saved as notes"), ((300, 300), "Close window"))
    verdict = judge(before, settled(after), SENT, reader=reader)
    assert verdict.effects == ("where expected", "text appeared")
    assert verdict.appeared == "Saved as notes / Close window"


def test_text_that_only_moved_did_not_appear(reader: Reader) -> None:
    """Scrolling shows again what was there."""
    before, after = (
        draw(((40, 40), "Alpha row"), ((40, 80), "Beta row")),
        draw(((40, 80), "Alpha row"), ((40, 120), "Beta row")),
    )
    assert judge(before, settled(after), SENT, reader=reader).appeared == ""


def test_what_appeared_is_cut_short(reader: Reader) -> None:
    """A page full of text is not handed to a planner."""
    page = draw(*(((20, 20 + 30 * row), f"line number {row} of many words") for row in range(11)))
    verdict = judge(draw(), settled(page), SENT, reader=reader)
    assert len(verdict.appeared) <= 120
    assert verdict.appeared.endswith("…")


def test_only_what_changed_is_read() -> None:
    """And nothing at all where nothing changed, or while it still moves."""
    reader = Reader()
    after = draw(((110, 104), "Start"), ((400, 300), "hello"), boxes=[BUTTON])
    judge(PLAIN, settled(PLAIN), SENT, reader=reader)
    judge(PLAIN, Settled(after, "moving", 3.0), SENT, reader=reader)
    judge(PLAIN, settled(after), Receipt(delivery="dry", duration_s=0.0), reader=reader)
    assert reader.asked == []
    verdict = judge(PLAIN, settled(after), SENT, reader=reader)
    assert set(reader.asked) == set(verdict.changed)


def test_a_large_target_is_compared_in_samples() -> None:
    """A picture that changed all over, with a target as large as the screen, is judged by pixels alone."""
    random = np.random.default_rng(0)
    region = ScreenBox(0, 0, 1920, 1080)
    before, after = (Frame(random.integers(0, 256, (1080, 1920, 4), np.uint8), region, 0.0) for _ in range(2))
    verdict = judge(before, settled(after), SENT, target=at(ScreenBox(0, 0, 1900, 1000)))
    assert verdict.effects == ("where expected", "target gone")


def test_a_screen_of_another_size_changed_everywhere() -> None:
    """A resolution that changes under way is a change, and no error."""
    small = Frame.from_image(Image.new("RGB", (320, 200), "white"))
    verdict = judge(PLAIN, settled(small), SENT, target=at(BUTTON))
    assert verdict.outcome == "changed"
