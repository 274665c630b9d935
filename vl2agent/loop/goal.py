"""What a goal must be before anything is started for it."""

from __future__ import annotations

from vl2agent.contracts import Planner
from vl2agent.errors import GoalError


def check_goal(goal: str, planner: Planner) -> None:
    """Refuse a goal that cannot be written down, or that the planner does not understand.

    Raises:
        GoalError: it holds bytes that are no Unicode text, as a terminal hands them on, or is not understood.
    """
    try:
        goal.encode()
    except UnicodeEncodeError as error:
        raise GoalError(goal, error.start, "Unicode text") from error
    planner.check(goal)
