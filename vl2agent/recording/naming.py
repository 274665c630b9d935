"""Places that others pointed at get words: those by which what lies there is found again, or else where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from vl2agent.actions import Action, Click, Drag, Move, Scroll, Zoom
from vl2agent.contracts import Perception
from vl2agent.errors import TargetNotFound
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.readings import Reading, TellsReadings
from vl2agent.steps import ClickIntent, DragIntent, Element, Frame, Intent, MoveIntent, ScrollIntent, Target, ZoomIntent

SOURCE = "place"
AROUND_PX = 12
"""Half the side of the box around a point that nothing is known of, in logical pixels."""
LONGEST = 60
"""Characters by which a thing is called at most: what is longer is a line of a text, not a name."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class Named:
    """A place with its words, and what was asked of a perception to be sure of them."""

    target: Target
    readings: tuple[Reading, ...] = ()


class Naming:
    """Finds words for what was pointed at.

    Args:
        perception: reads the screen; None: every place is told by where it is.
    """

    def __init__(self, perception: Perception | None = None) -> None:
        self._perception = perception

    def name(self, point: ScreenPoint, frame: Frame) -> Named:
        """Name what lies under a point: words count only if looking for them finds the place again.

        The confidence is that of finding it; 0 where only the place is told.
        """
        for words, box in self._candidates(point, frame):
            if found := self._checked(words, box, point, frame):
                return found
        return Named(unnamed(point, frame))

    def _candidates(self, point: ScreenPoint, frame: Frame) -> Iterator[tuple[str, ScreenBox]]:
        """Give what may name the place, shortest first: its text, with its role, and which of those alike it is."""
        elements = self._perception.elements(frame) if self._perception else ()
        under = [each for each in elements if each.box.contains(point) and 0 < len(each.text.strip()) <= LONGEST]
        for element in sorted(under, key=lambda each: each.box.area)[:2]:
            text = " ".join(element.text.split())
            yield text, element.box
            if element.role:
                yield f"{text} {element.role}", element.box
            yield from ((f"{ordinal} {text}", element.box) for ordinal in _which(element, elements))

    def _checked(self, words: str, box: ScreenBox, point: ScreenPoint, frame: Frame) -> Named | None:
        perception, told = self._perception, list[Reading]()
        assert perception is not None
        listening = perception.told(told.append) if isinstance(perception, TellsReadings) else nullcontext()
        try:
            with listening:
                found = perception.locate(words, frame)
        except TargetNotFound:
            return None
        if not (found.box.contains(point) or found.box.iou(box) > 0.5):
            return None
        return Named(found.model_copy(update={"point": point, "box": found.box.union(_pixel(point))}), tuple(told))


def unnamed(point: ScreenPoint, frame: Frame) -> Target:
    """Tell a place by where it is in its window, or on the screen."""
    window = next((each for each in frame.windows if each.box.contains(point)), None)
    area = frame.region.intersection(window.box) if window else None
    across, down = _share(point, area or frame.region)
    where = f"in the window {window.title!r}" if window and window.title else "on the screen"
    reach = round(AROUND_PX * frame.scale)
    box = ScreenBox(point.x - reach, point.y - reach, point.x + reach + 1, point.y + reach + 1)
    return Target(
        words=f"the place {across} % across and {down} % down {where}",
        box=frame.region.intersection(box) or _pixel(point),
        point=point,
        confidence=0.0,
        source=SOURCE,
    )


def pointed_at(action: Action) -> tuple[ScreenPoint, ...]:
    """Return the points that words must name; the wheel turns wherever the pointer happens to be."""
    match action:
        case Click() | Move():
            return (action.point,)
        case Drag():
            return action.start, action.end
        case Zoom():
            return (action.box.center,)
        case _:
            return ()


def intent_of(action: Action, words: Sequence[str]) -> Intent:
    """Say an action in words."""
    match action:
        case Click():
            return ClickIntent(target=words[0], button=action.button, count=action.count, modifiers=action.modifiers)
        case Drag():
            return DragIntent(target=words[0], destination=words[1])
        case Move():
            return MoveIntent(target=words[0])
        case Zoom():
            return ZoomIntent(target=words[0])
        case Scroll():
            return ScrollIntent(direction=action.direction, amount=action.amount)
        case _:
            return action


def _which(element: Element, elements: Sequence[Element]) -> Iterator[str]:
    alike = [each for each in elements if each.text.casefold() == element.text.casefold()]
    if len(alike) > 1 and (at := alike.index(element)) < len(_ORDINALS):
        yield _ORDINALS[at]


def _share(point: ScreenPoint, area: ScreenBox) -> tuple[int, int]:
    inside = area.clamp(point)
    return (inside.x - area.left) * 100 // area.width, (inside.y - area.top) * 100 // area.height


def _pixel(point: ScreenPoint) -> ScreenBox:
    return ScreenBox(point.x, point.y, point.x + 1, point.y + 1)
