"""Goals in words, on real desktops with real applications, checked by the state they leave."""

from collections import Counter

import pytest

from vl2agent.bench.desktop import choose, try_goal
from vl2agent.bench.goals import GOALS, Goal
from vl2agent.errors import InputError
from vl2agent.perception.embedded import OcrPerception
from vl2agent.planner.clauses import Open
from vl2agent.planner.grammar import parse
from vl2agent.planner.names import APPLICATIONS, application


@pytest.fixture(scope="module")
def perception() -> OcrPerception:
    """One for all goals: the networks are loaded once."""
    return OcrPerception()


@pytest.mark.display
@pytest.mark.slow
@pytest.mark.parametrize(("seed", "goal"), list(enumerate(GOALS)), ids=[goal.name for goal in GOALS])
def test_the_goal_is_reached(seed: int, goal: Goal, perception: OcrPerception) -> None:
    """Afterwards settings, files, what a form sent or the clipboard are as the goal wants; each on another desktop."""
    trial = try_goal(goal, goal.scene(seed), perception)
    assert trial.problem == "", f"{goal.name} on {trial.scene}"


def test_names_are_unique_and_choose_finds_them() -> None:
    """`--goals` names what it means; an unknown name is refused with the known ones."""
    assert max(Counter(goal.name for goal in GOALS).values()) == 1
    assert choose(["style", "folders"]) == tuple(goal for goal in GOALS if goal.name in ("style", "folders"))
    assert choose([]) == GOALS
    with pytest.raises(InputError, match="'style'"):
        choose(["no such goal"])


def test_most_goals_are_long_and_go_through_several_applications() -> None:
    """At least twelve goals, eight of them with four clauses or more over two applications or more."""
    long = 0
    for goal in GOALS:
        clauses = parse(goal.words(goal.scene(0)))
        opened = {clause.target for clause in clauses if isinstance(clause, Open)} | set(goal.open)
        applications = {application(name) for name in opened if application(name) in APPLICATIONS or ".txt" in name}
        long += len(clauses) >= 4 and len(applications) >= 2
    assert len(GOALS) >= 12
    assert long >= 8


def test_the_same_seed_is_the_same_desktop() -> None:
    """Theme, size and placement come from the seed alone, and differ between seeds."""
    goal = GOALS[0]
    assert goal.scene(3) == goal.scene(3)
    assert len({(goal.scene(seed).theme, goal.scene(seed).size) for seed in range(8)}) > 3
