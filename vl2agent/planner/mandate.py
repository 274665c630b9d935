"""What a goal empowers to: the acts that its clauses are carried out with, and no others.

A mandate is made of the person's words alone, before the first look at the screen. So nothing that a screen says can
widen it. Clauses of the command grammar grant what carries them out (planner/*.py says how that goes); a part of a goal
that is no command grants what stands in quotes: to click what is called so, and to type it; a question, only to scroll
until it is seen. A part that says what not to do, or what to leave out, grants nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from vl2agent.actions import Button, Direction, Modifier
from vl2agent.errors import GoalError
from vl2agent.planner import clauses as c
from vl2agent.planner.addresses import hosts_in
from vl2agent.planner.grammar import parse
from vl2agent.planner.names import application
from vl2agent.planner.opening import FINDER, MENU, SUBMENUS
from vl2agent.planner.quoting import MASK, mask, quoted_spans, unquote
from vl2agent.planner.seeking import MAX_SCROLLS, MAXIMIZE
from vl2agent.planner.sight import split_place
from vl2agent.planner.subgoals import split
from vl2agent.planner.windows import MAX_CYCLES

How: TypeAlias = Literal["thing", "field", "toggle", "opened", "menu", "title", "list"]
"""What words mean: the likeliest thing, a field, a box to tick, what opens it, the desktop's menu, a title, a list."""

TWICE = 2
"""An act and its one repetition."""

