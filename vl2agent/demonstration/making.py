"""Gestures, and what they are while they are made: a press, clicks, a turn of the wheel, a text."""

from __future__ import annotations

from dataclasses import dataclass, field

from vl2agent.actions import Action, Button, Click, Direction, Drag, Key, Modifier, Scroll, TypeText
from vl2agent.demonstration.events import ButtonEvent, Held
from vl2agent.demonstration.spelling import Spelling
from vl2agent.executor.keys import MODIFIERS
from vl2agent.steps import Settled

BUTTONS: dict[int, Button] = {1: "left", 2: "middle", 3: "right"}
WHEELS: dict[int, Direction] = {4: "up", 5: "down", 6: "left", 7: "right"}


@dataclass(frozen=True, kw_only=True)
class Gesture:
    """One action of a person, the screen as it was when it began, and when it was.

    `action` is None for what is none of the eleven; `note` then says what it was, or what the action leaves out.
    `after` is what it came to, where that was seen before the next one began.
    """

    action: Action | None
    before: Settled
    began_s: float
    ended_s: float
    note: str = ""
    after: Settled | None = None


@dataclass(slots=True)
class Press:
    """A button that is down."""

    event: ButtonEvent
    before: Settled
    moved: bool = False

    def drag(self, end: ButtonEvent) -> Gesture:
        """Make a drag of it; only the left button's is an action."""
        start = self.event
        if start.button != 1:
            return self.other(end.at_s, f"a drag with the {BUTTONS[start.button]} button, which no action has")
        note = left_out(start.held, "during a drag")
        drag = Drag(start=start.point, end=end.point)
        return Gesture(action=drag, before=self.before, began_s=start.at_s, ended_s=end.at_s, note=note)

    def other(self, ended_s: float, note: str) -> Gesture:
        """Make something of it that is no action."""
        return Gesture(action=None, before=self.before, began_s=self.event.at_s, ended_s=ended_s, note=note)


@dataclass(slots=True)
class Clicks:
    """Presses in quick succession."""

    press: Press
    last_s: float
    ended_s: float
    count: int = 1

    def gesture(self) -> Gesture:
        """Make a click of them."""
        event = self.press.event
        held = modifiers(event.held)
        click = Click(point=event.point, button=BUTTONS[event.button], count=self.count, modifiers=held)
        return Gesture(action=click, before=self.press.before, began_s=event.at_s, ended_s=self.ended_s)


@dataclass(slots=True)
class Wheel:
    """Notches in one direction."""

    event: ButtonEvent
    before: Settled
    last_s: float
    amount: int = 1

    def gesture(self) -> Gesture:
        """Make a turn of them."""
        event = self.event
        return Gesture(
            action=Scroll(point=event.point, direction=WHEELS[event.button], amount=self.amount),
            before=self.before,
            began_s=event.at_s,
            ended_s=self.last_s,
            note=left_out(event.held, "while the wheel turned"),
        )


@dataclass(slots=True)
class Text:
    """Characters."""

    before: Settled
    began_s: float
    last_s: float
    secret: bool
    spelling: Spelling = field(default_factory=Spelling)

    def gesture(self, *, submit: bool) -> Gesture | None:
        """Make a text of them; None where all was taken back."""
        text = self.spelling.text
        if not text:
            enter = Key(keys="enter")
            return (
                Gesture(action=enter, before=self.before, began_s=self.last_s, ended_s=self.last_s) if submit else None
            )
        action = TypeText(text=text, submit=submit, secret=self.secret)
        return Gesture(action=action, before=self.before, began_s=self.began_s, ended_s=self.last_s)


def modifiers(held: Held) -> tuple[Modifier, ...]:
    """Put modifiers in the order of chords."""
    return tuple(modifier for modifier in MODIFIERS if modifier in held)


def left_out(held: Held, when: str) -> str:
    """Say what an action without modifiers leaves out; empty where nothing was held."""
    return f"{'+'.join(modifiers(held))} was held {when}, which the action leaves out" if held else ""
