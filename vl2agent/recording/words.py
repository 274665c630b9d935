"""Steps in a person's words, the same in the terminal and in reports."""

from __future__ import annotations

from vl2agent.actions import (
    Action,
    AskUser,
    Click,
    ClickOptions,
    Done,
    Drag,
    Fail,
    Key,
    Move,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)
from vl2agent.steps import ClickIntent, DragIntent, Intent, MoveIntent, ScrollIntent, Step, Verdict, ZoomIntent

_CLICKS = {("left", 1): "click", ("left", 2): "double-click", ("left", 3): "triple-click"}


def intent_words(intent: Intent) -> str:
    """Say what is meant, as a person would put it: double-click “Home”."""
    match intent:
        case ClickIntent():
            return f"{_click(intent)} “{intent.target}”"
        case TypeText():
            return f"type “{_short(intent.shown)}”" + (" and press enter" if intent.submit else "")
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


def action_words(action: Action) -> str:
    """Say what would be done, with the places: click at (12, 40)."""
    match action:
        case Click():
            return f"{_click(action)} at {action.point}"
        case Drag():
            return f"drag {action.start} to {action.end}"
        case Scroll():
            return f"scroll {action.direction} by {action.amount} at {action.point}"
        case Move():
            return f"point at {action.point}"
        case Zoom():
            return f"read {action.box}"
        case _:
            return intent_words(action)


def verdict_words(verdict: Verdict) -> str:
    """Say what came of it in one line."""
    if verdict.outcome == "changed":
        areas = len(verdict.changed)
        said = [f"changed, {areas} area{'' if areas == 1 else 's'}", *verdict.effects]
        return ", ".join(said) + (f" “{_short(verdict.appeared)}”" if verdict.appeared else "")
    return f"{verdict.outcome}: {verdict.note}" if verdict.note else verdict.outcome


def confidence_of(step: Step) -> str:
    """Give the confidence of the least certain of its targets, or nothing where it has none."""
    found = [target.confidence for target in (step.target, step.destination) if target]
    return f"{min(found):.2f}" if found else ""


def _click(options: ClickOptions) -> str:
    verb = _CLICKS.get((options.button, options.count)) or f"{options.button}-click"
    return "+".join((*options.modifiers, verb))


def _short(text: str) -> str:
    line = text.replace("\n", "⏎")
    return line if len(line) <= 60 else f"{line[:57]}…"
