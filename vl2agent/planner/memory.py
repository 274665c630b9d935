"""What was done, in a few words for a model: a line for each step, one for many, more for the last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vl2agent.recording.words import intent_words
from vl2agent.steps import Step, Verdict

MAX_ACTION, MAX_NOTE = 100, 200
"""Characters of what was done, and of what there is to say of it besides the verdict."""

_OUTCOMES = {
    "changed": "the screen changed",
    "unchanged": "nothing changed",
    "moving": "the screen is still moving",
    "not found": "not found",
    "refused": "refused",
    "failed": "failed",
    "ended": "ended",
    "dry": "not sent, this is a dry run",
}
_EFFECTS = {"where expected": "changed there", "elsewhere": "changed elsewhere", "target gone": "it is gone"}
_MANY = {"changed": "changed the screen", "unchanged": "changed nothing", "not found": "found nothing"}


def line(step: Step) -> str:
    """Say what a step did, and what came of it."""
    return f"{step.number}. {_action(step)}: {_outcome(step.verdict)}"


def last_line(step: Step) -> str:
    """Say the same of the last step, with all that is known of it."""
    said = [f"{_action(step)}: {_outcome(step.verdict)}"]
    if step.receipt is not None and step.receipt.delivery == "uncertain":
        said.append("it may not have arrived: look before you repeat it")
    if step.verdict.note:
        said.append(clip(step.verdict.note, MAX_NOTE))
    return "; ".join(said)


def summary(steps: Sequence[Step]) -> str:
    """Say what became of many steps in one line."""
    counts = Counter(_MANY.get(step.verdict.outcome, step.verdict.outcome) for step in steps)
    return f"{steps[0].number} to {steps[-1].number}: " + ", ".join(f"{n} {what}" for what, n in counts.most_common())


def clip(text: str, limit: int) -> str:
    """Put a text on one line of at most `limit` characters."""
    row = " ".join(text.encode(errors="replace").decode().split())
    return row if len(row) <= limit else f"{row[: limit - 1]}…"


def _action(step: Step) -> str:
    return clip(intent_words(step.plan.intent), MAX_ACTION)


def _outcome(verdict: Verdict) -> str:
    effects = [_EFFECTS[effect] for effect in verdict.effects if effect in _EFFECTS]
    if verdict.appeared:
        effects.append(f"“{clip(verdict.appeared, 60)}” appeared")
    return ", ".join(effects) or _OUTCOMES[verdict.outcome]
