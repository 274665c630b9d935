"""What cannot be known counts against the action: rules that ask or deny fit, rules that allow do not."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from vl2agent.actions import Action, Click, Drag, Key, TypeText
from vl2agent.errors import CaptureError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rule
from vl2agent.steps import Frame, Window

HERE, THERE = ScreenPoint(50, 50), ScreenPoint(350, 50)
LEFT, RIGHT = ScreenBox(0, 0, 200, 200), ScreenBox(200, 0, 400, 200)
BLANK = Frame.from_image(Image.new("RGB", (400, 400)))
CLICK = Click(point=HERE)


def seen(*windows: Window) -> Frame:
    """A frame with windows."""
    return Frame(BLANK.pixels, BLANK.region, 0.0, windows=windows)


def page(url: str, app: str = "chromium") -> Frame:
    """A frame with one window that shows a page."""
    return seen(Window(title="", app=app, box=LEFT, active=True, url=url))


def said(action: Action, frame: Frame, **names: Any) -> str:
    """What a policy of one rule says to an action; what the rule says not is 'default'."""
    rule = Rule.model_validate({"name": "r", **names})
    policy = RulePolicy([rule], builtin=False, default="deny" if rule.verdict == "allow" else "allow")
    decision = policy.decide(action, frame)
    return decision.verdict if decision.rule == "r" else "default"


@pytest.mark.parametrize(
    "names", [{"window": "x"}, {"app": "x"}, {"domains": ["x.example"]}, {"region": [0, 0, 9, 9], "of": "window"}]
)
@pytest.mark.parametrize("action", [CLICK, Key(keys="a"), TypeText(text="a")])
def test_without_windows_what_denies_fits_and_what_allows_does_not(names: dict[str, Any], action: Action) -> None:
    """A platform that tells no windows opens no door."""
    expected = "default" if "region" in names and action is not CLICK else "deny"
    assert said(action, BLANK, verdict="deny", **names) == expected
    assert said(action, BLANK, verdict="allow", **names) == "default"


def test_text_that_cannot_be_read_counts_against() -> None:
    """None is no reading; '' is one, of nothing."""
    rule = Rule.model_validate({"verdict": "deny", "name": "r", "text": "buy"})
    readings: dict[str | None, str] = {None: "deny", "": "allow", "Buy": "deny"}
    said = {}
    for reading in readings:

        def read(point: ScreenPoint, frame: Frame, reading: str | None = reading) -> str | None:
            return reading

        said[reading] = RulePolicy([rule], builtin=False, text_at=read).decide(CLICK, BLANK).verdict
    assert said == readings


def test_a_reader_that_fails_counts_against() -> None:
    """Its error is no way around a rule, and the reason says what was unknown."""

    def fails(point: ScreenPoint, frame: Frame) -> str:
        raise CaptureError("gone")

    rule = Rule.model_validate({"name": "r", "verdict": "ask", "text": "buy"})
    decision = RulePolicy([rule], builtin=False, text_at=fails).decide(CLICK, BLANK)
    assert decision.verdict == "ask"
    assert "cannot be read" in decision.reason


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (page("https://evil.example/"), "deny"),
        (page("https://good.example/"), "default"),
        (page("data:text/html,x"), "deny"),
        (page(""), "deny"),
        (page("", app="mousepad"), "default"),
        (page("", app=""), "deny"),
    ],
)
def test_a_browser_that_does_not_tell_its_page_may_show_any(frame: Frame, expected: str) -> None:
    """Other applications show none."""
    assert said(CLICK, frame, verdict="deny", domains=["evil.example"]) == expected
    assert said(TypeText(text="x"), frame, verdict="deny", domains=["evil.example"]) == expected


def test_an_unnamed_application_may_be_any() -> None:
    """A window without a class is not known to be another one."""
    frame = seen(Window(title="t", app="", box=LEFT, active=True))
    assert said(CLICK, frame, verdict="deny", app="keepass") == "deny"
    assert said(CLICK, frame, verdict="allow", app="keepass") == "default"


def test_of_a_drag_either_end_denies_and_both_allow() -> None:
    """What is dragged into a place is as good as clicked there."""
    frame = seen(Window(title="a", app="a", box=LEFT, active=True), Window(title="b", app="b", box=RIGHT))
    for drag in (Drag(start=HERE, end=THERE), Drag(start=THERE, end=HERE)):
        assert said(drag, frame, verdict="deny", window="^b$") == "deny"
        assert said(drag, frame, verdict="allow", window="^b$") == "default"
        assert said(drag, frame, verdict="allow", window="^[ab]$") == "allow"
        assert said(drag, frame, verdict="allow", region=[0, 0, 200, 200]) == "default"


def test_what_is_named_of_a_place_must_hold_at_one_place() -> None:
    """One end in the window and the other in the region is neither."""
    frame = seen(Window(title="a", app="a", box=LEFT), Window(title="b", app="b", box=RIGHT))
    drag = Drag(start=HERE, end=THERE)
    assert said(drag, frame, verdict="deny", window="^a$", region=[200, 0, 400, 200]) == "default"
    assert said(drag, frame, verdict="deny", window="^b$", region=[200, 0, 400, 200]) == "deny"


def test_a_region_of_a_window_moves_with_it() -> None:
    """Pixels and parts are measured from the window's corner."""
    frame = seen(Window(title="b", app="b", box=RIGHT))
    for region in ([0, 0, 200, 60], ["0%", "0%", "100%", "30%"], [150, 50, 151, 51]):
        assert said(Click(point=THERE), frame, verdict="deny", region=region, of="window") == "deny"
    assert said(Click(point=THERE), frame, verdict="deny", region=[0, 0, 150, 60], of="window") == "default"
    assert said(Click(point=HERE), frame, verdict="deny", region=[0, 0, 200, 60], of="window") == "default"


