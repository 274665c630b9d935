"""Ask the model yes or no: whether an action arrived, where neither the executor nor the picture tells."""

from __future__ import annotations

import re

from vl2agent import prompts
from vl2agent.calls import Model, Shot
from vl2agent.completion import Decoding, Regex
from vl2agent.errors import BackendError, ParseError
from vl2agent.loop.draft import Draft
from vl2agent.recording.words import intent_words
from vl2agent.steps import Frame, Verdict

YES_OR_NO = Regex(pattern="(yes|no)")
_SAID = re.compile(r"\W*(yes|no)[\s*\"']*(?:[,.;:!]|$)", re.IGNORECASE)


def needs_asking(draft: Draft, verdict: Verdict) -> bool:
    """Tell whether only the model can: the delivery is uncertain, and nothing changed where it should have."""
    uncertain = draft.receipt is not None and draft.receipt.delivery == "uncertain"
    return uncertain and verdict.outcome != "moving" and "where expected" not in verdict.effects


def confirmed(verdict: Verdict, draft: Draft, after: Frame, model: Model | None) -> Verdict:
    """Add the model's word to a verdict that needs it; the outcome stays what the picture shows.

    A "no" does not make it safe to do the same again: what may have arrived is still not repeated unasked. Nor does a
    model that cannot answer undo what was sent: the step is finished all the same, and says so.
    """
    if model is None or not needs_asking(draft, verdict):
        return verdict
    question = f"Does the picture show that this was done: {intent_words(draft.plan.intent)}?"
    try:
        note = _word(*yes_or_no(question, after, model))
    except BackendError as error:
        note = f"the model could not be asked: {error}"
    return verdict.model_copy(update={"note": "; ".join(part for part in (verdict.note, note) if part)})


def yes_or_no(question: str, frame: Frame, model: Model) -> tuple[bool | None, str]:
    """Ask about a frame; None when the answer is neither, which a model without grammars may give; and the answer.

    Raises:
        BackendError: the model cannot answer.
    """
    decoding = Decoding(max_tokens=4)
    try:
        text = model.call("verify", prompts.verify(question), [Shot.of(frame)], YES_OR_NO, decoding=decoding).text
    except ParseError as error:  # of a backend that has no grammars
        text = error.reply
    said = _SAID.match(text)
    return (said[1].lower() == "yes" if said else None), text


def _word(said: bool | None, answer: str) -> str:
    told = {True: "the model sees that it was done", False: "the model does not see that it was done"}
    return told[said] if said is not None else f"the model did not say yes or no: {answer[:40]!r}"