_LEAVES_OUT = re.compile(
    r"\b(?:not|never|no|nor|neither|nothing|without|except|unless|but|avoid|ignore|skip|instead|rather|cannot"
    r"|nicht|nie|niemals|kein\w*|ohne|jamais|pas|sans|sauf|nunca|senza)\b|n['’]t\b",
    re.IGNORECASE,
)
_ONLY_ASKS = re.compile(
    r"\W*(?:please\s+)?(?:tell me|summari[sz]e|describe|explain|count|compare|find out|(?:check|see) (?:if|whether)"
    r"|what|how|why|who|when|where|which|is|are|does|did|has|have)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Leave for one act of a part of the goal.

    `times` is how often it may be done. `after` are numbers of grants, one of which must have been used just before.
    `window` is what must have the focus, as people call it; empty for any. `unless` is a window that must not be there:
    what is open already is not opened.
    """

    part: str
    times: int = TWICE
    after: tuple[int, ...] = ()
    window: str = ""
    unless: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointing(Grant):
    """To click what the words name, or to rest the pointer on it."""

    words: str
    how: How = "thing"
    kind: Literal["click", "move"] = "click"
    counts: tuple[int, ...] = (1,)
    button: Button = "left"
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dragging(Grant):
    """To drag one named thing to another."""

    words: str
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrolling(Grant):
    """To turn the wheel: as the goal says, or until what the words name can be seen."""

    words: str = ""
    over: str = ""
    direction: Direction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing(Grant):
    """To type exactly this."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressing(Grant):
    """To press this chord."""

    keys: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """All that a goal grants: acts, windows by what it calls them, and hosts whose pages it names."""

    grants: tuple[Grant, ...]
    windows: tuple[str, ...]
    hosts: frozenset[str]


def mandate_of(goal: str) -> Mandate:
    """Read what a goal grants.

    Raises:
        GoalError: it is empty or too long.
    """
    grants, windows = list[Grant](), list[str]()
    for clause in _clauses(goal):
        if isinstance(clause, str):
            grants += _quoted(clause)
            continue
        if _leaves_something_out(clause):
            continue
        if isinstance(clause, c.Open | c.Switch | c.Close) and clause.target:
            windows.append(clause.target)
        grants += _granted(clause, len(grants))
    return Mandate(tuple(grants), tuple(windows), frozenset(hosts_in(goal)))


def _clauses(goal: str) -> Iterator[c.Clause | str]:
    """Give the clauses of a goal; parts that are no commands as they stand."""
    try:
        yield from parse(goal)
        return
    except GoalError:
        parts = split(goal)
    for part in parts:
        try:
            yield from parse(part)
        except GoalError:
            yield part


def _leaves_something_out(clause: c.Clause) -> bool:
    """Tell whether words around a quote turn it round: "everything but 'Delete'"; a thing may be called "Don't save"."""
    words = (mask(getattr(clause, name, "")) for name in ("target", "destination"))
    return any(MASK in hidden and _LEAVES_OUT.search(hidden) for hidden in words)


def _quoted(part: str) -> Iterator[Grant]:
    try:
        spans = quoted_spans(part)
    except GoalError:  # a quote is never closed: nothing tells what it says
        return
    if _LEAVES_OUT.search(mask(part)):
        return
    for start, end in spans:
        words = part[start:end]
        yield _seeking(words, part)
        if _ONLY_ASKS.match(part):
            continue
        yield Pointing(part=part, words=words, counts=(1, 2))
        yield Pointing(part=part, words=words, how="field", counts=(1, 3))
        yield Typing(part=part, text=unquote(words))


def _granted(clause: c.Clause, number: int) -> Iterable[Grant]:
    """Give what carries a clause out; `number` is that of the first grant."""
    part = str(clause)
    match clause:
        case c.Open():
            return _opening(clause, part, number)
        case c.Close():
            return [*_to_front(clause.target, part), Pressing(part=part, keys="alt+f4", window=clause.target)]
        case c.Switch():
            return [*_to_front(clause.target, part), *_absent(clause.target, _pointing(clause.target, part))]
        case c.Click():
            how = {"button": clause.button, "counts": (clause.count,), "modifiers": clause.modifiers}
            return _pointing(clause.target, part, **how)
        case c.Choose():
            return _choosing(clause, part, number)
        case c.Unfold():
            return [_hovering(clause.target, part), *_pointing(clause.target, part), _seeking(clause.shows, part)]
        case c.Check():
            return _pointing(clause.target, part, how="toggle")
        case c.Type() | c.Set() | c.Clear():
            return _entering(clause, part, number)
        case c.Press():
            return [Pressing(part=part, keys=clause.keys, times=clause.times + 1)]
        case c.Drag():
            drag = Dragging(part=part, words=clause.target, destination=clause.destination)
            return [drag, _seeking(clause.target, part), _seeking(clause.destination, part)]
        case c.Hover():
            return [_hovering(clause.target, part), _seeking(clause.target, part)]
        case c.Scroll():
            return [Scrolling(part=part, over=clause.target, direction=clause.direction)]
        case c.ScrollTo():
            return [replace(_seeking(clause.target, part), direction=clause.direction)]
        case c.Pause() | c.Await() | c.Ask():
            return []  # they only look


def _pointing(words: str, part: str, **how: object) -> list[Grant]:
    """A thing, and what may have to be done to see it: opening its list, maximizing its window, scrolling."""
    grants: list[Grant] = [Pointing(part=part, words=words, **how)]  # type: ignore[arg-type]
    if place := split_place(words)[1]:
        grants.append(Pointing(part=part, words=place, how="list"))
    return [*grants, Pressing(part=part, keys=MAXIMIZE), _seeking(words, part)]


def _hovering(words: str, part: str) -> Pointing:
    return Pointing(part=part, words=words, kind="move")


def _seeking(words: str, part: str) -> Scrolling:
    return Scrolling(part=part, words=words, times=4 * MAX_SCROLLS)


def _to_front(words: str, part: str) -> list[Grant]:
    if not words:
        return []
    return [
        Pointing(part=part, words=words, how="title"),
        Pressing(part=part, keys="alt+tab", times=MAX_CYCLES),
    ]


def _absent(window: str, grants: Iterable[Grant]) -> list[Grant]:
    """The same, as long as no such window is there."""
    return [replace(grant, unless=window) for grant in grants]


def _opening(clause: c.Open, part: str, number: int) -> list[Grant]:
    """The ways to open a thing: what is visible, the applications menu and its submenus, the application finder."""
    app, front = application(clause.target), _to_front(clause.target, part)
    ways: list[Grant] = [
        *_pointing(clause.target, part),
        *(Pointing(part=part, words=words, how="opened", counts=(1, 2)) for words in (clause.target, *app.labels)),
        Pressing(part=part, keys="alt+f3"),
        Typing(part=part, text=app.labels[0], window=FINDER),
        Pointing(part=part, words=MENU, how="menu"),
    ]
    submenus = (app.menu,) if app.menu else SUBMENUS
    first = number + len(front) + len(ways)
    opened = tuple(range(first - 1, first + len(submenus)))
    ways += [Pointing(part=part, words=name, how="opened", after=opened) for name in submenus]
    leaving = (first - 2, *opened, first + len(submenus))  # a name that was typed, an open menu, escape itself
    ways.append(Pressing(part=part, keys="escape", times=4, after=leaving))
    return [*front, *_absent(clause.target, ways)]


def _choosing(clause: c.Choose, part: str, number: int) -> list[Grant]:
    """A thing; of a list that cannot be seen, its name is typed into it, and taken with enter."""
    grants = _pointing(clause.target, part)
    name, place = split_place(clause.target)
    if not place:
        return grants
    typed = number + len(grants)
    listed = Typing(part=part, text=unquote(name), after=(number + 1,))
    return [*grants, listed, Pressing(part=part, keys="enter", after=(typed,))]


def _entering(clause: c.Type | c.Set | c.Clear, part: str, number: int) -> list[Grant]:
    """A field, then what goes into it: only there, so that what is typed lands nowhere else."""
    if not clause.target:
        return _without_field(clause, part, number)
    field = Pointing(part=part, words=clause.target, how="field", counts=(1, 3))
    seen = [field, *_pointing(clause.target, part)]
    at, key = number + len(seen), "ctrl+end" if isinstance(clause, c.Type) else "ctrl+a"
    clicked = (number, number + 1)
    then: list[Grant] = [Pressing(part=part, keys=key, after=clicked)]
    match clause:
        case c.Type():
            then.append(Typing(part=part, text=clause.text, after=(*clicked, at)))
        case c.Set():
            then.append(Typing(part=part, text=clause.value, after=(at,)))
            then.append(Pressing(part=part, keys="tab", after=(at + 1,)))
            then.append(Pointing(part=part, words=clause.value))
        case c.Clear():
            then.append(Pressing(part=part, keys="delete", after=(at,)))
    return [*seen, *then]


def _without_field(clause: c.Type | c.Set | c.Clear, part: str, number: int) -> list[Grant]:
    if isinstance(clause, c.Type):
        return [Typing(part=part, text=clause.text)]
    return [Pressing(part=part, keys="ctrl+a"), Pressing(part=part, keys="delete", after=(number,))]
