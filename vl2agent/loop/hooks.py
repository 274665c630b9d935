"""Places where a caller can watch a run, steer it and stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from vl2agent.actions import Action
from vl2agent.steps import Decision, Frame, Memory, Plan, Step

if TYPE_CHECKING:
    from vl2agent.agent import RunResult

Approver: TypeAlias = Callable[[Action, Decision], bool]
"""Is asked when policy says 'ask'; True lets the action through."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hooks:
    """Functions that the loop calls; all are optional, and run in the loop's thread.

    Args:
        before_plan: gets what the planner is going to see; may add to `memory.facts`.
        after_plan: gets the plan before words become places.
        before_action: may veto: a text that it returns is the reason why the action is refused.
        after_action: gets every finished step, also one that found nothing or was refused, and the frame after it.
        on_ask: answers a question of the planner's; without it a question ends the run.
        on_stop: gets the result, or the error that ended the run, when keys and buttons are released.
    """

    before_plan: Callable[[Memory, Frame], None] | None = None
    after_plan: Callable[[Plan, Frame], None] | None = None
    before_action: Callable[[Action, Frame], str | None] | None = None
    after_action: Callable[[Step, Frame], None] | None = None
    on_ask: Callable[[str], str] | None = None
    on_stop: Callable[[RunResult | BaseException], None] | None = None
