"""An executor that performs nothing and writes down what it was handed."""

from __future__ import annotations

from vl2agent.actions import Action
from vl2agent.steps import Receipt


class Spy:
    """Takes every action; `handed` has them in order."""

    def __init__(self) -> None:
        self.handed: list[Action] = []

    def perform(self, action: Action) -> Receipt:
        """Write it down."""
        self.handed.append(action)
        return Receipt(delivery="sent", route="spy", duration_s=0.0)

    def release_all(self) -> None:
        """Hold nothing."""
