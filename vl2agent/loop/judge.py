"""What a step did, as far as the settled frames before and after it tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vl2agent.actions import Key, TypeText
from vl2agent.contracts import Perception
from vl2agent.loop.effects import appeared, is_gone, places
from vl2agent.steps import Frame, Plan, Receipt, Settled, Target, Verdict, Window
from vl2agent.tiles import dirty_regions

_CLOSING_WORDS = re.compile(
    r"\b(close|quit|exit|leave|log ?out|ok|okay|cancel|save|apply|done|yes|no|discard|finish|launch|run)\b|[×✕]",
    re.IGNORECASE,
)
_CLOSING_KEYS = re.compile(r"(^|\+)(f4|w|q|escape|esc|enter|return)$", re.IGNORECASE)


def judge(
    before: Frame,
    after: Settled,
    receipt: Receipt | None,
    *,
    target: Target | None = None,
    destination: Target | None = None,
    reader: Perception | None = None,
) -> Verdict:
    """Compare the settled frames around a step.

    Args:
        before: what it was planned on.
        after: what it came to.
        receipt: what the executor knows of it.
        target, destination: where something should change; without them anywhere, as after a key.
        reader: reads what appeared, where somebody wants to know; pixels alone take a few milliseconds.
    """
    changed = tuple(dirty_regions(before, after.frame))
    if receipt is not None and receipt.delivery == "dry":
        return Verdict(outcome="dry", changed=changed, note="nothing was sent")
    aims = tuple(aim for aim in (target, destination) if aim)
    effects = places(changed, aims, before.scale)
    if after.verdict == "moving":
        note = f"still changing after {after.waited_s:.1f} s"
        return Verdict(outcome="moving", changed=changed, effects=effects, note=note)
    if not changed:
        return Verdict(outcome="unchanged")
    # Text first: where the frame before is still the last one that was read, it is not read again.
    text = appeared(before, after.frame, changed, reader) if reader else ""
    if target and is_gone(target, before, after.frame, changed, reader):
        effects = (*effects, "target gone")
    if text:
        effects = (*effects, "text appeared")
    return Verdict(outcome="changed", changed=changed, effects=effects, appeared=text)


def vanished(before: Sequence[Window], after: Sequence[Window]) -> Window | None:
    """Return a window whose whole application is gone, with nothing new in its place; else None.

    `before` is empty where the platform does not tell of windows.
    """
    left, known = {window.app for window in after}, {window.app for window in before}
    if left - known:
        return None
    return next((window for window in before if window.app not in left), None)


def may_close(plan: Plan) -> bool:
    """Tell whether what is planned may well close a window: then one that vanishes did not crash."""
    intent = plan.intent
    if isinstance(intent, Key):
        return bool(_CLOSING_KEYS.search(intent.keys))
    if isinstance(intent, TypeText):
        return intent.submit or "\n" in intent.text
    clause = next((clause.text for clause in plan.checklist if not clause.done), "")
    return bool(_CLOSING_WORDS.search(f"{getattr(intent, 'target', '')} {clause}"))
