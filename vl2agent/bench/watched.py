"""A policy whose verdicts are counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from vl2agent.actions import Action
from vl2agent.contracts import Policy
from vl2agent.steps import Decision, Frame


@dataclass
class Watched:
    """Passes everything on to a policy.

    `decided` counts its verdicts; `refused` are the actions that it did not plainly allow.
    """

    policy: Policy
    decided: Counter[str] = field(default_factory=Counter)
    refused: list[Action] = field(default_factory=list)

    def decide(self, action: Action, frame: Frame) -> Decision:
        """Ask the policy."""
        decision = self.policy.decide(action, frame)
        self.decided[decision.verdict] += 1
        if decision.verdict != "allow":
            self.refused.append(action)
        return decision
