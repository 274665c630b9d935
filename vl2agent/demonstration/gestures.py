"""Events of mouse and keyboard become typed actions: the grammar of what a person does with them.

One thing is in the making at a time: clicks that may become a double click, notches of the wheel, a text. It ends with
time, or with the first event that is no part of it, so that gestures come out in the order in which they began.
"""

from __future__ import annotations

from collections.abc import Iterator

from vl2agent.actions import MAX_SCROLL, MAX_TEXT, Key, Modifier, Move
from vl2agent.demonstration.events import ButtonEvent, InputEvent, KeyEvent, MotionEvent
from vl2agent.demonstration.hovering import Hovering, Rest
from vl2agent.demonstration.making import BUTTONS, WHEELS, Clicks, Gesture, Press, Text, Wheel, modifiers
from vl2agent.demonstration.spelling import Spelling
from vl2agent.demonstration.symbols import character_of, is_switch, key_of
from vl2agent.executor.keys import Chord, is_modifier, parse_chord
from vl2agent.geometry import ScreenPoint
from vl2agent.steps import Settled

CLICK_S = 0.4
"""Longest time from one press to the next of a double click; toolkits have 0.25 to 0.4."""
CLICK_PX, DRAG_PX, WHEEL_PX = 5, 8, 40
"""How far apart its presses may be; from where a press that moves is a drag; how far the pointer drifts while the wheel
turns; in logical pixels."""
WHEEL_S = 0.5
TEXT_S = 1.5
"""Pauses that end a turn of the wheel, and a text."""
TAP_S = 0.6
"""How long a modifier that is tapped alone is held at most."""

_TAPPED: tuple[Modifier, ...] = ("super", "alt")
"""Modifiers that do something by themselves: they open menus."""


