"""What a replay came to, for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from vl2agent.cli import console
from vl2agent.errors import ReplayMismatch
from vl2agent.geometry import ScreenBox
from vl2agent.replay.other_policy import Change
from vl2agent.replay.outcome import Rerun
from vl2agent.replay.replan import Comparison
from vl2agent.replay.verify import Verification


def tell_mismatch(mismatch: ReplayMismatch, as_json: bool) -> None:
    """Show both sides of the first difference."""
    if as_json:
        sides = {name: getattr(mismatch, name) for name in _SIDES}
        console.print_json({"ok": False, "error": {**console.describe(mismatch), **sides}})
        return
    console.out.print(Text(f"step {mismatch.step}, {mismatch.what}:", style="bold red"))
    console.out.print(Text(f"  recorded  {mismatch.expected}"), soft_wrap=True)
    console.out.print(Text(f"  now       {mismatch.got}"), soft_wrap=True)
    if mismatch.picture:
        console.out.print(Text(f"  picture   {mismatch.picture}"), soft_wrap=True)
    if mismatch.diff:
        console.out.print(Text(mismatch.diff, style="dim"), soft_wrap=True)


_SIDES = ("step", "what", "expected", "got", "recorded", "now", "picture", "diff")


def tell_verification(found: Verification) -> None:
    """Say what was verified, and what could not be."""
    how = "the same actions, decisions and end" if found.replayed else "each fits what was seen"
    steps = f"{found.steps} step{'' if found.steps == 1 else 's'}"
    console.out.print(Text(f"verified: {steps}, {how}, in {found.seconds:.1f} s", style="green"))
    _tell_notes(found.notes)


def verified(found: Verification) -> dict[str, Any]:
    """Give a verification as JSON."""
    return {
        "recording": str(found.recording),
        "steps": found.steps,
        "replayed": found.replayed,
        "notes": list(found.notes),
        "seconds": found.seconds,
    }


def tell_changes(changes: Sequence[Change], policy: Path) -> None:
    """Show the actions about which another policy says something else."""
    if not changes:
        console.out.print(Text(f"{policy} decides the same", style="green"))
        return
    table = Table("step", "action", "recorded", f"by {policy.name}")
    for each in changes:
        sides = [f"{decision.verdict} ({decision.rule})" for decision in (each.recorded, each.now)]
        table.add_row(str(each.step), Text(each.action), *map(Text, sides))
    console.out.print(table)


def changed(change: Change) -> dict[str, Any]:
    """Give what two policies say of an action as JSON."""
    sides = {"recorded": change.recorded.model_dump(mode="json"), "now": change.now.model_dump(mode="json")}
    return {"step": change.step, "action": change.action, **sides}


def tell_comparison(found: Comparison, *, same: bool) -> None:
    """Show each step, recorded and planned now."""
    table = Table("step", "recorded", "now", "")
    for row in found.rows:
        told = Text("same", style="green") if row.agrees else Text(row.difference, style="red")
        table.add_row(str(row.step), Text(row.recorded), Text(row.now), told)
    console.out.print(table)
    console.out.print(Text(f"{found.agreement:.0%} of {len(found.rows)} steps agree", style="green" if same else "red"))
    _tell_notes(found.notes)


def compared(found: Comparison) -> dict[str, Any]:
    """Give a comparison as JSON."""
    rows = [{name: getattr(row, name) for name in ("step", "recorded", "now", "difference")} for row in found.rows]
    return {"recording": str(found.recording), "agreement": found.agreement, "steps": rows, "notes": list(found.notes)}


_TONES = {"same": "green", "healed": "yellow", "differs": "red", "lost": "red"}


def tell_rerun(found: Rerun) -> None:
    """Show each step that was done again, and how the screen then looked."""
    table = Table("step", "done", "screen", "where, why")
    for outcome in found.outcomes:
        boxes = ", ".join(map(str, outcome.apart[:3])) + (" …" if len(outcome.apart) > 3 else "")
        why = "; ".join(part for part in (outcome.note, boxes) if part)
        did = outcome.did or "(before the first step)"
        table.add_row(str(outcome.step), Text(did), Text(outcome.state, style=_TONES[outcome.state]), Text(why))
    console.out.print(table)
    for outcome in found.outcomes:
        if outcome.picture:
            console.out.print(Text(f"step {outcome.step}: {outcome.picture}"), soft_wrap=True)
    done = sum(outcome.state != "lost" for outcome in found.outcomes[1:])
    other = sum(outcome.state != "same" for outcome in found.outcomes)
    looks = f"{other} of {len(found.outcomes)} screens look different" if other else "every screen looks as it did"
    left = f", {found.left} more not" if found.left else ""
    tone = "red" if not found.ok else "yellow" if other else "green"
    console.out.print(Text(f"{done} actions done{left}; {looks}", style=tone))
    _tell_notes(found.notes)


def reran(found: Rerun) -> dict[str, Any]:
    """Give what was done again as JSON."""
    steps = [
        {
            "step": outcome.step,
            "did": outcome.did,
            "state": outcome.state,
            "apart": [list(_edges(box)) for box in outcome.apart],
            "note": outcome.note,
            "picture": str(outcome.picture) if outcome.picture else None,
        }
        for outcome in found.outcomes
    ]
    return {"recording": str(found.recording), "steps": steps, "left": found.left, "notes": list(found.notes)}


def _edges(box: ScreenBox) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right, box.bottom


def _tell_notes(notes: Sequence[str]) -> None:
    for note in notes:
        console.out.print(Text(note, style="yellow"), soft_wrap=True)
