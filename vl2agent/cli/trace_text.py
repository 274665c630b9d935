"""A recording in a terminal: every step with its target, decision, calls, and what is not certain."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from vl2agent.calls import Bill, ModelCall
from vl2agent.cli.console import plain
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Asked, Noted
from vl2agent.steps import Decision, Receipt, Target
from vl2agent.trace.entries import Entry, entries
from vl2agent.trace.phases import phases
from vl2agent.trace.telling import flags_of, said_of, targets_of, title_of, tone_of

BAR = 36
"""Characters of a ledger bar."""

_STYLES = {"good": "green", "soft": "cyan", "warn": "yellow", "bad": "red"}
_DECISIONS = {"allow": "green", "ask": "yellow", "deny": "red"}
_PIECES = ("blue", "cyan", "magenta", "green", "yellow", "red")


def story(recording: Recording) -> Iterator[Text]:
    """Tell a recording, a line each."""
    yield Text(plain(recording.run.goal) if recording.run else "no goal was recorded", style="bold")
    for entry in entries(recording):
        yield Text()
        yield from _step(entry)
    notes = list(recording.of(Noted))
    if notes:
        yield Text("\nnotes", style="bold")
        yield from (Text(f"  {plain(note.text)}") for note in notes)
    yield Text()
    yield ending(recording)
    yield from (Text(f"! {plain(line)}", style="yellow") for line in recording.certainty())


def ending(recording: Recording) -> Text:
    """Say how it ended."""
    end = recording.end
    if end is None:
        return Text("the end is missing", style="yellow")
    said = f": {plain(end.message)}" if end.message else ""
    label = "done" if end.ok else end.error or "gave up"
    return Text(f"{label}{said}, {end.seconds:.1f} s", style="green" if end.ok else "red")


def _step(entry: Entry) -> Iterator[Text]:
    flags = "".join(f" [{flag}]" for flag in flags_of(entry))
    line = Text.assemble((f"{entry.step:3} ", "dim"), (plain(title_of(entry)), "bold"), (flags, "yellow"))
    yield line.append(f"  {entry.seconds:.2f} s", style="dim")
    if entry.planned and entry.planned.plan.note:
        yield _fact("note", entry.planned.plan.note)
    for name, target in targets_of(entry):
        yield from _target(name, target)
    yield from (_call(call) for call in entry.calls)
    yield from (_decision(event.decision) for event in entry.decisions)
    yield from (_ask(event) for event in entry.asked)
    if entry.received:
        yield _receipt(entry.received.receipt)
    yield _fact("verdict", said_of(entry), _STYLES[tone_of(entry)])
    spent = [f"{phase.name} {phase.seconds:.2f}" for phase in phases(entry) if phase.seconds >= 0.005]
    if spent:
        yield _fact("time", ", ".join(spent), "dim")


def _fact(name: str, said: str, style: str = "") -> Text:
    return Text.assemble((f"    {name:<12}", "dim"), (plain(said), style))


def _target(name: str, target: Target) -> Iterator[Text]:
    found = " ".join(part for part in (f"“{target.text}”" if target.text else "", target.role) if part) or target.words
    yield _fact(name, f"{found} at {target.point}, {target.confidence:.2f} by {target.source or 'nobody'}")
    for number, look in enumerate(target.looks, start=1):
        yield _fact(f"look {number}", f"{look.why}: {look.box} in {look.region}, {look.confidence:.2f}")


def _decision(decision: Decision) -> Text:
    reason = f": {decision.reason}" if decision.reason else ""
    return _fact("policy", f"{decision.verdict} by “{decision.rule}”{reason}", _DECISIONS[decision.verdict])


def _ask(asked: Asked) -> Text:
    return _fact("asked", f"{asked.question} → {asked.answer if asked.answer is not None else '(nobody was there)'}")


def _receipt(receipt: Receipt) -> Text:
    how = ", ".join(part for part in (receipt.route, receipt.detail) if part)
    said = f"{receipt.delivery}{f' ({how})' if how else ''} in {receipt.duration_s * 1000:.0f} ms"
    return _fact("delivery", said, "" if receipt.delivery == "sent" else "yellow")


def _call(call: ModelCall) -> Text:
    """Draw the window of a call, and what was answered."""
    line = Text.assemble((f"    {call.purpose:<12}", "dim"), _bar(call.bill))
    line.append(f" {call.bill.prompt_tokens} + {call.bill.reserve} of {call.bill.window} tokens, {call.seconds:.2f} s")
    line.append(
        "\n                " + plain(", ".join(f"{part.name} {part.tokens}" for part in call.bill.charges)), style="dim"
    )
    return line.append("\n                ").append(
        plain(call.reply.text if call.reply else call.error), "" if call.reply else "red"
    )


def _bar(bill: Bill) -> Text:
    """Draw each charge by its share, then what is kept for the reply, then what is free."""
    bar, filled, end = Text(), 0, 0
    for number, charge in enumerate((*bill.charges, None)):
        end += charge.tokens if charge else bill.reserve
        upto = min(BAR, round(end / bill.window * BAR))
        piece, style = ("█", _PIECES[number % len(_PIECES)]) if charge else ("▒", "dim")
        bar.append(piece * max(0, upto - filled), style)
        filled = max(filled, upto)
    return bar.append("·" * (BAR - filled), "dim")
