"""What is on the screen, as a clause looks at it: the likeliest place for words, and the windows.

The same words often stand in several places. What just appeared (a menu, a dialog) comes first, then the active
window, then the rest; title bars and the task list come last. Equal places that are left are ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vl2agent.contracts import Perception
from vl2agent.errors import AmbiguousTarget
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.planner.names import fits, plain
from vl2agent.planner.quoting import MASK, mask, unquote
from vl2agent.steps import Element, Frame, Step, Target, Window

ENOUGH = 0.5
"""The confidence from which a place is taken."""
EQUAL = 0.02
"""Places whose scores are this close are equally likely."""
FRESH, ACTIVE, TITLE = 0.25, 0.05, -0.3
"""What standing in something that just appeared, in the active window, or in a title bar adds to a score."""
READ_WORSE = 0.05
"""What was read this much less surely than another place was probably misread."""
TITLE_BAR_PX = 30
"""A title bar's height at scale 1, at most."""

_GENERIC = re.compile(
    r"\s+(?:style|theme|option|entry|setting|settings|page|category|folder|file|directory|app|application|program"
    r"|value|mode|font|icon|row|section|dialog|window|document|label|layout|colou?r|workspace|shortcut)$",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?P<name>.+?)\s+(?:in|from|on|of|inside|within)\s+(?:the\s+)?(?P<place>.+)", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class Sight:
    """One look at the screen, after the last step."""

    frame: Frame
    perception: Perception
    last: Step | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows of applications, topmost first."""
        return self.frame.windows

    @property
    def active(self) -> Window | None:
        """The window that has the focus, or else the topmost one."""
        return next((window for window in self.windows if window.active), self.windows[0] if self.windows else None)

    def window(self, words: str, *, loosely: bool = False) -> Window | None:
        """The window that the words name: by its title rather than by its application, the active one first."""
        named = [window for window in self.windows if fits(words, window, loosely=loosely)]
        by_title = [window for window in named if fits(words, window.model_copy(update={"app": ""}), loosely=loosely)]
        chosen = by_title or named
        return next((window for window in chosen if window.active), chosen[0] if chosen else None)

    def on_desktop(self, target: Target) -> bool:
        """Tell whether a place is on no window, and neither on a panel along the top nor in what just appeared."""
        in_panel = target.point.y < self.frame.region.top + TITLE_BAR_PX * self.frame.scale
        return not (in_panel or self.is_fresh(target) or self.in_window(target))

    def in_window(self, target: Target) -> bool:
        """Tell whether a place is on some window."""
        return any(window.box.contains(target.point) for window in self.windows)

    def in_title(self, target: Target) -> bool:
        """Tell whether a place is in a window's title bar, or in the panel's list of windows."""
        wanted = plain(target.text).rstrip(".…")
        titled = [window for window in self.windows if wanted and wanted in plain(window.title)]
        height = TITLE_BAR_PX * self.frame.scale
        if any(w.box.contains(target.point) and target.point.y < w.box.top + height for w in titled):
            return True
        return bool(titled) and target.point.y < self.frame.region.top + height and not self.in_window(target)

    @property
    def changed(self) -> bool:
        """Whether the last step changed anything that can be seen."""
        return self.last is not None and self.last.verdict.outcome in ("changed", "moving")

    @property
    def may_repeat(self) -> bool:
        """Whether the last step is known to have been sent: what may or may not have arrived is never repeated."""
        return self.last is None or self.last.receipt is None or self.last.receipt.delivery == "sent"

    def find(self, words: str, within: ScreenBox | None = None, least: float = ENOUGH) -> Target | None:
        """Return the likeliest place for the words; None when there is none.

        Raises:
            AmbiguousTarget: several places are equally likely.
        """
        for reading in readings(words):
            found = [target for target in self.perception.find(reading, self.frame) if target.confidence >= least]
            inside = [target for target in found if _inside(target, within) and self._may_be_meant(target, reading)]
            if inside:
                return self._only(words, sorted(((self._score(t), t) for t in inside), key=lambda pair: -pair[0]))
        return None

    def is_whole(self, target: Target) -> bool:
        """Tell whether a place's text is all that is written there, and not a word of something longer."""
        element = self._element_at(target)
        return element is None or len(_letters(element.text)) <= len(_letters(target.text)) + 2

    def is_drawn(self, window: Window) -> bool:
        """Tell whether a window shows any text below its title: a program that starts maps its window first."""
        top = window.box.top + TITLE_BAR_PX * self.frame.scale
        return any(e.text and window.box.contains(e.point) and e.point.y > top for e in self.elements)

    def sees(self, words: str, least: float = ENOUGH) -> bool:
        """Tell whether the words can be seen, as a window or as a text, however often."""
        if any(fits(words, window) for window in self.windows):
            return True
        return any(
            t.confidence >= least for reading in readings(words) for t in self.perception.find(reading, self.frame)
        )

    def near(self, words: str) -> list[Target]:
        """What comes closest to the words: candidates for an error."""
        return list(self.perception.find(words, self.frame))[:5]

    def quiet_point(self, box: ScreenBox) -> Target:
        """A place in the middle of a box where turning the wheel changes no value."""
        touchy = [e.box for e in self.elements if e.role in ("combo box", "spin box", "slider", "tab", "scale")]
        fractions = (0.5, 0.38, 0.62, 0.26, 0.74)
        points = [
            ScreenPoint(int(box.left + box.width * x), int(box.top + box.height * y))
            for y in fractions
            for x in fractions
        ]
        point = next((p for p in points if not any(_near(p, other) for other in touchy)), box.center)
        spot = ScreenBox(point.x, point.y, point.x + 1, point.y + 1)
        return Target(words="middle of the window", box=spot, point=point, confidence=1.0, source="planner")

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Everything that perception lists."""
        return tuple(self.perception.elements(self.frame))

    def _only(self, words: str, scored: list[tuple[float, Target]]) -> Target:
        """Return the best place. Of equal ones that which is in no title bar, was read for sure, and does not go on."""
        best_score, best = scored[0]
        equal = [best, *(t for s, t in scored if best_score - s < EQUAL and t.box.intersection(best.box) is None)]
        surest = max(self._certainty(target) for target in equal) - READ_WORSE if len(equal) > 1 else 0.0
        for likely in (self._below_title, lambda target: self._certainty(target) >= surest, self._ends_here):
            equal = [target for target in equal if likely(target)] or equal
        if len(equal) > 1:
            raise AmbiguousTarget(words, equal)
        return equal[0]

    def _below_title(self, target: Target) -> bool:
        """Not where a window's title and its buttons are, which are read as letters."""
        window = next((window for window in self.windows if window.box.contains(target.point)), None)
        return window is None or target.point.y >= window.box.top + TITLE_BAR_PX * self.frame.scale

    def _certainty(self, target: Target) -> float:
        """The reader's confidence in what is written there."""
        element = self._element_at(target)
        return element.confidence if element else 0.0

    def _element_at(self, target: Target) -> Element | None:
        around = [element for element in self.elements if element.box.contains(target.point) and element.text]
        return min(around, key=lambda element: element.box.area, default=None)

    def _ends_here(self, target: Target) -> bool:
        return not self._goes_on(target)

    def _goes_on(self, target: Target) -> bool:
        """Tell whether more text stands close under a text: "Window Manager / Tweaks"."""
        box = target.box
        return any(
            element.text
            and element.box.left < box.right
            and box.left < element.box.right
            and 0 <= element.box.top - box.bottom < 0.9 * box.height
            for element in self.elements
        )

    def _score(self, target: Target) -> float:
        score, active = target.confidence, self.active
        if self.in_title(target):
            return score + TITLE
        if self.is_fresh(target):
            score += FRESH
        if active is not None and active.box.contains(target.point):
            score += ACTIVE
        return score

    def _may_be_meant(self, target: Target, words: str) -> bool:
        """Rule out a mere word of a window's title, and for a single sign all but the active window.

        Icons everywhere are read as single signs.
        """
        if self.in_title(target) and all(plain(target.text) != plain(window.title) for window in self.windows):
            return False
        if len(unquote(words)) > 1 or self.active is None:
            return True
        element = self._element_at(target)
        if element is not None and len(element.text.strip()) > 1:
            return False
        return self.is_fresh(target) or (self.active.box.contains(target.point) and self._below_title(target))

    def is_fresh(self, target: Target) -> bool:
        """Tell whether a place is in something small enough that changed with the last step: a menu, a dialog."""
        if self.last is None or not self.last.verdict.changed or _was_toggled(self.last):
            return False
        whole = self.frame.region.area
        return any(box.contains(target.point) for box in self.last.verdict.changed if box.area < whole / 2)


def readings(words: str) -> Iterator[str]:
    """Give the words as they stand, then without the noun that only says what kind of thing it is."""
    yield words
    if MASK not in mask(words) and (shorter := _GENERIC.sub("", words)) != words:
        yield shorter


def split_place(words: str) -> tuple[str, str]:
    """Take "Large in the Size list" apart: the thing, and where it is; the place is empty when none is named."""
    match = _PLACE.fullmatch(mask(words))
    if not match:
        return words, ""
    return words[: match.end("name")].strip(), words[match.start("place") :].strip()


def _was_toggled(step: Step) -> bool:
    """Tell whether a step clicked a check box: its own label and what it enables change, and nothing appears."""
    return any(target.role in ("check box", "radio button", "switch") for target in step.plan.found)


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _inside(target: Target, box: ScreenBox | None) -> bool:
    return box is None or box.contains(target.point)


def _near(point: ScreenPoint, box: ScreenBox, margin_px: int = 24) -> bool:
    return (
        box.left - margin_px <= point.x < box.right + margin_px
        and box.top - margin_px <= point.y < box.bottom + margin_px
    )
