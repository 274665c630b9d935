"""The door: a hook, policy, a person; what may have arrived; what lies off the screen."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from played_agent import OK, Eyes, Hands, Script, Slides, agent, window

from vl2agent.actions import Action, Key, Wait
from vl2agent.agent import Agent
from vl2agent.errors import (
    ActionRefused,
    CoordinateError,
)
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.geometry import ScreenBox
from vl2agent.loop.hooks import Hooks
from vl2agent.policy.policy import RulePolicy
from vl2agent.steps import (
    Decision,
    Frame,
    Intent,
    Settled,
    Step,
    Target,
)


def test_a_hook_can_veto() -> None:
    """A reason from before_action refuses the action; nothing is sent, the step is told."""
    seen: list[Step] = []
    hooks = Hooks(
        before_action=lambda action, frame: "not on Sundays", after_action=lambda step, frame: seen.append(step)
    )
    run, hands = agent(OK, hooks=hooks)
    with pytest.raises(ActionRefused, match="not on Sundays"):
        run.run("go")
    assert hands.did == []
    assert [step.verdict.outcome for step in seen] == ["refused"]
    assert hands.released == 1


def test_policy_can_deny() -> None:
    """The built-in rules hold without being asked for."""
    run, hands = agent(Key(keys="Control+Alt+Del"))
    with pytest.raises(ActionRefused, match="screen's own keys"):
        run.run("go")
    assert hands.did == []


def test_policy_is_asked_in_a_dry_run_too() -> None:
    """The door is the same whatever is behind it."""
    run, hands = agent(Key(keys="ctrl+alt+f1"), hands=Hands("dry"))
    with pytest.raises(ActionRefused):
        run.run("go")
    assert hands.did == []


@pytest.mark.parametrize(("answer", "performed"), [(True, 1), (False, 0)])
def test_a_person_decides_what_policy_leaves_open(answer: bool, performed: int) -> None:
    """What the rules mark 'ask' is performed when the person says yes, and refused otherwise."""
    asked: list[Decision] = []

    def person(action: Action, decision: Decision) -> bool:
        asked.append(decision)
        return answer

    run, hands = agent(OK, policy=RulePolicy(ask_each=True), approve=person)
    if answer:
        run.run("go")
    else:
        with pytest.raises(ActionRefused, match="person refused"):
            run.run("go")
    assert len(hands.did) == performed
    assert [decision.rule for decision in asked] == ["each action is approved"]


def test_what_needs_asking_is_refused_when_nobody_is_there() -> None:
    """No approver is a no."""
    run, hands = agent(OK, policy=RulePolicy(ask_each=True))
    with pytest.raises(ActionRefused, match="nobody is there"):
        run.run("go")
    assert hands.did == []


@pytest.mark.parametrize("plans", [(OK, OK), (OK, Wait(seconds=0), OK)], ids=["at once", "after a wait"])
def test_an_uncertain_delivery_is_not_repeated_blindly(plans: tuple[Intent, ...]) -> None:
    """The same action again after an uncertain receipt needs a person, whatever the rules allow."""
    run, hands = agent(*plans, hands=Hands("uncertain"))
    with pytest.raises(ActionRefused, match="uncertain delivery"):
        run.run("go")
    assert len(hands.did) == 1


def test_a_box_that_wavers_makes_no_other_action() -> None:
    """A model's box is a pixel or two off the next time; that is no reason to send it again."""

    class Wavering(Eyes):
        def locate(self, words: str, frame: Frame) -> Target:
            self.box = ScreenBox(self.box.left + 2, self.box.top, self.box.right + 2, self.box.bottom)
            return super().locate(words, frame)

    run, hands = agent(OK, OK, hands=Hands("uncertain"), eyes=Wavering(box=ScreenBox(10, 10, 20, 20)))
    with pytest.raises(ActionRefused, match="uncertain delivery"):
        run.run("go")
    assert len(hands.did) == 1


def test_a_point_off_the_screen_reaches_nobody() -> None:
    """A perception that points beside the screen is bad input, and no click."""
    run, hands = agent(OK, eyes=Eyes(box=ScreenBox(100, 10, 120, 20)))
    with pytest.raises(CoordinateError, match="within the screen"):
        run.run("go")
    assert hands.did == []


@pytest.mark.parametrize(("then", "sent"), [("editor", 1), ("mail", 0)])
def test_a_yes_is_for_the_window_that_had_the_keys(then: str, sent: int) -> None:
    """Another one that came to the front while a person was asked gets nothing."""
    shown = [(window(app).model_copy(update={"active": True}),) for app in ("editor", then)]
    run, hands = agent(
        Key(keys="a"), screen=Slides(windows=shown), policy=RulePolicy(ask_each=True), approve=lambda *_: True
    )
    with nullcontext() if sent else pytest.raises(ActionRefused, match="went away"):
        run.run("go")
    assert len(hands.did) == sent


class Changing(Slides):
    """A screen whose picture is another one from a look on."""

    def __init__(self, since: int) -> None:
        super().__init__()
        self.since = since

    def grab(self) -> Frame:
        """Show one pattern or the other."""
        noise = np.random.default_rng(self.looks >= self.since).integers(0, 255, (80, 100, 3), np.uint8)
        return Frame.from_image(Image.fromarray(noise))


@pytest.mark.parametrize(
    ("since", "says", "sent"),
    [(99, ("OK", "OK"), 1), (1, ("OK", "Delete"), 0), (1, ("OK 59", "OK 58"), 1), (1, ("", ""), 0)],
)
def test_what_is_clicked_is_still_there(since: int, says: tuple[str, str], sent: int) -> None:
    """A screen that changed while it was thought about gets no click that was meant for another one."""

    class Reading(Eyes):
        def text_in(self, box: ScreenBox, frame: Frame) -> str:
            return says[int(not np.array_equal(frame.pixels, first.pixels))]

    screen = Changing(since)
    first = screen.grab()
    run, hands = agent(OK, screen=screen, eyes=Reading())
    result = run.run("go")
    assert len(hands.did) == sent
    assert (result.steps[0].verdict.outcome == "not found") is (sent == 0)


class Blinking(Slides):
    """An empty field with a caret in it, which is gone half a second later."""

    def grab(self) -> Frame:
        """Show the field and no caret."""
        return Frame.from_image(Image.new("RGB", (100, 80), "white"))

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Show the caret, every other time."""
        frame = self.grab()
        self.looks += 1
        if self.looks % 2:
            frame.pixels[12:28, 22, :3] = 0
        return Settled(frame, "caret", 0.0)


def test_a_caret_does_not_take_a_field_away() -> None:
    """It blinks between the look and the click."""

    class Empty(Eyes):
        def text_in(self, box: ScreenBox, frame: Frame) -> str:
            return ""

    run, hands = agent(OK, screen=Blinking(), eyes=Empty())
    assert run.run("go").steps[0].verdict.outcome != "not found"
    assert len(hands.did) == 1


def test_what_is_denied_is_drawn_in_a_dry_run(tmp_path: Path) -> None:
    """Crossed out, in a file that says so; nothing is sent, and the refusal stands."""
    screen = Slides()
    dry = DryRunExecutor(screen, tmp_path)
    run = Agent(screen, dry, perception=Eyes(), planner=Script(OK), policy=RulePolicy(default="deny"))
    with pytest.raises(ActionRefused, match="default"):
        run.run("go")
    assert [path.name for path in tmp_path.iterdir()] == ["0001-click-denied.png"]
