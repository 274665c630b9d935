"""Words to targets on real screenshots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vl2agent.capture.files import load_frame
from vl2agent.contracts import Perception
from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.perception.embedded import OcrPerception
from vl2agent.steps import Frame, Window

Screens = Callable[[str], Frame]
SETTINGS, LOGIN = "chromium-settings-appearance", "sb-admin-2-login"


@pytest.mark.parametrize(
    ("name", "words", "box"),
    [
        (SETTINGS, 'the "Use GTK" button', (832, 135, 917, 171)),
        (SETTINGS, "search box: Search settings", (385, 17, 1037, 39)),
        (SETTINGS, "Mode selector", (813, 241, 1013, 277)),
        (SETTINGS, "the Show home button switch", (987, 308, 1013, 324)),
        (SETTINGS, "the Bookmarks bar drop-down", (813, 356, 1013, 392)),
        (LOGIN, "text box for Enter Email Address", (700, 149, 1045, 199)),
        (LOGIN, "Password input field", (700, 215, 1045, 265)),
    ],
)
def test_a_click_lands_on_the_widget(
    perception: OcrPerception, screen: Screens, name: str, words: str, box: tuple[int, int, int, int]
) -> None:
    """The point lies in the box that the page itself reports."""
    assert ScreenBox(*box).contains(perception.locate(words, screen(name)).point)


@pytest.mark.parametrize(
    ("words", "box"), [("Window Manager", (580, 200, 740, 244)), ("search field", (665, 76, 825, 106))]
)
def test_the_settings_manager_is_understood(
    perception: OcrPerception, words: str, box: tuple[int, int, int, int]
) -> None:
    """Of two labels that begin alike the whole one is meant; a magnifying glass makes an entry a search field."""
    frame = load_frame(Path(__file__).parents[3] / "examples/settings.png")
    assert ScreenBox(*box).contains(perception.locate(words, frame).point)


@pytest.mark.parametrize("words", ["Save as", "the Print button", "text box for Phone", "menu item Paste"])
def test_what_is_not_there_is_refused(perception: OcrPerception, screen: Screens, words: str) -> None:
    """No target is better than a wrong one."""
    with pytest.raises(TargetNotFound):
        perception.locate(words, screen(LOGIN))


def test_two_equal_things_are_ambiguous(perception: OcrPerception, screen: Screens) -> None:
    """The error holds them all, and an ordinal or a relation chooses."""
    frame = _twice(screen(LOGIN))
    with pytest.raises(AmbiguousTarget) as caught:
        perception.locate("Forgot Password?", frame)
    first, second = sorted(caught.value.candidates, key=lambda target: target.point.y)
    assert perception.locate("first Forgot Password?", frame).point == first.point
    assert perception.locate("second Forgot Password?", frame).point == second.point
    assert perception.locate("the last Forgot Password? link", frame).point == second.point


def test_a_window_in_front_is_meant(perception: OcrPerception, screen: Screens) -> None:
    """Of two equal things the one in the topmost window is taken."""
    frame = _twice(screen(LOGIN))
    half = ScreenBox(0, 0, frame.region.width // 2, frame.region.bottom)
    window = Window(title="left", app="test", box=half, active=True)
    in_front = Frame(frame.pixels, frame.region, 0.0, windows=(window,))
    assert half.contains(perception.locate("Forgot Password?", in_front).point)


def test_a_relation_finds_a_nameless_field(perception: OcrPerception, screen: Screens) -> None:
    """'The field below X' needs no name."""
    target = perception.locate("the field below Enter Email Address", screen(LOGIN))
    assert ScreenBox(700, 215, 1045, 265).contains(target.point)


def test_everything_that_fits_comes_best_first(perception: OcrPerception, screen: Screens) -> None:
    """`find` never raises, and confidence does not rise."""
    found = perception.find("Show home button", screen(SETTINGS))
    confidences = [target.confidence for target in found]
    assert confidences == sorted(confidences, reverse=True)
    assert not perception.find("Zebra crossing", screen(SETTINGS))


def test_elements_have_roles(perception: OcrPerception, screen: Screens) -> None:
    """Buttons, lists, entries and headings are told apart by their form."""
    roles = {element.text: element.role for element in perception.elements(screen(SETTINGS))}
    assert roles["Use GTK"] == "button"
    assert roles["Horizontal"] == "combo box"
    assert roles["Settings"] == "heading"


def test_a_part_of_the_screen_is_read(perception: OcrPerception, screen: Screens) -> None:
    """Only texts with their middle inside."""
    assert perception.text_in(ScreenBox(360, 190, 800, 230), screen(SETTINGS)) == "Customize your toolbar"


def test_a_frame_off_the_origin_gives_screen_points(perception: OcrPerception, screen: Screens) -> None:
    """A second monitor's points are the desktop's, also left of the first one."""
    image = screen(LOGIN).image
    there = Frame.from_image(image, origin=ScreenPoint(-1280, 40))
    here, moved = perception.locate("Login", screen(LOGIN)), perception.locate("Login", there)
    assert (moved.point.x, moved.point.y) == (here.point.x - 1280, here.point.y + 40)


def test_it_is_a_perception(perception: OcrPerception) -> None:
    """The contract holds for mypy, and for whoever calls its four methods."""
    contract: Perception = perception
    assert all(callable(getattr(contract, name)) for name in ("locate", "find", "elements", "text_in"))


def _twice(frame: Frame) -> Frame:
    """Copy the links at the foot of the login form to its upper left."""
    image = frame.image.copy()
    image.paste(image.crop((700, 520, 1045, 580)), (200, 400))
    return Frame.from_image(image)
