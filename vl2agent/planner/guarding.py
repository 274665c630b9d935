"""The policy of a guarded run: what the goal names may be done, and a person is asked about everything else.

    policy = GoalPolicy("type 'hello' into Name, then click Send", OcrPerception())

What a screen says adds nothing to a goal, so an instruction on it is not recognised, it merely grants nothing: a click
must land on what the goal's words mean, a text must be one that the goal says, a chord one that it needs. The screen is
read with a reader that follows no instructions, not with the model that plans.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from vl2agent.actions import (
    Action,
    AskUser,
    Click,
    Done,
    Drag,
    Fail,
    Key,
    Move,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)
from vl2agent.contracts import Perception
from vl2agent.errors import KeyNameError, MissingExtra, PolicyError
from vl2agent.executor.keys import parse_chord
from vl2agent.planner.addresses import site
from vl2agent.planner.mandate import Dragging, Grant, Pointing, Pressing, Scrolling, Typing, mandate_of
from vl2agent.planner.meant import Meaning
from vl2agent.planner.names import fits
from vl2agent.planner.sight import Sight
from vl2agent.policy.places import places_of
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.reading import text_under
from vl2agent.steps import Decision, Frame, Plan, Step, Verdict
from vl2agent.tiles import dirty_regions

APART = re.compile(
    r"term\b|terminal|terminator|konsole|tilix|kitty|alacritty|ptyxis|guake|yakuake|iterm|powershell|cmd\.exe|^st$|^foot$"
    r"|polkit|policykit|pinentry|gcr-prompter|ssh-askpass|kdesu|gksu",
    re.IGNORECASE,
)
"""Applications that reach beyond their windows: nothing is typed there, and no key pressed, unless the goal names them."""
APART_TITLES = re.compile(r"(?:authentication required|authenticate|unlock (?:login )?keyring)", re.IGNORECASE)
"""Whole titles of dialogs that do; parts of titles tell nothing, as a page may be called anything."""
DEFAULT = "default"
"""What a policy calls the rule that no rule fits."""
UNNAMED = "the goal does not name it"
"""The rule by which everything that no clause of the goal takes is asked about."""
TOUCHY = ("combo box", "spin box", "slider", "scale")
"""What the wheel changes instead of scrolling it."""


def guarded_rules() -> Path:
    """Return the packaged rules that go with it: what is dangerous whatever the goal says."""
    return Path(str(files("vl2agent.policy").joinpath("guarded.toml")))


class GoalPolicy:
    """Allow what a goal names, as often as its clauses need it; ask about the rest.

    Rules come first: what one of them says holds, also where it allows more than the goal. One policy serves one run.

    Args:
        goal: what the person said.
        reader: reads the screen, best without a model.
        rules: what else holds; the packaged guarded rules by default. Where its default is deny, what the goal does not
            name is denied instead of asked about.

    Raises:
        GoalError: the goal is empty or too long.
        PolicyError: a rule is called "default".
    """

    def __init__(self, goal: str, reader: Perception, rules: RulePolicy | None = None) -> None:
        self.goal, self._reader = goal, reader
        self.rules = rules or RulePolicy.load(guarded_rules(), text_at=text_under(reader.elements))
        if any(rule.name == DEFAULT for rule in self.rules.rules):
            raise PolicyError("<rules>", "is called as what holds where no rule fits; call it otherwise", DEFAULT)
        self._each = self.rules.as_data()["approve"] == "each"
        self._mandate = mandate_of(goal)
        self._used: Counter[int] = Counter()
        self._last: frozenset[int] = frozenset()
        self._app = ""
        self._before: Frame | None = None
        self._home: frozenset[tuple[str, str]] | None = None

    def as_data(self) -> dict[str, Any]:
        """Return the rules as data, and the goal that comes after them."""
        return {**self.rules.as_data(), "goal": self.goal}

    def decide(self, action: Action, frame: Frame) -> Decision:
        """Ask the rules, then the goal."""
        if self._home is None:
            self._home = frozenset(site(window.url) for window in frame.windows if window.url)
        decision = self.rules.decide(action, frame)
        if decision.rule == DEFAULT:
            decision = self._by_the_goal(action, frame, decision.verdict)
        else:
            self._last = frozenset()
        self._before = frame
        return decision

    def _by_the_goal(self, action: Action, frame: Frame, default: str) -> Decision:
        covering, why = self._granting(action, frame)
        if why:
            self._last = frozenset()
            return Decision(verdict="deny" if default == "deny" else "ask", rule=UNNAMED, reason=why)
        if covering:
            self._used[covering[0]] += 1
            self._app = self._app if self._mandate.grants[covering[0]].after else _clicked_app(action, frame)
            self._last = self._last if isinstance(action, Scroll) else frozenset(covering)
        if self._each:
            return Decision(verdict="ask", rule="each action is approved")
        part = self._mandate.grants[covering[0]].part if covering else "it only looks"
        return Decision(verdict="allow", rule="the goal", reason=part)

    def _granting(self, action: Action, frame: Frame) -> tuple[Sequence[int], str]:
        """Return the numbers of the grants for this, if it needs any, or else why there are none."""
        if isinstance(action, Wait | Zoom | AskUser | Done | Fail):
            return (), ""
        sight = self._sight(frame)
        if isinstance(action, Scroll) and _on_touchy(action, sight):
            return (), "the wheel would change a value there"
        if why := self._out_of_bounds(action, frame):
            return (), why
        meaning, grants = Meaning(sight), self._mandate.grants
        open_ = [number for number, grant in enumerate(grants) if self._is_open(number, grant, sight)]
        covering = [number for number in open_ if _covers(grants[number], action, meaning)]
        if covering and isinstance(action, TypeText) and action.submit and not self._grants_enter():
            return (), "the goal says nothing of enter"
        return covering, "" if covering else _unnamed(action)

    def _is_open(self, number: int, grant: Grant, sight: Sight) -> bool:
        """Tell whether a grant can be used now: not too often, after what it follows, in the window it is for."""
        if self._used[number] >= grant.times or (grant.after and self._last.isdisjoint(grant.after)):
            return False
        if grant.after and isinstance(grant, Typing | Pressing) and self._keys_went_elsewhere(sight):
            return False
        if grant.unless and sight.window(grant.unless):
            return False
        if not grant.window:
            return True
        return sight.active is not None and fits(grant.window, sight.active, loosely=True)

    def _keys_went_elsewhere(self, sight: Sight) -> bool:
        """Tell whether another application than the one that was clicked for this has the keys by now."""
        active = next((window for window in sight.windows if window.active), None)
        return active is not None and bool(self._app) and active.app != self._app

    def _grants_enter(self) -> bool:
        """Use up one enter, if the goal has one left."""
        for number, grant in enumerate(self._mandate.grants):
            enter = isinstance(grant, Pressing) and grant.keys == "enter" and not grant.after
            if enter and self._used[number] < grant.times:
                self._used[number] += 1
                return True
        return False

    def _out_of_bounds(self, action: Action, frame: Frame) -> str:
        """Say why nothing may happen in a window that would get this; empty where it may."""
        for window in (place.window for place in places_of(action, frame) if place.window):
            scheme, host = site(window.url)
            at_home = self._home is not None and (scheme, host) in self._home
            if window.url and not at_home and host not in self._mandate.hosts:
                return f"the goal does not name {host or scheme}"
            named = any(fits(words, window, loosely=True) for words in self._mandate.windows)
            apart = APART.search(window.app) or APART_TITLES.fullmatch(window.title.strip())
            if isinstance(action, TypeText | Key) and apart and not named:
                return f"the goal does not name {window.title or window.app!r}"
        return ""

    def _sight(self, frame: Frame) -> Sight:
        """Look at the frame, knowing what changed since the last action."""
        before = self._before
        if before is None or before.region != frame.region:
            return Sight(frame, self._reader)
        last = (self._mandate.grants[number] for number in self._last)
        toggled = any(isinstance(grant, Pointing) and grant.how == "toggle" for grant in last)
        changed = () if toggled else tuple(dirty_regions(before, frame))
        verdict = Verdict(outcome="changed" if changed else "unchanged", changed=changed)
        return Sight(frame, self._reader, Step(number=1, plan=Plan(intent=Wait()), verdict=verdict, seconds=0))


def policy_of(data: Mapping[str, Any], reader: Perception | None, **how: Any) -> RulePolicy | GoalPolicy:
    """Make a policy again of what its `as_data` gave; `how` goes to `RulePolicy.from_data`.

    Raises:
        PolicyError: a rule says something that cannot be obeyed.
        MissingExtra: it was a guarded run, and nothing reads the screen.
    """
    said = {name: value for name, value in data.items() if name != "goal"}
    rules = RulePolicy.from_data(said, text_at=text_under(reader.elements) if reader else None, **how)
    if "goal" not in data:
        return rules
    if reader is None:
        raise MissingExtra("ocr", "a guarded run, which looks for what the goal names,")
    return GoalPolicy(str(data["goal"]), reader, rules)


def _covers(grant: Grant, action: Action, meaning: Meaning) -> bool:
    """Tell whether a grant is for this very action."""
    match grant, action:
        case Pointing(kind="click"), Click():
            how = (grant.button, grant.modifiers) == (action.button, action.modifiers) and action.count in grant.counts
            return how and meaning.hits(action.point, grant.words, grant.how)
        case Pointing(), Move():
            return meaning.hits(action.point, grant.words, grant.how)
        case Dragging(), Drag():
            return meaning.hits(action.start, grant.words) and meaning.hits(action.end, grant.destination)
        case Scrolling(), Scroll():
            said = grant.direction in (None, action.direction)
            return said and _is_scrolled(action, grant, meaning)
        case Typing(), TypeText():
            return action.text == grant.text
        case Pressing(), Key():
            return _chord(action.keys) == _chord(grant.keys)
        case _:
            return False


def _is_scrolled(action: Scroll, grant: Scrolling, meaning: Meaning) -> bool:
    """Tell whether the wheel turns where the goal says, or for something that it names and that is out of sight."""
    if grant.words:
        return meaning.is_sought(grant.words)
    return not grant.over or meaning.hits(action.point, grant.over)


def _clicked_app(action: Action, frame: Frame) -> str:
    """Return the application that a click gives the keys to; empty where nothing tells, or nothing is clicked."""
    places = places_of(action, frame) if isinstance(action, Click) else ()
    return next((place.window.app for place in places if place.window), "")


def _chord(keys: str) -> str:
    try:
        return str(parse_chord(keys))
    except KeyNameError:
        return keys


def _on_touchy(action: Scroll, sight: Sight) -> bool:
    return any(element.role in TOUCHY and element.box.contains(action.point) for element in sight.elements)


def _unnamed(action: Action) -> str:
    """Say what the goal does not name; texts stay out of it, they may be secrets."""
    match action:
        case TypeText():
            return "the goal does not say to type this, here and now"
        case Key():
            return f"the goal does not say to press {action.keys}, here and now"
        case _:
            return "what is there is not what the goal names, or cannot be told from something else that looks so"
