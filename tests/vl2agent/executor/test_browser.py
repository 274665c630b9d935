"""Acting on a page: the page's own events say what arrived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from vl2agent.actions import Action, Click, Done, Drag, Key, Modifier, Move, Scroll, TypeText, Wait, Zoom
from vl2agent.errors import CoordinateError, ExecutionError, KeyNameError, TextNotTypable
from vl2agent.executor.browser import PageExecutor
from vl2agent.executor.keys import KEY_NAMES
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.sandbox.browser import BrowserSandbox

pytestmark = pytest.mark.display

HTML = """<!doctype html><meta charset="utf-8"><title>Events</title>
<body style="margin: 0; height: 4000px; width: 4000px">
<textarea id="text" style="position: fixed; left: 10px; top: 200px; width: 300px; height: 80px"></textarea>
<div id="free" draggable="true" style="position: fixed; left: 10px; top: 300px; width: 40px; height: 40px"></div>
<div id="hole" style="position: fixed; left: 200px; top: 300px; width: 80px; height: 80px"></div>
<script>
window.seen = [];
const names = "mousedown mouseup click dblclick contextmenu auxclick mousemove keydown keyup wheel dragstart drop".split(" ");
for (const name of names) addEventListener(name, event => {
  if (name == "contextmenu") event.preventDefault();
  seen.push({
    name, x: event.clientX, y: event.clientY, button: event.button, count: event.detail, key: event.key,
    right: event.deltaX, down: event.deltaY,
    held: ["ctrl", "shift", "alt", "meta"].filter(key => event[key + "Key"]).join("+"),
  });
});
addEventListener("dragover", event => event.preventDefault());
</script>"""

POINT = ScreenPoint(120, 90)


@pytest.fixture(scope="module")
def shared() -> Iterator[BrowserSandbox]:
    """One browser whose page writes down every event."""
    with BrowserSandbox(html=HTML, size=(400, 400)) as sandbox:
        yield sandbox


@pytest.fixture
def browser(shared: BrowserSandbox) -> BrowserSandbox:
    """The page, loaded anew."""
    shared.on_page(lambda page: page.reload() and None)
    return shared


def events(browser: BrowserSandbox, *names: str) -> list[dict[str, Any]]:
    """What the page has seen, of these kinds, in order."""
    seen: list[dict[str, Any]] = browser.on_page(lambda page: page.evaluate("seen"))
    return [event for event in seen if event["name"] in names]


def typed(browser: BrowserSandbox) -> str:
    """What is in the text area."""
    return browser.on_page(lambda page: page.input_value("#text"))


def focus(browser: BrowserSandbox) -> None:
    """Put the caret into the text area."""
    browser.on_page(lambda page: page.focus("#text"))


@pytest.mark.parametrize(("button", "number"), [("left", 0), ("middle", 1), ("right", 2)])
def test_a_click_lands_on_its_point(browser: BrowserSandbox, button: Any, number: int) -> None:
    """Each button goes down and up where it was meant to."""
    receipt = browser.perform(Click(point=POINT, button=button))
    down, up = events(browser, "mousedown", "mouseup")
    assert (down["x"], down["y"], down["button"]) == (up["x"], up["y"], up["button"]) == (120, 90, number)
    assert (receipt.delivery, receipt.route) == ("sent", "devtools")
    assert browser.cursor() == POINT


def test_counts_make_double_and_triple_clicks(browser: BrowserSandbox) -> None:
    """The page sees one double click, not two single ones; three select a line."""
    browser.perform(Click(point=POINT, count=3))
    assert [event["count"] for event in events(browser, "click")] == [1, 2, 3]
    assert len(events(browser, "dblclick")) == 1


def test_modifiers_are_held_for_the_click_only(browser: BrowserSandbox) -> None:
    """Held keys are seen by the click and are up after it."""
    modifiers: tuple[Modifier, ...] = ("ctrl", "shift", "alt", "super")
    browser.perform(Click(point=POINT, modifiers=modifiers))
    browser.perform(Click(point=POINT))
    first, second = events(browser, "click")
    assert (first["held"], second["held"]) == ("ctrl+shift+alt+meta", "")


def test_a_drag_moves_between_its_ends(browser: BrowserSandbox) -> None:
    """The page sees the button down, motion, and the button up."""
    browser.perform(Drag(start=ScreenPoint(100, 100), end=ScreenPoint(160, 130)))
    seen = events(browser, "mousedown", "mousemove", "mouseup")
    inside = [event["name"] for event in seen][1:]  # the first motion goes to the start
    assert inside[0] == "mousedown"
    assert inside[-1] == "mouseup"
    assert inside.count("mousemove") >= 3
    assert (seen[-1]["x"], seen[-1]["y"]) == (160, 130)


def test_a_drag_drops_what_it_took(browser: BrowserSandbox) -> None:
    """The page's own drag and drop works, not only motion."""
    browser.perform(Drag(start=ScreenPoint(30, 320), end=ScreenPoint(240, 340)))
    assert [event["name"] for event in events(browser, "dragstart", "drop")] == ["dragstart", "drop"]


