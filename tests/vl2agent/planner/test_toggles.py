"""Whether a check box or a switch is on, from its pixels."""

from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw

from vl2agent.actions import Fail
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.planner.clauses import Check
from vl2agent.planner.pointing import check
from vl2agent.planner.progress import Act, Progress, Ticked
from vl2agent.planner.sight import Sight
from vl2agent.planner.toggles import has_tick, is_colored
from vl2agent.steps import Element, Frame, Target

BOX = ScreenBox(10, 10, 26, 26)


def check_box(paper: str, ink: str, *, ticked: bool) -> Frame:
    """Draw a check box of 16 pixels."""
    image = Image.new("RGB", (60, 40), "#d6d6d6")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((10, 10, 25, 25), 3, fill=paper, outline="#888888")
    if ticked:
        draw.line([(13, 18), (17, 22), (23, 13)], fill=ink, width=2)
    return Frame.from_image(image)


@pytest.mark.parametrize(("paper", "ink"), [("white", "#3a3a3a"), ("#3584e4", "white"), ("#2d2d2d", "#eeeeee")])
def test_a_tick_is_seen_in_any_theme(paper: str, ink: str) -> None:
    """Dark on white, white on blue, light on dark; an empty box is empty."""
    assert has_tick(check_box(paper, ink, ticked=True), BOX) is True
    assert has_tick(check_box(paper, ink, ticked=False), BOX) is False


@pytest.mark.parametrize(
    ("paper", "on"), [("#3584e4", True), ("#15539e", True), ("#d5d0cc", False), ("#333333", False)]
)
def test_a_switch_that_is_on_has_a_color(paper: str, on: bool) -> None:
    """Gray is off, whatever the theme's color for on."""
    image = Image.new("RGB", (80, 40), "white")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((10, 8, 57, 31), 12, fill=paper)
    draw.ellipse((34 if on else 11, 9, 55 if on else 32, 30), fill="#f8f8f8")
    assert is_colored(Frame.from_image(image), ScreenBox(10, 8, 58, 32)) is on


def test_what_lies_off_the_frame_has_no_state() -> None:
    """No pixels, no answer."""
    frame = check_box("white", "black", ticked=True)
    assert has_tick(frame, ScreenBox(500, 500, 516, 516)) is None


class OneBox:
    """Perception of the one check box that is drawn here."""

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """The box with its label."""
        label = ScreenBox(10, 10, 58, 26)
        return [Target(words=words, box=label, point=ScreenPoint(18, 18), confidence=0.9, text="All", role="check box")]

    def locate(self, words: str, frame: Frame) -> Target:
        """The same."""
        return self.find(words, frame)[0]

    def elements(self, frame: Frame) -> Sequence[Element]:
        """Are not asked."""
        return ()

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Is not asked."""
        return ""


def test_a_box_that_stays_as_it_was_is_not_reached() -> None:
    """After the second click it still reads otherwise: that is said, not taken as done."""
    sight = Sight(check_box("white", "black", ticked=True), OneBox())
    again = Progress(stage="again")
    answer = check(Check(target="All", on=False), again, sight)
    assert isinstance(answer, Act)
    assert answer.intent == Fail(reason="All still looks on")
    assert isinstance(check(Check(target="All", on=True), again, sight), Ticked)
