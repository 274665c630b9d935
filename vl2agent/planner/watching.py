"""Clauses that look or wait: scroll, scroll to, wait, wait until, ask."""

from __future__ import annotations

from typing import cast

from vl2agent.actions import MAX_WAIT_S, AskUser, Direction, Wait
from vl2agent.errors import TargetNotFound
from vl2agent.planner.clauses import Ask, Await, Pause, Scroll, ScrollTo
from vl2agent.planner.progress import Act, Answer, Progress, Ticked
from vl2agent.planner.seeking import MAX_SCROLLS, NOTCHES, seek
from vl2agent.planner.sight import Sight
from vl2agent.steps import ScrollIntent, Target

CLEAR = 0.6
"""The confidence from which a text that is waited for counts as seen."""


def scroll(clause: Scroll, progress: Progress, sight: Sight) -> Answer:
    """Turn the wheel over the thing, or over the active window."""
    if progress.stage == "scrolled":
        return Ticked("" if sight.changed else "nothing was seen to move")
    spot: Target | Act = seek(clause.target, progress, sight) if clause.target else _middle(sight)
    if isinstance(spot, Act):
        return spot
    intent = ScrollIntent(direction=clause.direction, amount=clause.amount, target=spot.words)
    return Act(intent, "scrolled", (spot,))


def scroll_to(clause: ScrollTo, progress: Progress, sight: Sight) -> Answer:
    """Scroll until the thing can be seen, the way that is named or down and then up."""
    if sight.sees(clause.target):
        return Ticked()
    ways: tuple[Direction, ...] = (clause.direction,) if clause.direction else ("down", "up")
    way = cast(Direction, progress.stage or ways[0])
    tries = progress.tries if progress.stage else 0
    if tries and (not sight.changed or tries >= 2 * MAX_SCROLLS):
        if way == ways[-1]:
            raise TargetNotFound(clause.target, sight.near(clause.target), "nothing more to scroll")
        way, tries = ways[-1], 0
    spot = _middle(sight)
    return Act(ScrollIntent(direction=way, amount=NOTCHES, target=spot.words), way, (spot,), tries=tries + 1)


def pause(clause: Pause, progress: Progress, sight: Sight) -> Answer:
    """Let the seconds pass, a minute at most at a time."""
    waited_s = progress.tries * MAX_WAIT_S if progress.stage else 0.0
    if waited_s >= clause.seconds:
        return Ticked()
    return Act(Wait(seconds=min(clause.seconds - waited_s, MAX_WAIT_S)), "waited", tries=int(waited_s / MAX_WAIT_S) + 1)


def await_(clause: Await, progress: Progress, sight: Sight) -> Answer:
    """Look again and again, every half second at first and every two later."""
    if _is_seen(clause.target, sight) != clause.gone:
        return Ticked()
    looked = progress.tries if progress.stage else 0
    waited_s = 0.5 * min(looked, 10) + 2.0 * max(looked - 10, 0)
    if waited_s >= clause.timeout_s:
        reason = f"{'still there' if clause.gone else 'not seen'} after {clause.timeout_s:g} seconds"
        raise TargetNotFound(clause.target, sight.near(clause.target), reason)
    return Act(Wait(seconds=0.5 if looked < 10 else 2.0), "waiting", note=str(clause), tries=looked + 1)


def ask(clause: Ask, progress: Progress, sight: Sight) -> Answer:
    """Ask the person; the loop notes the answer."""
    return Ticked() if progress.stage else Act(AskUser(question=clause.question), "asked")


def _is_seen(words: str, sight: Sight) -> bool:
    return sight.sees(words, least=CLEAR)


def _middle(sight: Sight) -> Target:
    return sight.quiet_point(sight.active.box if sight.active else sight.frame.region)
