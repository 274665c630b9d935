"""How far a run may go before it is stopped, with what it did as evidence."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from vl2agent.errors import InputError, LimitReached
from vl2agent.recording.words import intent_words
from vl2agent.steps import Frame, Plan


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use up.

    Args:
        max_steps: steps, those that found nothing included.
        timeout_s: seconds for the whole run; a step that has begun is finished.
        max_repeats: how often the same action may be tried on the very same picture. The planner sees each try in
            its memory; one more than this ends the run.
        settle_s: longest wait for the screen to stand still after a step.
    """

    max_steps: int = 100
    timeout_s: float = 600.0
    max_repeats: int = 3
    settle_s: float = 3.0

    def __post_init__(self) -> None:
        if self.max_steps < 1 or self.max_repeats < 1 or not self.timeout_s > 0 or not self.settle_s > 0:
            raise InputError(f"expected limits above 0, got {self}")

    def check(self, steps: int, elapsed_s: float) -> None:
        """Stop before another step.

        Raises:
            LimitReached: steps or seconds ran out.
        """
        if steps >= self.max_steps:
            raise LimitReached("steps", self.max_steps, steps, "raise it with --max-steps, or split the goal")
        if elapsed_s >= self.timeout_s:
            raise LimitReached("seconds", self.timeout_s, round(elapsed_s, 1), "raise it with --timeout")


class Repeats:
    """Notice that the same thing is being tried on the same picture.

    Only the last few tries are compared, and pictures only when the action is the same: that costs nothing on the
    way of a run that gets on, and still catches a planner going round in circles of up to three actions.
    """

    def __init__(self, limits: Limits) -> None:
        self._allowed = limits.max_repeats
        self._tries: deque[tuple[object, Frame]] = deque(maxlen=3 * limits.max_repeats)

    def check(self, plan: Plan, frame: Frame) -> None:
        """Count one more try; waiting is no try, and with another part of the goal done it is another try.

        Raises:
            LimitReached: it was tried `max_repeats` times already on this picture.
        """
        if plan.intent.kind == "wait":
            return
        key = (plan.intent.model_dump_json(), tuple(clause.done for clause in plan.checklist))
        used = sum(1 for other, seen in self._tries if other == key and _same(seen, frame))
        if used >= self._allowed:
            hint = f"{intent_words(plan.intent)} was tried {used} times on the very same picture and got nowhere"
            raise LimitReached("repeats", self._allowed, used + 1, hint)
        self._tries.append((key, frame))


def _same(one: Frame, other: Frame) -> bool:
    return one is other or (one.size == other.size and one.digest == other.digest)
