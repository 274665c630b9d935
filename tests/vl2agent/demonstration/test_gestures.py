"""What events of mouse and keyboard amount to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PIL import Image, ImageDraw

from vl2agent.actions import Action, Click, Drag, Key, Modifier, Move, Scroll, TypeText
from vl2agent.demonstration.events import ButtonEvent, InputEvent, KeyEvent, MotionEvent
from vl2agent.demonstration.gestures import Gestures
from vl2agent.demonstration.making import Gesture
from vl2agent.executor.keymap import symbol_of
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.steps import Frame, Settled
from vl2agent.tiles import dirty_regions

HERE, THERE = ScreenPoint(50, 40), ScreenPoint(150, 90)


class Person:
    """Makes events, each some time after the one before."""

    def __init__(self, **options: object) -> None:
        self.gestures = Gestures(**options)  # type: ignore[arg-type]
        self.done: list[Gesture] = []
        self.now_s = 100.0
        self.frames = 0
        self.picture = Image.new("RGB", (200, 150))

    def press(self, point: ScreenPoint = HERE, button: int = 1, *held: Modifier, after_s: float = 0.1) -> None:
        """Press and release a button."""
        for down in (True, False):
            self._feed(ButtonEvent(self._later(after_s if down else 0.02), down, button, point, frozenset(held)))

    def drag(self, start: ScreenPoint, end: ScreenPoint, *over: ScreenPoint, button: int = 1) -> None:
        """Press, move, release."""
        self._feed(ButtonEvent(self._later(0.1), True, button, start, frozenset()))
        for point in (*over, end):
            self._feed(MotionEvent(self._later(0.01), point))
        self._feed(ButtonEvent(self._later(0.1), False, button, end, frozenset()))

    def point(self, point: ScreenPoint) -> None:
        """Move the pointer there, after a rest."""
        self._feed(MotionEvent(self._later(0.3), point))

    def show(self, draw: Callable[[ImageDraw.ImageDraw], None]) -> None:
        """Change what the screen shows."""
        self.picture = self.picture.copy()
        draw(ImageDraw.Draw(self.picture))

    def key(self, name: str, *held: Modifier, times: int = 1, after_s: float = 0.05) -> None:
        """Press a key, again and again while it is held, and let go."""
        symbol = symbol_of(name)
        for _ in range(times):
            self._feed(KeyEvent(self._later(after_s), True, symbol, symbol, frozenset(held)))
        self._feed(KeyEvent(self._later(0.02), False, symbol, symbol, frozenset(held)))

    def type(self, text: str) -> None:
        """Type characters."""
        for character in text:
            self.key(character)

    def actions(self) -> list[Action | None]:
        """Wait long enough, and tell what was understood."""
        self.done += self.gestures.pause(self._later(10))
        return [gesture.action for gesture in self.done]

    def _later(self, seconds: float) -> float:
        self.now_s += seconds
        return self.now_s

    def _feed(self, event: InputEvent) -> None:
        self.frames += 1
        frame = Frame.from_image(self.picture, taken_at_s=self.frames)
        self.done += self.gestures.pause(event.at_s)
        self.done += self.gestures.feed(event, Settled(frame, "settled", 0.0))


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody who held nothing down before, and holds nothing afterwards."""
    someone = Person()
    yield someone
    assert not someone.gestures.busy


@pytest.mark.parametrize("count", [1, 2, 3])
def test_presses_in_quick_succession_are_one_click(person: Person, count: int) -> None:
    """Up to three."""
    for _ in range(count):
        person.press()
    assert person.actions() == [Click(point=HERE, count=count)]


def test_a_fourth_press_is_another_click(person: Person) -> None:
    """No click has four."""
    for _ in range(4):
        person.press()
    assert person.actions() == [Click(point=HERE, count=3), Click(point=HERE)]


def test_presses_far_apart_in_time_or_place_are_two_clicks(person: Person) -> None:
    """As toolkits see them."""
    person.press()
    person.press(after_s=0.6)
    person.press(THERE)
    assert person.actions() == [Click(point=HERE), Click(point=HERE), Click(point=THERE)]


def test_a_click_says_its_button_and_what_was_held(person: Person) -> None:
    """Right, with shift and ctrl, in the order of chords."""
    person.press(HERE, 3, "shift", "ctrl")
    assert person.actions() == [Click(point=HERE, button="right", modifiers=("ctrl", "shift"))]


def test_a_press_that_moves_is_a_drag(person: Person) -> None:
    """Also when it comes back to where it began."""
    person.drag(HERE, THERE)
    person.drag(HERE, HERE, THERE)
    assert person.actions() == [Drag(start=HERE, end=THERE), Drag(start=HERE, end=HERE)]


