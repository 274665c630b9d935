"""What is said of a step, the same on the page, in the film and in the terminal."""

from __future__ import annotations

from typing import Literal, TypeAlias

from vl2agent.actions import Action, Fail, TypeText
from vl2agent.recording.words import intent_words, verdict_words
from vl2agent.steps import Target
from vl2agent.trace.entries import Entry

Tone: TypeAlias = Literal["good", "soft", "warn", "bad"]

_TONES: dict[str, Tone] = {
    "changed": "good", "ended": "good", "dry": "soft", "unchanged": "warn", "moving": "warn", "not found": "bad",
    "refused": "bad", "failed": "bad",
}  # fmt: skip

UNCERTAIN = "whether it was performed is not known"


def title_of(entry: Entry) -> str:
    """Say what the step was to do."""
    if entry.looked:
        return "look at the screen"
    return intent_words(entry.planned.plan.intent) if entry.planned else "no plan"


def said_of(entry: Entry) -> str:
    """Say what came of it, in one line."""
    if entry.judged:
        return verdict_words(entry.judged.verdict)
    if entry.looked:
        return "nothing was done after it"
    if entry.planned is None:
        return "not finished: no plan was made"
    if entry.superseded:
        return "not finished: the run was cut off, and went on with it anew"
    if entry.uncertain:
        return f"not finished: {UNCERTAIN}"
    if entry.received:
        return "not finished: it was performed, its effect was not seen"
    return "not finished: it was not performed"


def tone_of(entry: Entry) -> Tone:
    """Say whether that is good."""
    if entry.judged is None:
        return "soft" if entry.looked else "warn"
    return "bad" if isinstance(action_of(entry), Fail) else _TONES[entry.judged.verdict.outcome]


def outcome_of(entry: Entry) -> str:
    """Say what came of it, in a word or two."""
    if entry.judged:
        return entry.judged.verdict.outcome
    return "uncertain" if entry.uncertain else "looked" if entry.looked else "not finished"


def action_of(entry: Entry) -> Action | None:
    """Give what was done, or was to be done."""
    event = entry.intended or entry.grounded
    return event.action if event else None


def targets_of(entry: Entry) -> tuple[tuple[str, Target], ...]:
    """List what the words were found to mean: the target, and the destination of a drag."""
    grounded = entry.grounded
    found = (("target", grounded.target), ("destination", grounded.destination)) if grounded else ()
    return tuple((name, target) for name, target in found if target)


def sure_of(entry: Entry) -> float | None:
    """Give the confidence of the least certain target; None without any."""
    return min((target.confidence for _, target in targets_of(entry)), default=None)


def flags_of(entry: Entry) -> list[str]:
    """List what is worth a mark in the list of steps."""
    action = action_of(entry)
    intent = entry.planned.plan.intent if entry.planned else None
    flags = {
        "uncertain": entry.uncertain,
        "again": entry.again > 1,
        "resumed": entry.resumed,
        "asked": bool(entry.asked),
        "masked": any(isinstance(each, TypeText) and each.secret for each in (action, intent)),
        "dry": entry.received is not None and entry.received.receipt.delivery == "dry",
    }
    return [flag for flag, there in flags.items() if there]
