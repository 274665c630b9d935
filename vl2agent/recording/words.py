"""Steps in a person's words, the same in the terminal and in reports."""

from __future__ import annotations

from vl2agent.actions import AskUser, Done, Fail, Key, TypeText, Wait
from vl2agent.steps import ClickIntent, DragIntent, Intent, MoveIntent, ScrollIntent, Step, Verdict, ZoomIntent

_CLICKS = {("left", 1): "click", ("left", 2): "double-click", ("left", 3): "triple-click"}


def intent_words(intent: Intent) -> str:
    """Say what is meant, as a person would put it: double-click “Home”."""
    match intent:
        case ClickIntent():
            verb = _CLICKS.get((intent.button, intent.count)) or f"{intent.button}-click"
            return "+".join((*intent.modifiers, f"{verb} “{intent.target}”"))
        case TypeText():
            return f"type “{_short(intent.text)}”" + (" and press enter" if intent.submit else "")
        case Key():
            return f"press {intent.keys}"
        case ScrollIntent():
            return f"scroll {intent.direction} by {intent.amount}" + (
                f" over “{intent.target}”" if intent.target else ""
            )
        case DragIntent():
            return f"drag “{intent.target}” to “{intent.destination}”"
        case MoveIntent():
            return f"point at “{intent.target}”"
        case ZoomIntent():
            return f"read “{intent.target}”"
        case Wait():
            return f"wait {intent.seconds:g} s"
        case AskUser():
            return f"ask: {intent.question}"
        case Done():
            return "done"
        case Fail():
            return f"give up: {_short(intent.reason)}"


def verdict_words(verdict: Verdict) -> str:
    """Say what came of it in one line."""
    if verdict.outcome == "changed":
        areas = len(verdict.changed)
        return f"changed, {areas} area{'' if areas == 1 else 's'}"
    return f"{verdict.outcome}: {verdict.note}" if verdict.note else verdict.outcome


def confidence_of(step: Step) -> str:
    """Give the confidence of the least certain of its targets, or nothing where it has none."""
    found = [target.confidence for target in (step.target, step.destination) if target]
    return f"{min(found):.2f}" if found else ""


def _short(text: str) -> str:
    line = text.replace("\n", "⏎")
    return line if len(line) <= 60 else f"{line[:57]}…"
