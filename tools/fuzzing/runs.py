"""Whole runs on a model that says broken things: nothing that it says gets past a door that is shut."""

from __future__ import annotations

from random import Random

import numpy as np

from fuzzing.mutating import mutate_text
from fuzzing.replies import BOXES, Plans
from vl2agent.actions import Action
from vl2agent.agent import Agent
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.loop.limits import Limits
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.policy.policy import RulePolicy
from vl2agent.steps import Frame, Receipt, Settled

SIZE = Size(96, 64)


class Spy:
    """A screen that never changes, and hands that note whatever reaches them."""

    size = SIZE
    displays = (Display("spy", ScreenBox(0, 0, SIZE.width_px, SIZE.height_px)),)

    def __init__(self) -> None:
        self.done: list[Action] = []

    def grab(self) -> Frame:
        """Show the same again."""
        return Frame(np.zeros((SIZE.height_px, SIZE.width_px, 4), np.uint8), self.displays[0].box, 0.0)

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Show the same again."""
        return Settled(self.grab(), "settled", 0.0)

    def perform(self, action: Action) -> Receipt:
        """Note it."""
        self.done.append(action)
        return Receipt(delivery="sent", duration_s=0.0)

    def release_all(self) -> None:
        """Nothing is held."""


class Runs:
    """Runs in which each reply is broken in its own way, under a policy that allows nothing."""

    name, share = "replies: runs", 2

    def mutant(self, rng: Random) -> tuple[str, ...]:
        plans = Plans()
        broken = (plans.mutant(rng) if rng.random() < 0.5 else mutate_text(rng.choice(BOXES), rng) for _ in range(6))
        return tuple(text.encode("utf-8", "replace").decode() for text in broken)

    def read(self, mutant: tuple[str, ...]) -> Spy:
        spy, model = Spy(), Model(ScriptedBackend(*mutant))
        perception = VL2Perception(model)
        policy = RulePolicy(default="deny", builtin=False)
        agent = Agent(
            spy,
            perception=perception,
            planner=VL2Planner(model, perception),
            model=model,
            policy=policy,
            limits=Limits(max_steps=3, timeout_s=5.0),
        )
        try:
            agent.run("save the file, then close it")
        finally:
            if spy.done:
                raise AssertionError(f"an effect: {spy.done}")
        return spy

    def wrong(self, mutant: tuple[str, ...], value: Spy) -> str:
        return "an effect" if value.done else ""
