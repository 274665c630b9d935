"""A step in the making: filled from left to right, frozen when its verdict is known."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from vl2agent.actions import Action
from vl2agent.steps import Decision, Frame, Plan, Receipt, Step, Target, Verdict


@dataclass(slots=True)
class Draft:
    """What is known of the current step.

    Args:
        number: counting from 1.
        before: the frame that it was planned on.
        plan: the planner's answer.
        began_s: `time.monotonic()` when the planner was asked.
    """

    number: int
    before: Frame
    plan: Plan
    began_s: float
    target: Target | None = field(default=None, init=False)
    destination: Target | None = field(default=None, init=False)
    action: Action | None = field(default=None, init=False)
    decision: Decision | None = field(default=None, init=False)
    receipt: Receipt | None = field(default=None, init=False)

    def finished(self, verdict: Verdict) -> Step:
        """Freeze it."""
        return Step(
            number=self.number,
            plan=self.plan,
            target=self.target,
            destination=self.destination,
            action=self.action,
            decision=self.decision,
            receipt=self.receipt,
            verdict=verdict,
            seconds=round(time.monotonic() - self.began_s, 4),
        )
