"""Everything on a screen that could be what a name means, with a score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vl2agent.geometry import ImageBox, ImagePoint
from vl2agent.perception.fields import widget_for
from vl2agent.perception.match import Match, find_name, runs_on
from vl2agent.perception.query import Name
from vl2agent.perception.roles import button_pane, fit
from vl2agent.perception.scene import Scene, encloses
from vl2agent.perception.signs import signs_for
from vl2agent.perception.text import Line
from vl2agent.perception.things import things
from vl2agent.perception.widgets import FIELDS, TOGGLES, WIDGET_ROLES, search_entries

ROLE_WEIGHT = 0.1
COST_WEIGHT = 0.1
NO_WIDGET = 0.15
LATER_READING = 0.03
SIGN = 0.78
"""The similarity of a sign to the name that it usually stands for."""
NAMELESS = 0.8
"""The similarity of a thing to words that name its role alone."""
SEARCH = signs_for("search")
LENS = 0.9
"""The similarity of an entry with a magnifying glass to the words "search field"."""
RUNS_ON = 0.04
"""What a label loses that goes on in the next line: another one may say just the name."""
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
    """Return the candidates for the readings of some words, best first, one for each place."""
    found = [candidate for order, name in enumerate(names) for candidate in _for_name(name, order, scene)]
    best: list[Candidate] = []
    for candidate in sorted(found, key=lambda candidate: -candidate.score):
        if not any(_same_place(candidate, other) for other in best):
            best.append(candidate)
    return best


def _same_place(a: Candidate, b: Candidate) -> bool:
    """Tell whether two candidates are one thing: the text of one lies on the other's."""
    low, high = sorted((a.match.box, b.match.box), key=lambda box: box.area)
    return a.box == b.box or encloses(high, low)


def _for_name(name: Name, order: int, scene: Scene) -> Iterator[Candidate]:
    if not name.text:
        yield from _of_role(name.role, scene)
        return
    matches = find_name(name.text, scene.lines)
    if name.role in FIELDS and not matches and signs_for(name.text) == SEARCH:
        for box in search_entries(scene):
            glass = any(line.text in SEARCH and encloses(box, line.box) for line in scene.lines)
            yield _by_sign(name, box, SEARCH[0], 0 if glass else order + 1)
    if order == 0 and name.role in ("icon", "button", "tab", "link", ""):
        yield from _signs(name, order, scene)
    for match in matches:
        if match.similarity < matches[0].similarity - BEYOND_BEST:
            break
        score = match.similarity - LATER_READING * order - RUNS_ON * _is_cut(match, scene)
        if name.role in WIDGET_ROLES:
            yield _of_widget(name, match, score, scene)
        else:
            role_fit = fit(name.role, match.box, scene)
            box = (_own_button(match.box, scene) if name.role == "button" else None) or match.box
            total = score + ROLE_WEIGHT * role_fit
            yield Candidate(box, match.box.center, match.text, name.role, total, match, role_fit)


def _is_cut(match: Match, scene: Scene) -> bool:
    return match.whole and match.box == match.line.box and runs_on(match.line, scene.lines)


def _of_role(role: str, scene: Scene) -> Iterator[Candidate]:
    """Yield everything of a role, for words such as "the field below Password" that give no name."""
    wanted = "field" if role in FIELDS else role
    for thing in things(scene):
        if thing.role in (role, wanted):
            likeness = LENS if role == "search field" and thing.text in SEARCH else NAMELESS
            match = Match(thing.box, thing.text, likeness, True, Line(thing.text, thing.box, 1.0, ()), 1.0)
            yield Candidate(thing.box, thing.box.center, thing.text, role, likeness, match, 0.0)


def _signs(name: Name, order: int, scene: Scene) -> Iterator[Candidate]:
    """Yield the lone signs that stand for a name, as a cross does for Close."""
    signs = signs_for(name.text)
    for line in scene.lines:
        if len(line.text) == 1 and line.text in signs:
            yield _by_sign(name, line.box, line.text, order)


def _by_sign(name: Name, box: ImageBox, sign: str, order: int) -> Candidate:
    match = Match(box, sign, SIGN, True, Line(sign, box, 1.0, (float(box.center.x),)), 1.0)
    return Candidate(box, box.center, sign, name.role, SIGN - LATER_READING * order, match, 0.0)


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