def test_a_hand_that_shakes_still_clicks(person: Person) -> None:
    """A few pixels are no drag."""
    person.drag(HERE, ScreenPoint(HERE.x + 3, HERE.y - 2))
    assert person.actions() == [Click(point=HERE)]


def test_a_drag_with_another_button_is_noted_not_lost(person: Person) -> None:
    """No action has it."""
    person.drag(HERE, THERE, button=2)
    assert [person.actions(), "middle" in person.done[0].note] == [[None], True]


def test_notches_of_the_wheel_are_gathered_by_direction(person: Person) -> None:
    """Turning back is another action."""
    for button in (5, 5, 5, 4):
        person.press(HERE, button)
    assert person.actions() == [Scroll(point=HERE, amount=3), Scroll(point=HERE, direction="up", amount=1)]


def test_text_is_gathered_until_enter_which_submits_it(person: Person) -> None:
    """One action for all of it."""
    person.type("naïve café")
    person.key("enter")
    assert person.actions() == [TypeText(text="naïve café", submit=True)]


def test_a_pause_a_click_or_another_key_ends_a_text(person: Person) -> None:
    """What comes after it is another one."""
    person.type("one")
    person.key("t", after_s=2.0)
    person.key("tab")
    person.type("u")
    person.press()
    texts = [action.text for action in person.actions() if isinstance(action, TypeText)]
    assert texts == ["one", "t", "u"]


def test_backspace_takes_back_what_was_typed_just_now(person: Person) -> None:
    """And is a key of its own where nothing was."""
    person.type("sevem")
    person.key("backspace")
    person.type("n")
    person.key("tab")
    person.key("backspace")
    assert person.actions() == [TypeText(text="seven"), Key(keys="tab"), Key(keys="backspace")]


def test_a_text_that_was_taken_back_whole_is_none(person: Person) -> None:
    """Enter after it is a key."""
    person.type("x")
    person.key("backspace")
    person.key("enter")
    assert person.actions() == [Key(keys="enter")]


def test_a_chord_names_its_modifiers_in_order(person: Person) -> None:
    """Ctrl+shift+t, however it was held."""
    person.key("t", "shift", "ctrl")
    person.key("f4", "alt")
    assert person.actions() == [Key(keys="ctrl+shift+t"), Key(keys="alt+f4")]


def test_a_key_that_repeats_is_pressed_as_often(person: Person) -> None:
    """That is what the application got."""
    person.key("down", times=3)
    person.key("a", times=4)
    assert person.actions() == [Key(keys="down")] * 3 + [TypeText(text="aaaa")]


def test_a_modifier_tapped_alone_is_a_key(person: Person) -> None:
    """Where it opens a menu; a shift that is held for a letter, or for nothing, is none."""
    person.key("super")
    person.key("shift")
    person.key("alt", after_s=0.1)
    assert person.actions() == [Key(keys="super"), Key(keys="alt")]


def test_what_is_typed_in_secret_says_so() -> None:
    """The recorder masks it; the chord that begins and ends it is no action."""
    person = Person(mask="ctrl+alt+m")
    person.type("Ann")
    person.key("m", "ctrl", "alt")
    person.type("hunter2")
    person.key("enter")
    person.key("m", "alt", "ctrl")
    person.type("ok")
    person.actions()
    typed = [(g.action.text, g.action.secret) for g in person.done if isinstance(g.action, TypeText)]
    assert typed == [("Ann", False), ("hunter2", True), ("ok", False)]


def test_a_rest_that_opens_something_is_a_move_before_the_click(person: Person) -> None:
    """A submenu; not one whose entry was only lit, and none that nobody clicked in."""
    menu, lit, away = (ScreenPoint(x, 20) for x in (20, 60, 190))
    person.point(menu)
    person.show(lambda pen: pen.rectangle((100, 50, 180, 130), fill="gray"))
    person.point(lit)
    person.show(lambda pen: pen.rectangle((0, 0, 100, 20), fill="blue"))
    person.point(away)
    person.press(away)
    person.point(menu)
    person.show(lambda pen: pen.rectangle((100, 50, 180, 130), fill="red"))
    person.point(away)
    person.key("escape")
    assert person.actions() == [Move(point=menu), Click(point=away), Key(keys="escape")]
    move = person.done[0]
    assert move.after is not None
    assert dirty_regions(move.before.frame, move.after.frame) == (ScreenBox(100, 50, 181, 131),)


def test_the_stop_key_is_no_action() -> None:
    """It ends the demonstration."""
    person = Person(stop="ctrl+alt+q")
    person.key("q", "ctrl", "alt")
    assert [person.gestures.stopped, person.actions()] == [True, []]


def test_a_gesture_has_the_screen_of_its_first_event(person: Person) -> None:
    """What was seen when the button went down, not when it came up."""
    person.press()
    person.press()
    person.actions()
    assert person.done[0].before.frame.taken_at_s == 1
