"""Words become places on the frame that was planned on, wherever that lies."""

from __future__ import annotations

import pytest
from PIL import Image

from vl2agent.actions import Scroll
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.loop.aim import aim
from vl2agent.loop.draft import Draft
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.steps import Frame, Plan, ScrollIntent, Window

TWO_MONITORS = Frame.from_image(Image.new("RGB", (400, 100)), origin=ScreenPoint(-200, 0))


def scrolled(*windows: Window) -> Scroll:
    """Scroll over nothing in particular."""
    frame = Frame(TWO_MONITORS.pixels, TWO_MONITORS.region, 0.0, windows=windows)
    action = aim(Draft(1, frame, Plan(intent=ScrollIntent()), 0.0), VL2Perception(Model(ScriptedBackend())))
    assert isinstance(action, Scroll)
    return action


@pytest.mark.parametrize(
    ("box", "point"),
    [
        (ScreenBox(-200, 0, 0, 100), ScreenPoint(-101, 49)),
        (ScreenBox(100, 20, 300, 120), ScreenPoint(149, 59)),
        (ScreenBox(500, 0, 600, 100), ScreenPoint(-1, 49)),
    ],
    ids=["on the left monitor", "partly on the screen", "beside it"],
)
def test_the_wheel_turns_over_the_window_in_use(box: ScreenBox, point: ScreenPoint) -> None:
    """The middle of two monitors is the edge between them; a window that is nowhere to be seen does not count."""
    behind = Window(title="b", app="b", box=ScreenBox(0, 0, 50, 50))
    assert scrolled(behind, Window(title="a", app="a", box=box, active=True)).point == point


def test_without_windows_it_turns_over_the_middle() -> None:
    """Where the platform does not tell of them."""
    assert scrolled().point == TWO_MONITORS.region.center
