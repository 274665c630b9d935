"""Ask the model whether an action arrived, where neither the executor nor the picture tells."""

from __future__ import annotations

from vl2agent import prompts
from vl2agent.calls import Model, Shot
from vl2agent.completion import Decoding, Regex
from vl2agent.loop.draft import Draft
from vl2agent.recording.words import intent_words
from vl2agent.steps import Frame, Verdict

YES_OR_NO = Regex(pattern="(yes|no)")


def needs_asking(draft: Draft, verdict: Verdict) -> bool:
    """Tell whether only the model can: the delivery is uncertain, and nothing changed where it should have."""
    uncertain = draft.receipt is not None and draft.receipt.delivery == "uncertain"
    return uncertain and verdict.outcome != "moving" and "where expected" not in verdict.effects


def confirmed(verdict: Verdict, draft: Draft, after: Frame, model: Model | None) -> Verdict:
    """Add the model's word to a verdict that needs it; the outcome stays what the picture shows.

    A "no" does not make it safe to do the same again: what may have arrived is still not repeated unasked.

    Raises:
        BackendError: the model did not answer.
    """
    if model is None or not needs_asking(draft, verdict):
        return verdict
    question = f"Does the picture show that this was done: {intent_words(draft.plan.intent)}?"
    reply = model.call("verify", prompts.verify(question), [Shot.of(after)], YES_OR_NO, decoding=Decoding(max_tokens=4))
    answers = {"yes": "the model sees that it was done", "no": "the model does not see that it was done"}
    note = answers.get(reply.text.strip().lower().rstrip("."), f"the model did not say yes or no: {reply.text[:40]!r}")
    return verdict.model_copy(update={"note": "; ".join(part for part in (verdict.note, note) if part)})
