"""What a step did, as far as the settled frames before and after it tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vl2agent.actions import Key, TypeText
from vl2agent.capture.tiles import dirty_regions
from vl2agent.steps import Frame, Plan, Receipt, Settled, Verdict, Window

_CLOSING_WORDS = re.compile(
    r"\b(close|quit|exit|leave|log ?out|ok|okay|cancel|save|apply|done|yes|no|discard|finish|launch|run)\b|[×✕]",
    re.IGNORECASE,
)
_CLOSING_KEYS = re.compile(r"(^|\+)(f4|w|q|escape|esc|enter|return)$", re.IGNORECASE)


def judge(before: Frame, after: Settled, receipt: Receipt | None) -> Verdict:
    """Compare the settled frames around a step."""
    changed = tuple(dirty_regions(before, after.frame))
    if receipt is not None and receipt.delivery == "dry":
        return Verdict(outcome="dry", changed=changed, note="nothing was sent")
    if after.verdict == "moving":
        return Verdict(outcome="moving", changed=changed, note=f"still changing after {after.waited_s:.1f} s")
    return Verdict(outcome="changed" if changed else "unchanged", changed=changed)


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
