"""A query and a picture give targets: words by perception, then the steps that narrow them down by geometry and text."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vl2agent.contracts import Perception
from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import ScreenBox
from vl2agent.perception.query import parse_name
from vl2agent.perception.relations import distance, reading_order
from vl2agent.scripting.lettering import contains
from vl2agent.scripting.query import Having, Narrowing, Nth, Query, Related
from vl2agent.steps import Frame, Target

EQUAL_ODDS = 1.5
"""Targets whose odds of being meant differ by less than this factor are equally good."""
EQUAL_PX = 4
"""Distances to an anchor that differ by fewer logical pixels are equal."""
RESEMBLING = 5
"""Things that are told, at most, where nothing fits."""
HOLDS_TEXT = ("field", "search field", "text area", "spin box", "combo box")
"""Roles of things whose text is what they hold, also when that is nothing."""
_CALLED = {"left of": "left", "right of": "right", "inside": "in"}
"""Relations that perception has another word for."""


@dataclass(frozen=True, slots=True)
class Fits:
    """What fits a query on one picture.

    Args:
        targets: best first; after a relation, nearest first.
        gaps: how far each is from the anchor in pixels; empty where no relation put them in order.
        near: what came close, should nothing fit.
        reason: why nothing fits.
    """

    targets: tuple[Target, ...] = ()
    gaps: tuple[float, ...] = ()
    near: tuple[Target, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Glance:
    """One picture, what reads it, and the confidence that is asked of what is found there."""

    frame: Frame
    perception: Perception
    confidence: float

    def one(self, query: Query) -> Target:
        """Find the one thing that the query names.

        Raises:
            TargetNotFound: nothing fits.
            AmbiguousTarget: several things fit equally well.
        """
        if not query.steps:
            return self._named(query.words)
        fits = self.all(query)
        if not fits.targets:
            raise TargetNotFound(str(query), fits.near, fits.reason)
        if len(rivals := _rivals(fits, self.frame.scale)) > 1:
            raise AmbiguousTarget(str(query), rivals)
        return fits.targets[0]

    def all(self, query: Query) -> Fits:
        """Find everything that the query fits."""
        found = tuple(self.perception.find(query.words, self.frame))
        names_a_kind = not parse_name(query.words)[0].text  # "button": all of them fit, and none for certain
        fits = Fits(_fitting(found, self.confidence, 0.0 if names_a_kind else self.confidence / 2), near=found)
        for step in query.steps:
            if fits.targets:
                fits = self._narrowed(fits, step)
        return fits

    def text(self, target: Target) -> str:
        """Read what is written on a target, or what it holds; of a part of a line, the whole line."""
        written = self.perception.text_in(target.box, self.frame).strip()
        if written or target.role in HOLDS_TEXT:
            return written
        around = [each for each in self.perception.elements(self.frame) if each.box.contains(target.point)]
        return min(around, key=lambda element: element.box.area).text if around else target.text

    def resembling(self, words: str) -> tuple[Target, ...]:
        """List what is spelled a little like the words, for people to look at: nothing of it fits."""
        texts = {element.text: element for element in self.perception.elements(self.frame) if element.text}
        return tuple(
            Target(words=words, box=element.box, point=element.point, confidence=0.0, text=text, role=element.role)
            for text in difflib.get_close_matches(words, texts, n=RESEMBLING, cutoff=0.4)
            for element in [texts[text]]
        )

    def _named(self, words: str) -> Target:
        """Let perception decide, which looks closest at a single thing; how sure it must be is the script's to say."""
        try:
            target = self.perception.locate(words, self.frame)
        except AmbiguousTarget:
            raise
        except TargetNotFound as error:
            unsure = Fits(tuple(each for each in error.candidates if each.confidence >= self.confidence))
            if len(_rivals(unsure, self.frame.scale)) != 1:
                raise
            return unsure.targets[0]
        if target.confidence < self.confidence:
            raise TargetNotFound(words, [target], f"{self.confidence:g} is asked for")
        return target

    def _narrowed(self, fits: Fits, step: Narrowing) -> Fits:
        match step:
            case Nth():
                kept = self._nth(fits, step.index)
            case Having():
                kept = _those(fits, lambda target: self._has(target, step))
            case Related():
                kept = self._related(fits, step)
        reason = kept.reason or f"of {len(fits.targets)} that fit the words, none{step}"
        return Fits(kept.targets, kept.gaps, fits.targets, reason)

    def _nth(self, fits: Fits, index: int) -> Fits:
        boxes = [self.frame.view.box_to_image(target.box) for target in fits.targets]
        order = list(range(len(boxes))) if fits.gaps else reading_order(boxes)
        if -len(order) <= index < len(order):
            return Fits((fits.targets[order[index]],))
        return Fits(reason=f"only {len(order)} fit")

    def _has(self, target: Target, step: Having) -> bool:
        if step.text is not None and not contains(self.text(target), step.text):
            return False
        return not step.role or self._has_role(target, step.role)

    def _has_role(self, target: Target, role: str) -> bool:
        called = (role, parse_name(role)[0].role)  # "checkbox" is a check box
        elements = self.perception.elements(self.frame)
        return any(element.role in called and element.box.contains(target.point) for element in elements)

    def _related(self, fits: Fits, step: Related) -> Fits:
        anchors = self._anchors(step.anchor)
        if not anchors:
            return Fits(reason=f"nothing on the screen fits {str(step.anchor)!r}")
        within = _those(fits, lambda target: any(_encloses(anchor, target.box) for anchor in anchors))
        if step.relation == "inside" and within.targets:
            return within
        gaps = ((self._gap(target.box, anchors, step), target) for target in fits.targets)
        ordered = sorted(((gap, target) for gap, target in gaps if gap is not None), key=lambda pair: pair[0])
        return Fits(tuple(target for _, target in ordered), tuple(gap for gap, _ in ordered))

    def _anchors(self, query: Query) -> list[ScreenBox]:
        """Find what a relation hangs on; of several that are equally good, any will do."""
        try:
            return [self.one(query).box]
        except AmbiguousTarget as error:
            return [target.box for target in error.candidates]
        except TargetNotFound:
            return []

    def _gap(self, box: ScreenBox, anchors: Iterable[ScreenBox], step: Related) -> float | None:
        """Measure how far the nearest anchor is that the box stands so to; None when it stands so to none in reach."""
        to_image, relation = self.frame.view.box_to_image, _CALLED.get(step.relation, step.relation)
        measured = (distance(relation, to_image(box), to_image(anchor)) for anchor in anchors)
        reach = float("inf") if step.within_px is None else step.within_px * self.frame.scale
        return min((gap for gap in measured if gap is not None and gap <= reach), default=None)


