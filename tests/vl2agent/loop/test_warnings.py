"""In a run, the planner hears what the loop has noticed before it plans again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import pytest
from PIL import Image

from vl2agent.actions import Action, Done, Key
from vl2agent.agent import Agent
from vl2agent.errors import ActionRefused, LimitReached
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.loop.limits import Limits
from vl2agent.steps import Element, Frame, Intent, Memory, Plan, Receipt, Settled, Target


class Still:
    """A screen on which nothing ever happens, and that takes every action."""

    size = Size(100, 80)
    displays = (Display("still", ScreenBox(0, 0, 100, 80)),)

    def __init__(self, delivery: Literal["sent", "uncertain"] = "sent") -> None:
        self.delivery, self.did = delivery, list[Action]()

    def grab(self) -> Frame:
        """Show the same as ever."""
        return Frame.from_image(Image.new("RGB", (100, 80), "teal"))

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Stand still."""
        return Settled(self.grab(), "settled", 0.0)

    def perform(self, action: Action) -> Receipt:
        """Take it."""
        self.did.append(action)
        return Receipt(delivery=self.delivery, duration_s=0.0)

    def release_all(self) -> None:
        """Hold nothing."""


class Listener:
    """A planner that decides by what it is warned of."""

    def __init__(self, decide: Callable[[str], Intent]) -> None:
        self.decide, self.heard = decide, list[str]()

    def check(self, goal: str) -> None:
        """Take any goal."""

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Decide."""
        self.heard.append(memory.warning)
        return Plan(intent=self.decide(memory.warning))


class Blind:
    """A perception that is not needed."""

    def locate(self, words: str, frame: Frame) -> Target:
        """See nothing."""
        raise NotImplementedError

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """See nothing."""
        return ()

    def elements(self, frame: Frame) -> Sequence[Element]:
        """See nothing."""
        return ()

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """See nothing."""
        return ""


F5 = Key(keys="f5")


def agent(screen: Still, planner: Listener) -> Agent:
    """Put them together."""
    return Agent(screen, perception=Blind(), planner=planner, limits=Limits(max_repeats=3))


def test_a_planner_that_heeds_the_warning_goes_on() -> None:
    """It hears of the second try before it can make a third."""
    screen, planner = Still(), Listener(lambda warning: Done() if "tried 2 times" in warning else F5)
    assert agent(screen, planner).run("go").ok
    assert len(screen.did) == 2
    assert [bool(warning) for warning in planner.heard] == [False, False, True]


def test_a_planner_that_does_not_is_stopped() -> None:
    """After three tries, of which it was warned twice, with what was seen."""
    screen, planner = Still(), Listener(lambda warning: F5)
    with pytest.raises(LimitReached, match=r"press f5 was tried 3 times .* \(step 1: unchanged; .* picture \w+\)"):
        agent(screen, planner).run("go")
    assert len(screen.did) == 3
    assert [bool(warning) for warning in planner.heard] == [False, False, True, True]


def test_a_planner_hears_that_something_may_not_have_arrived_before_it_repeats_it() -> None:
    """One that looks first goes on."""
    screen, planner = Still("uncertain"), Listener(lambda warning: Done() if "may not have arrived" in warning else F5)
    assert agent(screen, planner).run("go").ok
    assert screen.did == [F5]


def test_one_that_repeats_it_all_the_same_needs_a_person() -> None:
    """What may have arrived is not sent again unasked."""
    screen = Still("uncertain")
    with pytest.raises(ActionRefused, match="uncertain delivery"):
        agent(screen, Listener(lambda warning: F5)).run("go")
    assert screen.did == [F5]