@pytest.mark.parametrize(("direction", "x", "y"), [("down", 0, 1), ("up", 0, -1), ("right", 1, 0), ("left", -1, 0)])
def test_each_notch_is_one_wheel_event(browser: BrowserSandbox, direction: Any, x: int, y: int) -> None:
    """Four directions, as many events as notches, at the point."""
    browser.perform(Scroll(point=POINT, direction=direction, amount=3))
    third = "seen.filter(event => event.name == 'wheel').length >= 3"
    browser.on_page(lambda page: page.wait_for_function(third, timeout=3000) and None)
    seen = events(browser, "wheel")
    assert [(event["right"], event["down"]) for event in seen] == [(x * 100, y * 100)] * 3
    assert {(event["x"], event["y"]) for event in seen} == {(120, 90)}


def test_scrolling_scrolls(browser: BrowserSandbox) -> None:
    """Two notches down are 200 CSS pixels."""
    browser.perform(Scroll(point=POINT, amount=2))
    browser.on_page(lambda page: page.wait_for_function("scrollY == 200", timeout=3000) and None)


def test_a_move_presses_nothing(browser: BrowserSandbox) -> None:
    """Hovering is motion alone."""
    browser.perform(Move(point=POINT))
    assert events(browser, "mousedown", "mouseup") == []
    assert events(browser, "mousemove")[-1]["x"] == 120


@pytest.mark.parametrize(
    "text",
    [
        "naïve café € < > 日本語 🙂",
        "all of ~!@#$%^&*()_+{}|:\"<>?`-=[]\\;',./ AZaz09",
        "two lines\nand\n\nmore",
        "e\u0301 \u200d 👨‍👩‍👧 עברית हिन्दी",
        "  spaces  ",
        "",
    ],
)
def test_text_arrives_exactly(browser: BrowserSandbox, text: str) -> None:
    """Any Unicode, whatever route it takes."""
    focus(browser)
    browser.perform(TypeText(text=text))
    assert typed(browser) == text


def test_plain_text_comes_as_keys(browser: BrowserSandbox) -> None:
    """The page's key handlers see what a person would type; the rest is inserted, and the receipt says so."""
    focus(browser)
    plain = browser.perform(TypeText(text="aB", submit=True))
    mixed = browser.perform(TypeText(text="aé"))
    assert (plain.route, mixed.route) == ("keys", "insert+keys")
    assert [event["key"] for event in events(browser, "keydown")] == ["a", "B", "Enter", "a"]
    assert typed(browser) == "aB\naé"


def test_a_tab_in_text_is_the_key(browser: BrowserSandbox) -> None:
    """A tab moves to the next field, as everywhere."""
    focus(browser)
    browser.perform(TypeText(text="a\tb"))
    assert typed(browser) == "a"
    assert [event["key"] for event in events(browser, "keydown")] == ["a", "Tab", "b"]


def test_long_text_is_inserted(browser: BrowserSandbox) -> None:
    """A whole document arrives at once, as if pasted."""
    focus(browser)
    text = "0123456789 abcdefghij\n" * 400
    assert browser.perform(TypeText(text=text)).route == "insert"
    assert typed(browser) == text


def test_control_characters_are_refused(browser: BrowserSandbox) -> None:
    """What no key enters is not typed as something else, and nothing is typed before it."""
    focus(browser)
    with pytest.raises(TextNotTypable):
        browser.perform(TypeText(text="a\x1b[2J"))
    assert typed(browser) == ""


def test_chords_edit_text(browser: BrowserSandbox) -> None:
    """Selecting, cutting and pasting work as on a desktop."""
    focus(browser)
    browser.perform(TypeText(text="one"))
    for keys in ("ctrl+a", "ctrl+x", "ctrl+v", "ctrl+v", "shift+a", "shift+1", "+", "é"):
        browser.perform(Key(keys=keys))
    assert typed(browser) == "oneoneA!+é"


KEYS_A_PAGE_GETS = [name for name in KEY_NAMES if not name.startswith("f") or int(name[1:]) <= 12]