class Gestures:
    """Understands events.

    Args:
        scale: physical pixels per logical one.
        stop: the chord that ends the demonstration; it sets `stopped` and is no action.
        mask: the chord that begins and ends what is typed in secret; it is no action either.
        masked: begin in secret.
    """

    def __init__(self, *, scale: float = 1.0, stop: str = "", mask: str = "", masked: bool = False) -> None:
        self._scale = scale
        self._stop, self._mask = (str(parse_chord(chord)) if chord else "" for chord in (stop, mask))
        self.masked, self.stopped = masked, False
        self._presses: dict[int, Press] = {}
        self._clicks: Clicks | None = None
        self._wheel: Wheel | None = None
        self._text: Text | None = None
        self._hovering = Hovering(scale)
        self._tap: tuple[Modifier, float] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is in the making."""
        return bool(self._presses or self._clicks or self._wheel or self._text)

    def feed(self, event: InputEvent, seen: Settled) -> Iterator[Gesture]:
        """Take an event, and the screen as it was then; give the gestures that it completes."""
        match event:
            case KeyEvent():
                yield from self._key(event, seen)
            case ButtonEvent(button=button) if button in WHEELS:
                yield from self._notch(event, seen)
            case ButtonEvent(down=True):
                yield from self._pressed(event, seen)
            case ButtonEvent():
                yield from self._released(event)
            case MotionEvent(point=point):
                self._hovering.moved(event, seen)
                for press in self._presses.values():
                    press.moved |= not self._near(press.event.point, point, DRAG_PX)

    def pause(self, now_s: float) -> Iterator[Gesture]:
        """Give the gestures that are complete because nothing came until now."""
        if self._clicks and not self._presses and now_s - self._clicks.last_s > CLICK_S:
            yield from self._end_clicks()
        if self._wheel and now_s - self._wheel.last_s > WHEEL_S:
            yield from self._end_wheel()
        if self._text and now_s - self._text.last_s > TEXT_S:
            yield from self._end_text()

    def finish(self) -> Iterator[Gesture]:
        """Give what is in the making: nothing more will come."""
        yield from (*self._end_clicks(), *self._end_wheel(), *self._end_text())

    # --- the mouse ---------------------------------------------------------------------------------------------

    def _pressed(self, event: ButtonEvent, seen: Settled) -> Iterator[Gesture]:
        self._tap = None
        yield from (*self._end_wheel(), *self._end_text())
        if self._clicks and not self._goes_on(self._clicks, event):
            yield from self._end_clicks()
        yield from map(_moved, self._hovering.take())
        self._presses[event.button] = Press(event, seen)

    def _released(self, event: ButtonEvent) -> Iterator[Gesture]:
        self._hovering.forget()
        press = self._presses.pop(event.button, None)
        if press is None:  # it went down before anybody listened
            return
        if event.button not in BUTTONS:
            yield from self._end_clicks()
            yield press.other(event.at_s, f"button {event.button} of the mouse, which no action has")
        elif press.moved or not self._near(press.event.point, event.point, DRAG_PX):
            yield from (*self._end_clicks(), press.drag(event))
        else:
            yield from self._clicked(press, event)

    def _clicked(self, press: Press, event: ButtonEvent) -> Iterator[Gesture]:
        clicks = self._clicks
        if clicks is None:
            self._clicks = Clicks(press, press.event.at_s, event.at_s)
            return
        clicks.count, clicks.last_s, clicks.ended_s = clicks.count + 1, press.event.at_s, event.at_s
        if clicks.count == 3:
            yield from self._end_clicks()

    def _goes_on(self, clicks: Clicks, event: ButtonEvent) -> bool:
        first = clicks.press.event
        alike = first.button == event.button and first.held == event.held
        return alike and event.at_s - clicks.last_s <= CLICK_S and self._near(first.point, event.point, CLICK_PX)

    def _end_clicks(self) -> Iterator[Gesture]:
        clicks, self._clicks = self._clicks, None
        if clicks:
            yield clicks.gesture()

    def _notch(self, event: ButtonEvent, seen: Settled) -> Iterator[Gesture]:
        if not event.down:
            return
        self._tap = None
        self._hovering.forget()
        yield from (*self._end_clicks(), *self._end_text())
        wheel = self._wheel
        if wheel and self._turns_on(wheel, event):
            wheel.amount, wheel.last_s = wheel.amount + 1, event.at_s
            return
        yield from self._end_wheel()
        self._wheel = Wheel(event, seen, event.at_s)

    def _turns_on(self, wheel: Wheel, event: ButtonEvent) -> bool:
        alike = wheel.event.button == event.button and wheel.event.held == event.held
        near = self._near(wheel.event.point, event.point, WHEEL_PX)
        return alike and near and event.at_s - wheel.last_s <= WHEEL_S and wheel.amount < MAX_SCROLL

    def _end_wheel(self) -> Iterator[Gesture]:
        wheel, self._wheel = self._wheel, None
        if wheel:
            yield wheel.gesture()

    def _near(self, one: ScreenPoint, other: ScreenPoint, reach_px: int) -> bool:
        reach = reach_px * self._scale
        return abs(one.x - other.x) <= reach and abs(one.y - other.y) <= reach

    # --- the keyboard ------------------------------------------------------------------------------------------

    def _key(self, event: KeyEvent, seen: Settled) -> Iterator[Gesture]:
        self._hovering.forget()
        name = key_of(event.plain)
        if is_modifier(name):
            yield from self._modifier(name, event, seen)
        elif event.down and not is_switch(event.symbol):
            self._tap = None
            yield from (*self._end_clicks(), *self._end_wheel())
            yield from self._struck(event, seen)

    def _modifier(self, name: Modifier, event: KeyEvent, seen: Settled) -> Iterator[Gesture]:
        """Tell a modifier that is tapped alone from one that is held for something else."""
        if event.down:
            self._tap = (name, event.at_s) if not event.held and not self._presses else None
            return
        tap, self._tap = self._tap, None
        if tap and name in _TAPPED and tap[0] == name and event.at_s - tap[1] <= TAP_S:
            yield from self.finish()
            yield _key(name, event, seen)

    def _struck(self, event: KeyEvent, seen: Settled) -> Iterator[Gesture]:
        name, text = key_of(event.symbol), self._text
        if not event.held - {"shift"}:
            if Spelling.takes(event.symbol):
                yield from self._spelled(event, seen)
                return
            if text and name == "backspace" and text.spelling.take_back():
                text.last_s = event.at_s
                return
            if text and name == "enter" and not event.held:
                text.last_s = event.at_s
                yield from self._end_text(submit=True)
                return
        yield from self._end_text()
        yield from self._chord(event, seen)

    def _spelled(self, event: KeyEvent, seen: Settled) -> Iterator[Gesture]:
        if self._text and (len(self._text.spelling.text) >= MAX_TEXT or self._text.secret != self.masked):
            yield from self._end_text()
        if self._text is None:
            self._text = Text(seen, event.at_s, event.at_s, self.masked)
        self._text.last_s = event.at_s
        self._text.spelling.add(event.symbol)

    def _chord(self, event: KeyEvent, seen: Settled) -> Iterator[Gesture]:
        name = key_of(event.symbol) or key_of(event.plain) or character_of(event.plain).lower()
        if not name:
            note = f"a key that has no name here (keysym {event.symbol:#x})"
            yield Gesture(action=None, before=seen, began_s=event.at_s, ended_s=event.at_s, note=note)
            return
        chord = str(Chord(modifiers(event.held), name))
        if chord == self._stop:
            self.stopped = True
        elif chord == self._mask:
            self.masked = not self.masked
        else:
            yield _key(chord, event, seen)

    def _end_text(self, *, submit: bool = False) -> Iterator[Gesture]:
        text, self._text = self._text, None
        if text and (gesture := text.gesture(submit=submit)):
            yield gesture


def _moved(rest: Rest) -> Gesture:
    move = Move(point=rest.point)
    return Gesture(action=move, before=rest.before, after=rest.after, began_s=rest.began_s, ended_s=rest.ended_s)


def _key(chord: str, event: KeyEvent, seen: Settled) -> Gesture:
    return Gesture(action=Key(keys=chord), before=seen, began_s=event.at_s, ended_s=event.at_s)
