"""The one door to an effect: a hook, then policy, then a person where policy says 'ask'."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from vl2agent.actions import Action, AskUser, Done, Fail, Wait, Zoom
from vl2agent.contracts import Perception, Policy
from vl2agent.errors import ActionRefused, TargetNotFound
from vl2agent.geometry import ScreenBox
from vl2agent.loop.draft import Draft
from vl2agent.loop.effects import is_gone
from vl2agent.loop.hooks import Approver, Hooks
from vl2agent.loop.journal import Journal
from vl2agent.loop.repeats import same_action
from vl2agent.recording.words import action_words
from vl2agent.steps import Decision, Frame, Settled, Step, Target
from vl2agent.tiles import dirty_regions, is_caret

EFFECTLESS = (Wait, Zoom, AskUser, Done, Fail)
"""Actions that send nothing to the desktop."""
UNCERTAIN = "uncertain delivery"
"""The rule by which what may have arrived is not sent again unasked."""


class Door:
    """Lets actions through, or refuses them.

    Args:
        policy: allow, ask or deny.
        approve: the person; None means that nobody is there, and what needs asking is refused.
        hooks: `before_action` may veto.
        journal: hears what was decided, and by whom.
        look: lets the screen come to rest and writes down what it shows: a person takes time.
        glance: takes one picture right before an effect, where planning took time too; without it nobody looks again.
        reader: reads what stands where a picture looks different.
    """

    def __init__(
        self,
        policy: Policy,
        approve: Approver | None,
        hooks: Hooks,
        journal: Journal,
        look: Callable[[], Settled],
        glance: Callable[[], Frame] | None = None,
        reader: Perception | None = None,
    ) -> None:
        self._policy, self._approve, self._hooks, self._journal = policy, approve, hooks, journal
        self._look, self._glance, self._reader = look, glance, reader

    def pass_through(self, draft: Draft, action: Action, steps: Sequence[Step]) -> None:
        """Return when the action may be performed, after these finished steps; fill the draft's decision.

        Raises:
            ActionRefused: it may not; nothing was sent.
            TargetNotFound: what it is aimed at is no longer there.
        """
        if isinstance(action, EFFECTLESS):
            return
        draft.decision = decision = self._decide(draft, action, steps)
        self._journal.decided(draft, decision)
        if decision.verdict == "deny":
            raise ActionRefused(action_words(action), decision.rule, decision.reason)
        if decision.verdict == "ask":
            self._ask(draft, action, decision)
        elif self._glance and draft.target:
            self._look_twice(draft, draft.target, self._glance)

    def _look_twice(self, draft: Draft, target: Target, glance: Callable[[], Frame]) -> None:
        """See that what was decided about is still there: screens change while they are read and thought about."""
        if went_away(draft, glance()) and went_away(draft, self._look().frame, self._reader):
            raise TargetNotFound(
                target.words, reason="it went away, or something else took its place, before the click"
            )

    def _decide(self, draft: Draft, action: Action, steps: Sequence[Step]) -> Decision:
        veto = self._hooks.before_action(action, draft.before) if self._hooks.before_action else None
        if veto:
            return Decision(verdict="deny", rule="hook", reason=veto)
        decision = self._policy.decide(action, draft.before)
        if decision.verdict == "allow" and _may_have_arrived(action, steps, draft.before.scale):
            reason = "the same action was the last one sent, and may have arrived"
            return Decision(verdict="ask", rule=UNCERTAIN, reason=reason)
        return decision

    def _ask(self, draft: Draft, action: Action, decision: Decision) -> None:
        question = f"{action_words(action)} ({decision.rule})"
        if self._approve is None:
            self._journal.asked(draft, question, None)
            raise ActionRefused(action_words(action), decision.rule, "it must be approved, and nobody is there to ask")
        yes = self._approve(action, decision)
        self._journal.asked(draft, question, "yes" if yes else "no")
        if not yes:
            raise ActionRefused(action_words(action), "person", decision.reason)
        if went_away(draft, self._look().frame):
            reason = "what it is aimed at went away while somebody was asked; try again"
            raise ActionRefused(action_words(action), decision.rule, reason)


def went_away(draft: Draft, now: Frame, reader: Perception | None = None) -> bool:
    """Tell whether what an action is aimed at is no longer there: its targets, or the window that has the keys.

    A yes to what was there is none to what is there now.
    """
    before = draft.before
    targets = [target for target in (draft.target, draft.destination) if target]
    if targets:
        changed = [box for box in dirty_regions(before, now) if not is_caret(box, before.scale)]  # carets blink
        gone = (target.box for target in targets if is_gone(target, before, now, changed, None))
        return any(reader is None or not _says_the_same(box, before, now, reader) for box in gone)
    had, has = (next((w.app for w in frame.windows if w.active), None) for frame in (before, now))
    return had is not None and had != has


def _says_the_same(box: ScreenBox, before: Frame, now: Frame, reader: Perception) -> bool:
    """Tell whether the same words stand in a place that looks different; numbers may count on."""
    was, says = (re.sub(r"[\W\d_]", "", reader.text_in(box, frame)).casefold() for frame in (before, now))
    return bool(was) and was == says


def _may_have_arrived(action: Action, steps: Sequence[Step], scale: float) -> bool:
    """Tell whether the last thing that was sent is this very action, with an uncertain receipt."""
    sent = ((each.action, each.receipt) for each in reversed(steps) if not isinstance(each.action, EFFECTLESS))
    last, receipt = next(((done, receipt) for done, receipt in sent if done and receipt), (None, None))
    uncertain = receipt is not None and receipt.delivery == "uncertain"
    return uncertain and last is not None and same_action(last, action, scale)
