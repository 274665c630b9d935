"""Notice that the same thing is being done on the same picture: first the planner is told, then the run is stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from vl2agent.actions import Action, Key, points_of
from vl2agent.errors import LimitReached
from vl2agent.loop.draft import Draft
from vl2agent.loop.limits import Limits
from vl2agent.recording.words import intent_words, verdict_words
from vl2agent.steps import Frame, Plan, Step
from vl2agent.tiles import dirty_regions, is_caret

NEAR_PX = 4
"""Points this close, in logical pixels, are one point: boxes that a model gives waver by about as much."""
CYCLE = 3
"""Actions in the longest circle that is noticed; a longer one may well be work that is done for each of many things."""
CARETS = 2
"""Carets that may blink at once."""
UNSEEN_KEYS = ("tab", "up", "down", "left", "right")
"""Keys that move a focus, a choice or a caret, which the picture need not show."""
UNSEEN = 5
"""How many times as often as anything else they may be pressed."""


@dataclass(frozen=True, slots=True)
class _Tries:
    """Finished steps that did the same, and the picture that the first of them was made on."""

    steps: tuple[Step, ...]
    frame: Frame


class Repeats:
    """Remembers the last few things that were tried, and how often.

    Two tries are the same when their actions are, give or take a few pixels, for the same part of the goal, on pictures
    that differ by a blinking caret at most. Waiting is no try. Pictures are compared only where actions are the same:
    a run that gets on pays nothing.
    """

    def __init__(self, limits: Limits) -> None:
        self._allowed = limits.max_repeats
        self._tried: deque[_Tries] = deque(maxlen=CYCLE)
        self._warning = ""

    def check(self, draft: Draft) -> None:
        """Stop before the same is done once too often; call it when the draft is aimed, or could not be.

        Raises:
            LimitReached: it was tried `max_repeats` times already on this picture, or UNSEEN times that.
        """
        if draft.plan.intent.kind == "wait":
            return
        same = self._same(draft.plan, draft.action, draft.before)
        allowed = self._allowed * (UNSEEN if _works_unseen(draft.action) else 1)
        if same and len(same.steps) >= allowed:
            used = len(same.steps)
            seen = "; ".join(f"step {step.number}: {verdict_words(step.verdict)}" for step in same.steps)
            hint = f"{intent_words(draft.plan.intent)} was tried {used} times on the very same picture and got nowhere"
            picture = draft.before.digest[:12]
            raise LimitReached("repeats", allowed, used + 1, f"{hint} ({seen}; picture {picture})")

    def note(self, step: Step, before: Frame) -> str:
        """Remember a finished step, and return what the planner has to be told now; empty when nothing."""
        if step.plan.intent.kind == "wait":
            return self._warning
        same = self._same(step.plan, step.action, before)
        tries = _Tries((*same.steps, step), same.frame) if same else _Tries((step,), before)
        if same:
            self._tried.remove(same)
        self._tried.append(tries)
        quiet = self._allowed if _works_unseen(step.action) else 1
        self._warning = _repeated(tries.steps) if len(tries.steps) > quiet else _uncertain(step)
        return self._warning

    def _same(self, plan: Plan, action: Action | None, frame: Frame) -> _Tries | None:
        """Return the tries that this would be one more of."""
        return next(
            (
                old
                for old in self._tried
                if _same_part(old.steps[-1].plan, plan)
                and _same_deed(old.steps[-1], plan, action, frame.scale)
                and same_picture(old.frame, frame)
            ),
            None,
        )


def same_picture(one: Frame, other: Frame) -> bool:
    """Tell whether two pictures show the same but for a blinking caret."""
    if one is other:
        return True
    if one.region != other.region:
        return False
    changed = dirty_regions(one, other)
    return len(changed) <= CARETS and all(is_caret(box, other.scale) for box in changed)


def _same_part(one: Plan, other: Plan) -> bool:
    return [clause.done for clause in one.checklist] == [clause.done for clause in other.checklist]


def same_action(one: Action, other: Action, scale: float) -> bool:
    """Tell whether two actions do the same at places that a model's boxes hardly tell apart."""
    near_px = NEAR_PX * scale
    points = zip(points_of(one), points_of(other), strict=False)
    return _but_points(one) == _but_points(other) and all(
        abs(a.x - b.x) <= near_px and abs(a.y - b.y) <= near_px for a, b in points
    )


def _same_deed(step: Step, plan: Plan, action: Action | None, scale: float) -> bool:
    if step.action is None or action is None:
        return step.action is action and step.plan.intent == plan.intent
    return same_action(step.action, action, scale)


def _but_points(action: Action) -> dict[str, object]:
    return action.model_dump(exclude={"point", "start", "end"})


def _works_unseen(action: Action | None) -> bool:
    return isinstance(action, Key) and action.keys.lower().rpartition("+")[2] in UNSEEN_KEYS


def _repeated(same: Sequence[Step]) -> str:
    outcomes = ", ".join(verdict_words(step.verdict) for step in same)
    return f"{intent_words(same[-1].plan.intent)} was tried {len(same)} times on the same picture ({outcomes}): do something else"


def _uncertain(step: Step) -> str:
    """Warn of what may or may not have arrived, unless the picture shows that it did."""
    if step.receipt is None or step.receipt.delivery != "uncertain" or "where expected" in step.verdict.effects:
        return ""
    seen = verdict_words(step.verdict)
    return f"{intent_words(step.plan.intent)} may or may not have arrived ({seen}): look first, do not just repeat it"
