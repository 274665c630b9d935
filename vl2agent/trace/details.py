"""All that is known of one step, as data: plan, places, policy, asks, delivery, verdict, calls, readings."""

from __future__ import annotations

from typing import Any, TypeAlias

from vl2agent.actions import Action, TypeText
from vl2agent.calls import Bill, ModelCall
from vl2agent.completion import Located, Message, Part, Picture, Ref
from vl2agent.geometry import ScreenBox
from vl2agent.recording.schema import Read
from vl2agent.recording.words import action_words
from vl2agent.steps import Element, Look, Plan, Target, Verdict
from vl2agent.trace.entries import Entry
from vl2agent.trace.telling import action_of, outcome_of, targets_of

Data: TypeAlias = dict[str, Any]


def details_of(entry: Entry) -> Data:
    """Tell a step; what did not happen is None or empty."""
    action, received = action_of(entry), entry.received
    return {
        "outcome": outcome_of(entry),
        "plan": _plan(entry.planned.plan) if entry.planned else None,
        "targets": [{"name": name, **_target(target)} for name, target in targets_of(entry)],
        "action": _action(action) if action else None,
        "does": action_words(action) if action else "",
        "decisions": [event.decision.model_dump() for event in entry.decisions],
        "asked": [{"question": event.question, "answer": event.answer} for event in entry.asked],
        "receipt": received.receipt.model_dump() if received else None,
        "uncertain": entry.uncertain,
        "verdict": _verdict(entry.judged.verdict) if entry.judged else None,
        "calls": [_call(call) for call in entry.calls],
        "readings": [_reading(event) for event in entry.readings],
    }


def box_data(box: ScreenBox) -> list[int]:
    """Write a box as left, top, right, bottom."""
    return list(box.edges)


def prompt_text(message: Message) -> str:
    """Write a turn as people read it: pictures named, words to be found in quotes."""
    return "".join(_part(part) for part in message.parts)


def _action(action: Action) -> Data:
    told = action.model_dump(mode="json")
    return {**told, "text": action.shown} if isinstance(action, TypeText) else told


def _plan(plan: Plan) -> Data:
    return {
        "note": plan.note,
        "state": plan.state,
        "checklist": [clause.model_dump() for clause in plan.checklist],
    }


def _target(target: Target) -> Data:
    return {
        "words": target.words,
        "text": target.text,
        "role": target.role,
        "source": target.source,
        "box": box_data(target.box),
        "point": [target.point.x, target.point.y],
        "confidence": target.confidence,
        "looks": [_look(look) for look in target.looks],
    }


def _look(look: Look) -> Data:
    return {
        "region": box_data(look.region),
        "box": box_data(look.box),
        "confidence": look.confidence,
        "why": look.why,
    }


def _verdict(verdict: Verdict) -> Data:
    told = verdict.model_dump(exclude={"changed"})
    return {**told, "changed": [box_data(box) for box in verdict.changed]}


def _call(call: ModelCall) -> Data:
    reply = call.reply
    return {
        "purpose": call.purpose,
        "seconds": call.seconds,
        "ledger": _ledger(call.bill),
        "used": call.bill.prompt_tokens,
        "reserve": call.bill.reserve,
        "window": call.bill.window,
        "prompt": [{"role": message.role, "text": prompt_text(message)} for message in call.prompt.messages],
        "pictures": [
            {"region": box_data(region), "size": [size.width_px, size.height_px]}
            for region, size in zip(call.regions, call.sizes, strict=True)
        ],
        "grammar": call.grammar.model_dump(mode="json") if call.grammar else None,
        "error": call.error,
        "reply": {
            "text": reply.text,
            "stop": reply.stop_reason,
            "tokens": reply.usage.completion_tokens,
            "cached": reply.usage.cached_tokens,
            "confidence": reply.confidence,
            "timings": reply.timings.model_dump(),
            "located": [_located(found) for found in reply.located],
        }
        if reply
        else None,
    }


def _ledger(bill: Bill) -> list[list[str | int]]:
    """List the parts of the window in order: what each charge costs, the reply's reserve, what is free."""
    parts = [(charge.name, charge.tokens) for charge in bill.charges]
    return [[name, tokens] for name, tokens in (*parts, ("reply", bill.reserve), ("free", bill.free)) if tokens]


def _located(found: Located) -> Data:
    return {
        "words": found.words,
        "confidence": found.confidence,
        "edges": [
            {"side": side, "value": edge.value, "confidence": edge.confidence, "expected": edge.expected}
            for side, edge in zip(("left", "top", "right", "bottom"), found.edges, strict=False)
        ],
    }


def _reading(event: Read) -> Data:
    reading = event.reading
    found: tuple[Target | Element, ...] = (*reading.targets, *reading.elements)
    return {
        "ask": reading.ask,
        "words": reading.words,
        "box": box_data(reading.box) if reading.box else None,
        "again": event.again,
        "text": reading.text,
        "more": reading.more,
        "error": reading.error,
        "reason": reading.reason,
        "found": [[each.text, each.role, round(each.confidence, 3), box_data(each.box)] for each in found],
    }


def _part(part: Part) -> str:
    if isinstance(part, Picture):
        return "[picture]\n"
    return f"“{part.words}”" if isinstance(part, Ref) else part
