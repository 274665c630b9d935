"""What programs say of themselves, as places: what is covered is not seen, and what they do not say is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from vl2agent.bench.truth import Truth
from vl2agent.geometry import ScreenBox
from vl2agent.perception.embedded import OcrPerception
from vl2agent.sandbox.accessibility import Accessibility
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Frame

pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def reader() -> OcrPerception:
    """Load the networks once."""
    return OcrPerception()


@pytest.fixture
def truth(accessibility: Accessibility, reader: OcrPerception) -> Truth:
    """Look into the shared desktop's programs."""
    return Truth(accessibility, reader)


def shown(desktop: Sandbox, *commands: str) -> Frame:
    """Open windows, one after the other, and look."""
    for number, command in enumerate(commands, start=1):
        desktop.launch(command)
        give_up = time.monotonic() + 10
        while len(desktop.windows()) < number and time.monotonic() < give_up:
            time.sleep(0.1)
        desktop.settled()
    return desktop.settled().frame


def test_names_and_roles_come_from_the_programs(sandbox: Sandbox, truth: Truth) -> None:
    """Buttons, menus and fields by what they are called."""
    frame = shown(sandbox, "galculator")
    assert [(t.text, t.role, t.source) for t in truth.find("sqrt", frame)] == [("sqrt", "button", "tree")]
    assert truth.locate("the File menu", frame).role == "menu"


def test_what_another_window_covers_is_not_there(sandbox: Sandbox, truth: Truth) -> None:
    """The tree says of a covered window that it shows; the list of windows knows better."""
    frame = shown(sandbox, "mousepad", "thunar")
    on_top = frame.windows[0].box
    menus = [target for target in truth.find("View", frame) if target.source == "tree"]
    assert [on_top.contains(target.point) for target in menus] == [True]


def test_icons_that_the_tree_does_not_have_are_read(sandbox: Sandbox, truth: Truth) -> None:
    """Settings are shown as icons that no program tells of."""
    frame = shown(sandbox, "xfce4-settings-manager")
    assert truth.locate("Appearance", frame).source == "ocr"


def test_a_field_is_called_as_the_label_beside_it(sandbox: Sandbox, truth: Truth) -> None:
    """Programs seldom name their fields."""
    frame = shown(sandbox, "xfwm4-workspace-settings")
    found = truth.locate("'Number of workspaces' field", frame)
    assert (found.role, found.source) == ("spin box", "tree")


@pytest.fixture
def large(new_sandbox: Callable[..., Sandbox]) -> Sandbox:
    """Start a desktop of twice the pixels."""
    return new_sandbox((1600, 1200), scale=2)


def test_boxes_are_in_the_screens_own_pixels(large: Sandbox, reader: OcrPerception) -> None:
    """Programs tell logical pixels; reading the same place gives the same name."""
    frame = shown(large, "mousepad")
    with Accessibility(large) as tree:
        found = Truth(tree, reader).locate("Document", frame)
    assert found.source == "tree"
    assert reader.text_in(found.box, frame) == "Document"


def test_the_tree_is_walked_once_for_a_picture(sandbox: Sandbox, accessibility: Accessibility) -> None:
    """A plan and the places it names are about one picture."""
    walks = list[int]()

    class Counting(Accessibility):
        def __init__(self) -> None:
            pass

        def showing(self, app: str = "", role: str = "") -> list[object]:  # type: ignore[override]
            walks.append(1)
            return list(accessibility.showing(app, role))

    class Blind:
        def find(self, words: str, frame: Frame) -> list[object]:
            return []

    frame, truth = sandbox.settled().frame, Truth(Counting(), Blind())  # type: ignore[arg-type]
    truth.find("Applications", frame)
    truth.find("Terminal Emulator", replace(frame))
    assert len(walks) == 1
    truth.find("Applications", frame.crop(ScreenBox(0, 0, 300, 300)))
    assert len(walks) == 2