def test_every_named_key_goes_down_and_up(browser: BrowserSandbox) -> None:
    """Each key name is known to the browser and reaches the page."""
    for name in KEYS_A_PAGE_GETS:
        browser.perform(Key(keys=name))
    downs, ups = (events(browser, name) for name in ("keydown", "keyup"))
    assert len(downs) == len(ups) == len(KEYS_A_PAGE_GETS)
    assert "Unidentified" not in {event["key"] for event in downs}


@pytest.mark.parametrize("keys", ["ctlr+s", "f20", "ctrl+é", "ctrl+"])
def test_keys_that_are_none_press_nothing(browser: BrowserSandbox, keys: str) -> None:
    """A chord is checked before its first key goes down."""
    with pytest.raises(KeyNameError):
        browser.perform(Key(keys=keys))
    assert events(browser, "keydown") == []


@pytest.mark.parametrize(
    "action",
    [
        Click(point=ScreenPoint(400, 10)),
        Move(point=ScreenPoint(-1, 10)),
        Scroll(point=ScreenPoint(10, 400)),
        Drag(start=ScreenPoint(10, 10), end=ScreenPoint(10, 4000)),
    ],
)
def test_points_outside_the_page_are_refused(browser: BrowserSandbox, action: Action) -> None:
    """Nothing is clamped, and nothing is sent before the check."""
    with pytest.raises(CoordinateError, match="the screen"):
        browser.perform(action)
    assert events(browser, "mousemove", "mousedown", "wheel") == []


@pytest.mark.parametrize("action", [Zoom(box=ScreenBox(0, 0, 9, 9)), Done()])
def test_verbs_that_are_not_for_the_page_send_nothing(browser: BrowserSandbox, action: Action) -> None:
    """Looking closely and ending a run have no effect."""
    assert browser.perform(action).route == "nothing to send"


def test_waiting_takes_its_time(browser: BrowserSandbox) -> None:
    """A wait's receipt has its duration."""
    assert browser.perform(Wait(seconds=0.2)).duration_s >= 0.2


def test_the_clipboard_reaches_the_page(browser: BrowserSandbox) -> None:
    """What is set is what ctrl+v pastes; what ctrl+c copies is what is read."""
    focus(browser)
    browser.set_clipboard("zwölf €\nlines")
    browser.perform(Key(keys="ctrl+v"))
    assert typed(browser) == "zwölf €\nlines"
    browser.perform(TypeText(text="!"))
    browser.perform(Key(keys="ctrl+a"))
    browser.perform(Key(keys="ctrl+c"))
    assert browser.get_clipboard() == "zwölf €\nlines!"


def test_primitives_hold_until_released(browser: BrowserSandbox) -> None:
    """Keys and buttons held by hand stay down through other actions and come up together."""
    browser.perform(Move(point=POINT))
    browser.key_down("shift")
    browser.mouse_down("left")
    browser.perform(Move(point=ScreenPoint(150, 90)))
    assert events(browser, "mouseup", "keyup") == []
    browser.release_all()
    assert [event["name"] for event in events(browser, "mouseup", "keyup")] == ["mouseup", "keyup"]


def test_an_action_that_fails_lets_go(browser: BrowserSandbox) -> None:
    """What was held when something went wrong comes up."""
    browser.key_down("ctrl")
    with pytest.raises(CoordinateError):
        browser.perform(Click(point=ScreenPoint(9999, 0)))
    assert [event["name"] for event in events(browser, "keydown", "keyup")] == ["keydown", "keyup"]


def test_points_are_physical_pixels_on_a_scaled_page(browser: BrowserSandbox) -> None:
    """At scale 2, the pixel that a frame shows is the one that is clicked."""

    def click(page: Page) -> tuple[float, float]:
        assert page.context.browser is not None
        context = page.context.browser.new_context(viewport={"width": 400, "height": 400}, device_scale_factor=2)
        try:
            other = context.new_page()
            other.goto(page.url)
            PageExecutor(other).perform(Click(point=ScreenPoint(700, 91)))
            event = other.evaluate("seen.find(event => event.name == 'mousedown')")
            return event["x"], event["y"]
        finally:
            context.close()

    assert browser.on_page(click) == (350, 45)


def test_a_page_that_is_gone_is_an_error(browser: BrowserSandbox) -> None:
    """An executor of a closed page does not pretend."""

    def close_and_click(page: Page) -> None:
        other = page.context.new_page()
        executor = PageExecutor(other)
        other.close()
        executor.perform(Click(point=POINT))

    with pytest.raises(Exception, match="went away") as caught:
        browser.on_page(close_and_click)
    assert not isinstance(caught.value, ExecutionError)
