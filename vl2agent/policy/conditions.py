"""Whether a rule fits an action, condition by condition: it fits, it does not, or that cannot be known.

Nothing here says what is typed: what is told of a condition may be written down.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from vl2agent.actions import Action
from vl2agent.errors import VL2AgentError
from vl2agent.geometry import ScreenPoint
from vl2agent.policy.chords import chords_of, fits_chord
from vl2agent.policy.domains import in_domains
from vl2agent.policy.history import History, typed_by
from vl2agent.policy.hours import is_within
from vl2agent.policy.places import Place, places_of
from vl2agent.policy.rules import Edge, Rule
from vl2agent.steps import Frame, Window

TextAt: TypeAlias = Callable[[ScreenPoint, Frame], str | None]
"""Reads what is written under a point, '' where that is nothing, None where it cannot be read; perception has it, and
policy gets it handed in."""

BROWSERS = re.compile(
    r"chrom|firefox|mozilla|navigator|librewolf|brave|edge|opera|vivaldi|safari|epiphany|web ?browser|browser|falkon"
    r"|konqueror|qutebrowser|midori|surf|tor\b|palemoon|seamonkey|waterfox|webkit|electron",
    re.IGNORECASE,
)
"""Applications that show pages: one that does not tell its page may show any."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a rule, or of one condition of it; `fits` is None when that cannot be known."""

    fits: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class Case:
    """An action to be decided about, and all that is known."""

    action: Action
    frame: Frame
    history: History
    now: datetime
    text_at: TextAt | None


def weigh(rule: Rule, case: Case, *, rate: bool = True) -> Finding:
    """Tell whether a rule fits; `rate` looks at how often, too.

    Conditions that cost nothing come first: the screen is read last.
    """
    unknown = ""
    for finding in _findings(rule, case, rate):
        if finding.fits is False or (finding.fits is None and rule.verdict == "allow"):
            return Finding(False, finding.why)
        unknown = unknown or (finding.why if finding.fits is None else "")
    return Finding(True, unknown)


def _findings(rule: Rule, case: Case, rate: bool) -> Iterator[Finding]:
    yield from _of_the_action(rule, case)
    if rule.rate is not None and rate:
        yield Finding(case.history.exceeds(rule.rate, rule.name, case.action), "not as often as the rate allows")
    places = places_of(case.action, case.frame)
    either = [_at(rule, place, case) for place in places]
    yield _all_of(either) if rule.verdict == "allow" else _any_of(either)


def _of_the_action(rule: Rule, case: Case) -> Iterator[Finding]:
    action = case.action
    if rule.actions is not None:
        yield Finding(action.kind in rule.actions, f"{action.kind} is not among {', '.join(rule.actions)}")
    if rule.keys is not None:
        yield _keys(rule.keys, action)
    if rule.typed is not None:
        yield _typed(rule.typed, case, whole_row=rule.verdict != "allow")
    if rule.hours is not None or rule.days is not None:
        fits = is_within(case.now, rule.hours, rule.days)
        yield Finding(fits, f"{case.now:%a %H:%M} is not within {' '.join((*(rule.days or ()), *(rule.hours or ())))}")


def _keys(patterns: Sequence[str], action: Action) -> Finding:
    chords = chords_of(action)
    if not chords:
        return Finding(False, "no keys are pressed")
    if any(chord and fits_chord(chord, patterns) for chord in chords):
        return Finding(True, "")
    if None in chords:
        return Finding(None, "the chord cannot be read")
    return Finding(False, f"{' and '.join(str(chord) for chord in chords)} is none of {', '.join(patterns)}")


def _typed(pattern: re.Pattern[str], case: Case, *, whole_row: bool) -> Finding:
    """Search what is typed, and where `whole_row` what was typed before it too, up to the new end."""
    new = typed_by(case.action)
    if new is None:
        return Finding(False, "nothing is typed")
    before = case.history.typed(case.frame) if whole_row else ""
    ways = (str, plain, _on_one_line) if whole_row else (str,)
    found = any(_ends_in(way(new), way(before), pattern) for way in ways)
    return Finding(found, f"nothing of what is typed fits {_short(pattern)}")


def _ends_in(new: str, before: str, pattern: re.Pattern[str]) -> bool:
    """Tell whether a match ends in the new text, wherever it begins."""
    return any(match.end() > len(text) - len(new) for text in {before + new, new} for match in pattern.finditer(text))


def _on_one_line(text: str) -> str:
    """Join the lines that a shell joins."""
    return text.replace("\\\n", "")


# --- what is at a place --------------------------------------------------------------------------------------------


def _at(rule: Rule, place: Place, case: Case) -> Finding:
    """Look at all that a rule says of a place, at one place."""
    unknown: Finding | None = None
    for finding in _of_the_place(rule, place, case):
        if finding.fits is False:
            return finding
        unknown = unknown or (finding if finding.fits is None else None)
    return unknown or Finding(True, "")


