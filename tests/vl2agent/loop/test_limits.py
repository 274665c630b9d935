"""How far a run may go: steps, seconds, the same again."""

from __future__ import annotations

import time

import pytest
from played_agent import OK, Script, Slides, agent

from vl2agent.actions import Key, Wait
from vl2agent.errors import (
    InputError,
    LimitReached,
)
from vl2agent.loop.limits import Limits
from vl2agent.steps import (
    Clause,
    Frame,
    Memory,
    Plan,
)


def test_the_same_on_the_same_picture_ends_the_run() -> None:
    """The planner sees that nothing changed; when it insists, the run ends with the evidence."""
    planner = Script(OK, forever=True)
    run, hands = agent(planner=planner, screen=Slides("red"), limits=Limits(max_repeats=2))
    with pytest.raises(LimitReached, match="click “OK” was tried 2 times") as caught:
        run.run("go")
    assert caught.value.limit == "repeats"
    assert len(hands.did) == 2
    assert [step.verdict.outcome for step in planner.saw[-1].steps] == ["unchanged", "unchanged"]


def test_the_same_on_another_picture_goes_on() -> None:
    """Pressing a key over and over is no loop while the picture changes."""
    run, hands = agent(OK, OK, OK, screen=Slides("red", "green", "blue", "navy"), limits=Limits(max_repeats=1))
    assert run.run("go").ok
    assert len(hands.did) == 3


def test_the_same_for_another_part_of_the_goal_goes_on() -> None:
    """A goal may say the same thing several times, also where nothing changes on the screen."""

    class Ticking(Script):
        def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
            done = len(memory.steps)
            clauses = tuple(Clause(text="press f5", done=number < done) for number in range(4))
            return super().plan(goal, memory, frame).model_copy(update={"checklist": clauses})

    run, hands = agent(planner=Ticking(*[Key(keys="f5")] * 4), screen=Slides("red"), limits=Limits(max_repeats=1))
    assert run.run("press f5, four times").ok
    assert len(hands.did) == 4


def test_waiting_is_no_repetition() -> None:
    """Time may pass as often as it has to."""
    run, _ = agent(*[Wait(seconds=0)] * 5, screen=Slides("red"), limits=Limits(max_repeats=1))
    assert run.run("go").ok


def test_steps_run_out() -> None:
    """One step more than allowed is not begun."""
    run, hands = agent(planner=Script(OK, forever=True), limits=Limits(max_steps=2))
    with pytest.raises(LimitReached, match="steps"):
        run.run("go")
    assert len(hands.did) == 2


def test_seconds_run_out() -> None:
    """A wait is cut short when the time is up, and no step follows."""
    run, _ = agent(Wait(seconds=30), OK, limits=Limits(timeout_s=0.2))
    began_s = time.monotonic()
    with pytest.raises(LimitReached, match="seconds"):
        run.run("go")
    assert time.monotonic() - began_s < 20


@pytest.mark.parametrize("wrong", [{"max_steps": 0}, {"timeout_s": 0}, {"max_repeats": 0}, {"settle_s": -1}])
def test_limits_are_above_nothing(wrong: dict[str, int]) -> None:
    """A run that may do nothing is a mistake."""
    with pytest.raises(InputError, match="above 0"):
        Limits(**wrong)