def test_the_desktop_is_no_window() -> None:
    """It can be named, and is not unknown."""
    frame = seen(Window(title="b", app="b", box=RIGHT))
    assert said(CLICK, frame, verdict="deny", window="^$") == "deny"
    assert said(CLICK, frame, verdict="deny", window="b") == "default"


@pytest.mark.parametrize("keys", ["Delete+Alt+Control", "ctrl-alt-delete", "Ctrl Alt Del", "nonsense+delete"])
def test_a_chord_in_any_order_is_the_same_and_an_unknown_one_counts_against(keys: str) -> None:
    """No spelling leads around the packaged rules."""
    assert RulePolicy().decide(Key(keys=keys), BLANK).rule == "the screen's own keys"


def test_more_modifiers_are_no_way_around() -> None:
    """The screen's own keys are out of reach with shift held too."""
    for keys in ("ctrl+alt+shift+delete", "ctrl+shift+alt+f3", "super+ctrl+alt+backspace"):
        assert RulePolicy().decide(Key(keys=keys), BLANK).verdict == "deny"


def test_alt_f4_needs_a_window() -> None:
    """On a bare desktop it ends the session."""
    frame = seen(Window(title="b", app="b", box=RIGHT, active=True))
    assert RulePolicy().decide(Key(keys="alt+f4"), BLANK).rule == "closing the desktop"
    assert RulePolicy().decide(Key(keys="alt+f4"), frame).verdict == "allow"


def test_a_bare_desktop_is_not_unknown() -> None:
    """Where the platform tells that there is no window, rules about windows have nothing to say."""
    bare = Frame(BLANK.pixels, BLANK.region, 0.0, tells_windows=True)
    for names in ({"window": "x"}, {"app": "x"}, {"domains": ["x.example"]}):
        assert said(CLICK, bare, verdict="deny", **names) == "default"
        assert said(TypeText(text="a"), bare, verdict="deny", **names) == "default"
    assert said(CLICK, bare, verdict="deny", window="^$") == "deny"
    assert RulePolicy().decide(Key(keys="alt+f4"), bare).rule == "closing the desktop"