def _of_the_place(rule: Rule, place: Place, case: Case) -> Iterator[Finding]:
    if rule.window is not None or rule.app is not None:
        yield _window(rule, place)
    if rule.region is not None:
        yield _region(rule, rule.region, place, case.frame)
    if rule.domains is not None:
        yield _domains(rule.domains, place)
    if rule.text is not None:
        yield _text(rule.text, place, case)


def _window(rule: Rule, place: Place) -> Finding:
    if not place.told:
        return Finding(None, "nothing tells which window it is")
    names = _names(place.window)
    if rule.window is not None and not any(_search(rule.window, name) for name in names):
        return Finding(False, f"{_called(place.window)} does not fit {_short(rule.window)}")
    if rule.app is None:
        return Finding(True, "")
    if place.window is not None and not place.window.app:
        return Finding(None, f"nothing tells the application of {_called(place.window)}")
    fits = place.window is not None and _search(rule.app, place.window.app)
    return Finding(fits, f"{_called(place.window)} is not of an application {_short(rule.app)}")


def _region(rule: Rule, edges: Sequence[Edge], place: Place, frame: Frame) -> Finding:
    if place.point is None:
        return Finding(False, "it has no place on the screen")
    if rule.of == "window" and place.window is None:
        return Finding(
            False if place.told else None, "no window is there" if place.told else "nothing tells the windows"
        )
    box = place.window.box if rule.of == "window" and place.window else frame.region
    origin = (box.left, box.top) if rule.of == "window" else (0, 0)
    left, right = (_pixel(edge, origin[0], box.left, box.width) for edge in edges[::2])
    top, bottom = (_pixel(edge, origin[1], box.top, box.height) for edge in edges[1::2])
    inside = left <= place.point.x < right and top <= place.point.y < bottom
    shown = ", ".join(str(edge) for edge in edges)
    return Finding(inside, f"{place.point} is outside of [{shown}] of the {rule.of}")


def _domains(patterns: Sequence[str], place: Place) -> Finding:
    window = place.window
    if window is None:
        return Finding(False if place.told else None, "no page is there" if place.told else "nothing tells the page")
    if not window.url:
        is_browser = not window.app or BROWSERS.search(window.app) is not None
        why = f"nothing tells the page of {_called(window)}" if is_browser else f"{_called(window)} shows no page"
        return Finding(None if is_browser else False, why)
    fits = in_domains(window.url, patterns)
    return Finding(fits, "nothing tells whose page it is" if fits is None else f"the page is in none of {patterns}")


def _text(pattern: re.Pattern[str], place: Place, case: Case) -> Finding:
    point = place.point or case.history.focused_point(case.frame)
    if place.point is None and (point is None or case.action.kind not in ("type", "key")):
        return Finding(False, "nothing tells which field has the keys")
    assert case.text_at is not None  # asked for when the rules came in
    assert point is not None
    try:
        text = case.text_at(point, case.frame)
    except VL2AgentError:
        text = None
    if text is None:
        return Finding(None, f"what is written at {point} cannot be read")
    lines = [text, *text.splitlines(), " ".join(text.split())]
    return Finding(
        any(_search(pattern, line) for line in lines), f"{text[:60]!r} at {point} does not fit {_short(pattern)}"
    )


def _names(window: Window | None) -> list[str]:
    """Return what a pattern is searched in: '' is no window at all, or one without any name."""
    return ([name for name in (window.title, window.app) if name] if window else []) or [""]


def _called(window: Window | None) -> str:
    return f"{window.title!r} ({window.app})" if window else "the desktop"


def _pixel(edge: Edge, origin: int, start: int, length: int) -> float:
    return edge + origin if isinstance(edge, int) else start + float(edge[:-1]) / 100 * length


def _short(pattern: re.Pattern[str]) -> str:
    return repr(pattern.pattern if len(pattern.pattern) <= 60 else pattern.pattern[:59] + "…")


def _search(pattern: re.Pattern[str], text: str) -> bool:
    return bool(pattern.search(text) or pattern.search(plain(text)))


def plain(text: str) -> str:
    """Write text without what is not seen: letters of other widths as usual ones, nothing of zero width."""
    visible = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(visible)


# --- several places ------------------------------------------------------------------------------------------------


def _any_of(findings: Sequence[Finding]) -> Finding:
    """Take what fits most: a rule that asks or denies looks at either end."""
    order = {True: 0, None: 1, False: 2}
    return min(findings, key=lambda finding: order[finding.fits])


def _all_of(findings: Sequence[Finding]) -> Finding:
    """Take what fits least: a rule that allows looks at both ends."""
    order = {False: 0, None: 1, True: 2}
    return min(findings, key=lambda finding: order[finding.fits])
