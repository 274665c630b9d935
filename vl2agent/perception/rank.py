"""Everything on a screen that could be what a name means, with a score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vl2agent.geometry import ImageBox, ImagePoint
from vl2agent.perception.fields import FIELDS, TOGGLES, WIDGET_ROLES, widget_for
from vl2agent.perception.match import Match, find_name
from vl2agent.perception.query import Name
from vl2agent.perception.roles import button_pane, fit
from vl2agent.perception.scene import Scene, encloses

ROLE_WEIGHT = 0.1
COST_WEIGHT = 0.1
NO_WIDGET = 0.15
LATER_READING = 0.03
BEYOND_BEST = 0.25
"""Matches this much worse than the best one are not looked at any further."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that could be meant.

    Args:
        box: of the widget where one was found, else of the text.
        point: where to click.
        text: what is written there, or the label that led there.
        role: as the words say.
        score: for comparing candidates of one search; not a probability.
        match: the text that led here.
        role_fit: evidence for the role, -1..1.
    """

    box: ImageBox
    point: ImagePoint
    text: str
    role: str
    score: float
    match: Match
    role_fit: float


def candidates(names: Sequence[Name], scene: Scene) -> list[Candidate]:
    """Return the candidates for the readings of some words, best first, one for each box."""
    best: dict[ImageBox, Candidate] = {}
    for order, name in enumerate(names):
        for candidate in _for_name(name, order, scene):
            known = best.get(candidate.box)
            if known is None or known.score < candidate.score:
                best[candidate.box] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.score)


def _for_name(name: Name, order: int, scene: Scene) -> Iterator[Candidate]:
    matches = find_name(name.text, scene.lines)
    for match in matches:
        if match.similarity < matches[0].similarity - BEYOND_BEST:
            break
        score = match.similarity - LATER_READING * order
        if name.role in WIDGET_ROLES:
            yield _of_widget(name, match, score, scene)
        else:
            role_fit = fit(name.role, match.box, scene)
            box = (_own_button(match.box, scene) if name.role == "button" else None) or match.box
            total = score + ROLE_WEIGHT * role_fit
            yield Candidate(box, match.box.center, match.text, name.role, total, match, role_fit)


def _of_widget(name: Name, match: Match, score: float, scene: Scene) -> Candidate:
    widget = widget_for(match.box, name.role, scene)
    if widget is None:
        missing = NO_WIDGET if name.role in FIELDS or name.role in ("switch", "slider") else 0.0
        return Candidate(match.box, match.box.center, match.text, name.role, score - missing, match, 0.0)
    role_fit = 1.0 - min(widget.cost, 2.0)
    box = widget.box.union(match.box) if name.role in TOGGLES else widget.box
    return Candidate(box, widget.box.center, match.text, name.role, score + COST_WEIGHT * role_fit, match, role_fit)


def _own_button(box: ImageBox, scene: Scene) -> ImageBox | None:
    """Return the button around a text, unless other texts are on it as well: then it is a bar or a row."""
    pane = button_pane(box, scene)
    if pane is None or any(line.box != box and encloses(pane, line.box) and len(line.text) > 2 for line in scene.lines):
        return None
    return pane