def _fitting(found: Sequence[Target], confidence: float, shared: float) -> tuple[Target, ...]:
    """Keep what is sure enough; things that are equally good share their chances, and are sure together."""
    alike = [target for target in found if _equally_good(target, found[0])]
    together = len(alike) > 1 and min(each.confidence for each in alike) >= shared
    return tuple(each for each in found if each.confidence >= confidence or (together and each in alike))


def _rivals(fits: Fits, scale: float) -> tuple[Target, ...]:
    """Return the best target and those that are as good."""
    if fits.gaps:
        close = (gap - fits.gaps[0] < EQUAL_PX * scale for gap in fits.gaps)
        return tuple(target for target, so in zip(fits.targets, close, strict=True) if so)
    return tuple(target for target in fits.targets if _equally_good(target, fits.targets[0]))


def _equally_good(one: Target, other: Target) -> bool:
    low, high = sorted((one.confidence, other.confidence))
    return high * (1 - low) <= EQUAL_ODDS * low * (1 - high) or low == high


def _those(fits: Fits, fit: Callable[[Target], bool]) -> Fits:
    kept = [index for index, target in enumerate(fits.targets) if fit(target)]
    gaps = tuple(fits.gaps[index] for index in kept) if fits.gaps else ()
    return Fits(tuple(fits.targets[index] for index in kept), gaps)


def _encloses(outer: ScreenBox, inner: ScreenBox) -> bool:
    return outer != inner and outer.intersection(inner) == inner
