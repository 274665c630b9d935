"""Whether a place on the screen is one that words mean, as the embedded planner understands them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from vl2agent.errors import AmbiguousTarget
from vl2agent.geometry import ScreenPoint
from vl2agent.planner.captions import is_captioned
from vl2agent.planner.entering import field_of
from vl2agent.planner.mandate import How
from vl2agent.planner.opening import openers
from vl2agent.planner.progress import Act, Progress
from vl2agent.planner.seeking import list_of, look
from vl2agent.planner.sight import Sight, readings, split_place
from vl2agent.planner.toggles import find_toggle
from vl2agent.planner.windows import titles
from vl2agent.steps import Target

ALIKE = 0.08
"""Places that say the same and fit this nearly as well cannot be told apart: one of them may only look the part."""


class Meaning:
    """What words mean on one look at the screen; what was looked for once is known."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self._known: dict[tuple[str, How], tuple[Target, ...]] = {}

    def hits(self, point: ScreenPoint, words: str, how: How = "thing") -> bool:
        """Tell whether a click there is a click on what the words mean."""
        if (words, how) not in self._known:
            self._known[words, how] = tuple(_unless_ambiguous(_places(words, how, self.sight)))
        return any(_reaches(target, point, self.sight) for target in self._known[words, how])

    def is_sought(self, words: str) -> bool:
        """Tell whether what the words name is still to be found; several things of this name are found."""
        try:
            return look(words, self.sight) is None
        except AmbiguousTarget:
            return False


def _unless_ambiguous(places: Iterator[Target]) -> Iterator[Target]:
    """Give places up to where several things are meant."""
    with contextlib.suppress(AmbiguousTarget):
        yield from places


def _reaches(target: Target, point: ScreenPoint, sight: Sight) -> bool:
    """Tell whether a point is on the target, or on the button that the target is the only text of."""
    if target.box.contains(point):
        return True
    around = (element.box for element in sight.elements if element.role == "button")
    return any(box.contains(point) and box.contains(target.point) for box in around)


def _places(words: str, how: How, sight: Sight) -> Iterator[Target]:
    """Give the one place that the words mean, or several of one thing.

    Raises:
        AmbiguousTarget: they mean several things.
    """
    match how:
        case "thing":
            found = look(words, sight) or ((parts := split_place(words))[1] and sight.find(parts[0]))
            if found and _alone(found, words, sight):
                yield found
        case "field":
            for number in (False, True):
                field = field_of(words, Progress(), sight, number=number)
                if not isinstance(field, Act) and not is_captioned(field.box, sight.frame):
                    yield field
        case "toggle":
            if toggle := find_toggle(words, sight):
                yield toggle.target
            yield from _places(words, "thing", sight)
        case "opened":
            yield from openers(words, sight)
        case "menu":
            yield from (target for target in openers(words, sight) if not sight.in_window(target))
        case "title":
            window = sight.window(words, loosely=True)
            if window and not window.active:
                yield from titles(window, sight)
        case "list":
            if container := list_of(words, sight):
                yield container


def _alone(found: Target, words: str, sight: Sight) -> bool:
    """Tell whether nothing else in the same window says the same: look-alikes are for a person to tell apart."""
    home = _window_of(found, sight)
    for reading in readings(words):
        for other in sight.perception.find(reading, sight.frame):
            if (
                other.box.intersection(found.box) is None
                and found.confidence - other.confidence < ALIKE
                and _letters(other.text) == _letters(found.text)
                and _window_of(other, sight) == home
                and not (sight.is_fresh(found) and not sight.is_fresh(other))
                and not sight.in_title(other)
            ):
                return False
    return True


def _window_of(target: Target, sight: Sight) -> int:
    boxes = (number for number, window in enumerate(sight.windows) if window.box.contains(target.point))
    return next(boxes, -1)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
