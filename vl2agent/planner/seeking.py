"""Find what a clause is about: wait a moment for it, open the list that has it, scroll to it; then give up."""

from __future__ import annotations

from vl2agent.actions import Direction, Key, Wait
from vl2agent.errors import TargetNotFound
from vl2agent.geometry import ScreenBox
from vl2agent.planner.names import plain
from vl2agent.planner.progress import Act, Progress
from vl2agent.planner.sight import Sight, split_place
from vl2agent.steps import ClickIntent, ScrollIntent, Target

NOTCHES = 5
"""Wheel notches between two looks."""
MAX_SCROLLS = 12
"""Looks in each direction before giving up."""
MAXIMIZE = "alt+f10"
"""As Xfce's window manager has it."""
LOOK_AGAIN_S = 0.5

LISTS = ("list", "menu", "options", "select", "selection", "drop down", "drop down list")
"""How people call a list that has no name, besides what perception knows of."""


def look(words: str, sight: Sight) -> Target | None:
    """Return the place that the words name, in the window they name if they do.

    Raises:
        AmbiguousTarget: several places fit equally well.
    """
    name, place = split_place(words)
    window = sight.window(place) if place else None
    if window is not None and (inside := sight.find(name, within=window.box)):
        return inside
    return sight.find(words)


def seek(words: str, progress: Progress, sight: Sight) -> Target | Act:
    """Return the place, or what to do in order to see it.

    Raises:
        TargetNotFound: it is not there, even after scrolling down and up.
        AmbiguousTarget: several places fit equally well.
    """
    if target := look(words, sight):
        return target
    name, place = split_place(words)
    if place and (inside := sight.find(name)):
        return inside
    match progress.stage:
        case "seek: open":
            return Act(Wait(seconds=LOOK_AGAIN_S), "seek: wait")
        case "seek: wait" if sight.active and not _is_whole(sight.active.box, sight.frame.region):
            return Act(Key(keys=MAXIMIZE), "seek: fit", note="the window is larger than the screen: maximize it")
        case "seek: wait" | "seek: fit" | "seek: unseen":
            return _scroll(words, "down", 1, sight)
        case "seek: down" if sight.changed and progress.tries < MAX_SCROLLS:
            return _scroll(words, "down", progress.tries + 1, sight)
        case "seek: down":
            return _scroll(words, "up", 1, sight)
        case "seek: up" if sight.changed and progress.tries < 2 * MAX_SCROLLS:
            return _scroll(words, "up", progress.tries + 1, sight)
        case "seek: up":
            raise TargetNotFound(words, sight.near(words), "also not after scrolling")
    if place and (container := list_of(place, sight)):
        return Act(ClickIntent(target=place), "seek: open", (container,), f"{name} may be in {place}")
    return Act(Wait(seconds=LOOK_AGAIN_S), "seek: wait", note=f"{words} is not to be seen yet")


def list_of(place: str, sight: Sight) -> Target | None:
    """Return the list of this name; one that has none is "the list"."""
    named = sight.find(f"{place} combo box") or sight.find(place)
    return named or (sight.find("combo box") if plain(place) in LISTS else None)


def is_seeking(progress: Progress) -> bool:
    """Tell whether a clause is still looking for its place."""
    return progress.stage == "" or progress.stage.startswith("seek: ")


def _is_whole(window: ScreenBox, screen: ScreenBox) -> bool:
    return window.intersection(screen) == window


def _scroll(words: str, direction: Direction, tries: int, sight: Sight) -> Act:
    if sight.active is None:
        raise TargetNotFound(words, sight.near(words))
    spot = sight.quiet_point(sight.active.box)
    intent = ScrollIntent(direction=direction, amount=NOTCHES, target=spot.words)
    return Act(intent, f"seek: {direction}", (spot,), f"look for {words} further {direction}", tries)
