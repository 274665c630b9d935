"""How far a run may go before it is stopped, with what it did as evidence."""

from __future__ import annotations

from dataclasses import dataclass

from vl2agent.errors import InputError, LimitReached


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use up.

    Args:
        max_steps: steps, those that found nothing included.
        timeout_s: seconds for the whole run; a step that has begun is finished.
        max_repeats: how often the same action may be tried on the very same picture. The planner sees each try in
            its memory, and is warned from the second on; one more than this ends the run. Tab and the arrows, which
            may move a focus unseen, may be pressed more often (loop/repeats.py).
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
