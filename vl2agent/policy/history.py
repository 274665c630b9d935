"""What was let through: when and how often, what was typed into one application, and which field was clicked last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from vl2agent.actions import Action, Click, Drag, Key, TypeText
from vl2agent.executor.keys import Chord
from vl2agent.geometry import ScreenPoint
from vl2agent.policy.chords import read_chord
from vl2agent.policy.rules import Rate
from vl2agent.steps import Frame

REMEMBERED = 6000
"""Actions whose times are kept for rates: 100 a second for a minute."""
TAIL = 4000
"""Characters kept of what was typed into an application."""
_ERASES = Chord((), "backspace")
_TYPED_BY = {"enter": "\n", "tab": "\t", "space": " "}


@dataclass(frozen=True, slots=True)
class _Done:
    at_s: float
    action: Action
    counted_by: frozenset[str]


class History:
    """Remembers the actions of a run.

    Args:
        clock: seconds that never jump.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._done: deque[_Done] = deque(maxlen=REMEMBERED)
        self._typed: dict[str, str] = {}
        self.focus: tuple[ScreenPoint, str] | None = None
        """The point that was clicked last and the application there, as long as the keys go to it."""

    def add(self, action: Action, frame: Frame, counted_by: Collection[str]) -> None:
        """Remember an action, and the rules whose rate it counts for."""
        self._done.append(_Done(self._clock(), _written_one_way(action), frozenset(counted_by)))
        self._typed[_in_use(frame)] = self._written(action, frame)[-TAIL:]
        if isinstance(action, Click):
            window = next((window for window in frame.windows if window.box.contains(action.point)), None)
            self.focus = action.point, window.app if window else ""
        elif isinstance(action, Drag) or (isinstance(action, Key) and _moves_focus(action)):
            self.focus = None

    def typed(self, frame: Frame) -> str:
        """Return what was typed before into the application that has the keys.

        Pointing, scrolling and clicking in between part no command in two, nor does a visit to another application.
        """
        return self._typed.get(_in_use(frame), "")

    def exceeds(self, rate: Rate, rule: str, action: Action) -> bool:
        """Tell whether an action would be one more than allowed of those that a rule counts."""
        now_s, done = self._clock(), [each for each in self._done if rule in each.counted_by]
        for allowed, span_s in ((rate.per_second, 1.0), (rate.per_minute, 60.0)):
            if allowed is not None and sum(now_s - each.at_s < span_s for each in done) >= allowed:
                return True
        if rate.repeats is None or len(self._done) < rate.repeats:
            return False
        same = _written_one_way(action)
        last = (self._done[-back] for back in range(1, rate.repeats + 1))
        return all(each.action == same for each in last)

    def focused_point(self, frame: Frame) -> ScreenPoint | None:
        """Return where the field is that gets the keys, when it is known."""
        if self.focus is None:
            return None
        point, app = self.focus
        active = next((window for window in frame.windows if window.active), None)
        stayed = active is None or (active.app == app and active.box.contains(point))
        return point if stayed and frame.region.contains(point) else None

    def _written(self, action: Action, frame: Frame) -> str:
        before, characters = self.typed(frame), typed_by(action)
        if characters is not None:
            return before + characters
        chord = read_chord(action.keys) if isinstance(action, Key) else None
        return before[:-1] if chord == _ERASES else before


def _in_use(frame: Frame) -> str:
    """Return the application that has the keys; empty where nothing tells."""
    return next((window.app for window in frame.windows if window.active), "")


def typed_by(action: Action) -> str | None:
    """Return the characters that an action types, enter being a newline; None when it does something else."""
    match action:
        case TypeText():
            return action.text.replace("\r\n", "\n").replace("\r", "\n") + ("\n" if action.submit else "")
        case Key():
            chord = read_chord(action.keys)
            if chord is None or set(chord.modifiers) - {"shift"}:
                return None
            character = _TYPED_BY.get(chord.key, chord.key)
            return (character.upper() if chord.modifiers else character) if len(character) == 1 else None
        case _:
            return None


def _moves_focus(action: Key) -> bool:
    """Tell whether a chord may take the keys elsewhere: tab, and whatever is pressed with alt or super."""
    chord = read_chord(action.keys)
    return chord is None or chord.key in ("tab", "enter", "escape") or bool({"alt", "super"} & set(chord))


def _written_one_way(action: Action) -> Action:
    """Write a chord the standard way, so that equal actions are equal."""
    chord = read_chord(action.keys) if isinstance(action, Key) else None
    return action.model_copy(update={"keys": str(chord)}) if chord else action
