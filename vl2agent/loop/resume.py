"""Bring the step that a run was cut off in to its end. It is looked at first, and nothing is done twice.

planned, no intent          nothing was sent: it is planned anew, on the screen as it is now
an intent, no receipt       it may have been sent: the platform is asked, then the picture, then a person
a receipt, no verdict       it was sent: look and judge
"""

from __future__ import annotations

import time
from typing import Literal, TypeAlias

from vl2agent.actions import MASK, Action, TypeText
from vl2agent.errors import DeliveryUnknown
from vl2agent.loop.arrival import Arrival, rest_of, shown_by_picture, told_by_platform
from vl2agent.loop.door import UNCERTAIN
from vl2agent.loop.draft import Draft
from vl2agent.loop.past import Past, Unfinished
from vl2agent.loop.turns import Turns
from vl2agent.recording.words import intent_words
from vl2agent.steps import Decision, Receipt

Assume: TypeAlias = Literal["happened", "did-not-happen"]


def finish_step(turns: Turns, past: Past, assume: Assume | None = None) -> None:
    """Finish the step that was begun, unless nothing of it happened: then it is planned anew.

    Args:
        turns: of the run that goes on, looking at the screen as it is.
        past: what was done.
        assume: what to take for granted where nobody can tell.

    Raises:
        DeliveryUnknown: nobody can tell, and nobody is there to ask.
    """
    unfinished = past.unfinished
    if unfinished is None or unfinished.ground is None or not (unfinished.intent or unfinished.receipt):
        return
    draft = _draft(turns, past, unfinished)
    if unfinished.receipt:
        draft.receipt = unfinished.receipt.receipt
        _conclude(turns, past, draft)
    elif unfinished.intent:
        _settle_doubt(turns, past, draft, assume)


def _draft(turns: Turns, past: Past, unfinished: Unfinished) -> Draft:
    """Take the step up where it was; the picture before it is the present one where that was lost."""
    assert unfinished.ground is not None
    before = past.before(unfinished.plan.step) or turns.settled.frame
    draft = Draft(unfinished.plan.step, before, unfinished.plan.plan, time.monotonic())
    draft.target, draft.destination = unfinished.ground.target, unfinished.ground.destination
    draft.action = unfinished.ground.action
    draft.decision = unfinished.decision.decision if unfinished.decision else None
    return draft


def _settle_doubt(turns: Turns, past: Past, draft: Draft, assume: Assume | None) -> None:
    unfinished = past.unfinished
    assert unfinished is not None
    assert unfinished.intent is not None
    action = unfinished.intent.action
    arrival = _arrival(turns, past, unfinished.intent.mark, action)
    if arrival.state == "part" and _is_masked(action):
        arrival = Arrival("unknown", "only a part of a text was typed that the recording does not hold")
    if arrival.state == "unknown":
        arrival = _assumed(assume, arrival) if assume else _asked(turns, draft, action, arrival)
    if arrival.state == "nothing" and not unfinished.is_rest:
        turns.journal.remarked(f"step {draft.number} was not performed: {arrival.why}; it is planned anew")
        return
    rest = action if arrival.state == "nothing" else arrival.rest
    if arrival.state != "all" and rest is not None:
        receipt = turns.perform_rest(draft, rest)
        draft.receipt = receipt.model_copy(update={"detail": _joined(receipt.detail, f"the rest of it: {arrival.why}")})
    else:
        delivery: Literal["sent", "uncertain"] = "sent" if arrival.certain else "uncertain"
        detail = f"cut off before its receipt: {arrival.why}"
        draft.receipt = Receipt(delivery=delivery, route="looked at later", duration_s=0, detail=detail)
    turns.journal.received(draft, draft.receipt)
    _conclude(turns, past, draft)


def _conclude(turns: Turns, past: Past, draft: Draft) -> None:
    turns.conclude(draft, before_is_known=past.before(draft.number) is not None)


def _arrival(turns: Turns, past: Past, mark: str, action: Action) -> Arrival:
    """Ask the platform, then the picture."""
    parts, number = turns.parts, turns.number
    if past.run.parts.get("executor") == "DryRunExecutor":
        return Arrival("nothing", "it was a dry run", certain=True)
    if told := told_by_platform(action, mark, parts.executor):
        return told
    now = turns.journal.as_written(turns.settled)
    if past.was_moving(number) or now.verdict == "moving":
        return Arrival("unknown", "the screen did not come to rest")
    return shown_by_picture(action, past.before(number), now.frame, parts.reader or parts.perception)


# --- where nobody can tell -----------------------------------------------------------------------------------------


def _assumed(assume: Assume, arrival: Arrival) -> Arrival:
    return Arrival("all" if assume == "happened" else "nothing", f"{arrival.why}; it was to be taken for granted")


def _asked(turns: Turns, draft: Draft, action: Action, arrival: Arrival) -> Arrival:
    """Ask a person what became of it.

    Raises:
        DeliveryUnknown: nobody is there, or does not know either.
    """
    hooks, approve = turns.parts.hooks, turns.parts.approve
    words = intent_words(draft.plan.intent)
    found: Arrival | None = None
    if hooks.on_ask:
        part = ", or the part of the text that is there" if isinstance(action, TypeText) else ""
        question = f"Was this done: {words}? It is not known, as {arrival.why}. yes, no{part}:"
        answer = hooks.on_ask(question)
        turns.journal.asked(draft, question, answer)
        found = _answered(answer, action)
    elif approve:
        reason = f"it may have been done before the run was cut off: {arrival.why}"
        yes = approve(action, Decision(verdict="ask", rule=UNCERTAIN, reason=reason))
        turns.journal.asked(draft, f"{words} (uncertain delivery)", "yes" if yes else "no")
        found = Arrival("nothing", "a person said that it is to be done") if yes else None
    if found is None:
        raise DeliveryUnknown(words, draft.number, arrival.why)
    return found


def _answered(answer: str, action: Action) -> Arrival | None:
    said = answer.strip().lower()
    if said in ("y", "yes"):
        return Arrival("all", "a person said that it was done")
    if said in ("n", "no"):
        return Arrival("nothing", "a person said that it was not done")
    if isinstance(action, TypeText) and answer and action.text.startswith(answer) and not _is_masked(action):
        return Arrival("part", f"a person said that “{answer}” is there", rest_of(action, len(answer)))
    return None


def _is_masked(action: Action) -> bool:
    return isinstance(action, TypeText) and (action.secret or MASK in action.text)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
