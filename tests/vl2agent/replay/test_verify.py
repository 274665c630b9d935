"""Replay a recorded run on itself: what was recorded comes out again, however the run went and ended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from recorded_runs import GOAL, Form, FormReader, boxed, commanded, planned, run_to_its_end

from vl2agent.actions import Action, TypeText
from vl2agent.agent import Agent
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.errors import DisplayLost, ExecutionError, Interrupted
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.limits import Limits
from vl2agent.planner.guarding import GoalPolicy
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rate, Rule
from vl2agent.recording.reader import Recording
from vl2agent.recording.redaction import Redaction
from vl2agent.recording.writer import Recorder
from vl2agent.replay.verify import verify
from vl2agent.steps import Frame, Receipt, Settled

FORM = Form()
CLICK: dict[str, object] = {"clause": 1, "kind": "click", "target": "Name"}
BOX = boxed("Name", FORM.box("Name"))
TYPE = {"clause": 1, "kind": "type", "text": "Ann"}
DONE = {"clause": 1, "kind": "done", "message": "filled in"}


class Doubtful(Form):
    """Hands that never know whether it arrived."""

    def perform(self, action: Action) -> Receipt:
        """Do nothing, and say so in half a voice."""
        return Receipt(delivery="uncertain", duration_s=0.0)


class Blinding(Form):
    """A screen that goes dark after two looks."""

    looks = 0

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Look."""
        self.looks += 1
        if self.looks > 2:
            raise DisplayLost("the display went away")
        return super().settled(timeout_s)


class Shifting(Form):
    """A screen whose fields move down as soon as they were looked at for the first time."""

    looks = 0

    def grab(self) -> Frame:
        """Draw it, in one of two ways."""
        frame = super().grab()
        return Frame(np.roll(frame.pixels, 20 * (self.looks > 1), 0), frame.region, 0.0, windows=frame.windows)

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Look."""
        settled = super().settled(timeout_s)
        self.looks += 2
        return settled


class Stopping(Form):
    """Hands that a person stops in the middle of the second action."""

    done = 0

    def perform(self, action: Action) -> Receipt:
        """Do it, or half of it."""
        self.done += 1
        if self.done == 2:
            receipt = Receipt(delivery="uncertain", duration_s=0.0, detail="2 of 3 characters")
            raise Interrupted("stopped by a person after 2 of 3 characters", receipt)
        return super().perform(action)


def failing(error: Exception) -> Form:
    """Hands that cannot."""
    form = Form()
    form.fails = error
    return form


def cancelled(path: Path) -> Recording:
    """A run that is stopped from outside after its second step."""
    form = Form()
    agent = Agent(form, perception=FormReader(form), recorder=Recorder(path))
    agent.parts = agent.parts.__class__(
        **{
            **{name: getattr(agent.parts, name) for name in agent.parts.__dataclass_fields__},
            "hooks": Hooks(after_action=lambda step, _: agent.cancel() if step.number == 2 else None),
        }
    )
    with pytest.raises(Interrupted):
        agent.run(GOAL)
    return Recording(path)


def slow(path: Path) -> Recording:
    """A run whose time is over before it is done."""
    hooks = Hooks(after_action=lambda *_: time.sleep(0.2))
    return commanded(path, limits=Limits(timeout_s=0.3), hooks=hooks)


RATE = RulePolicy([Rule(name="calmly", verdict="deny", rate=Rate(per_minute=2))])


def guarded(path: Path) -> Recording:
    """A run that may do what its goal names; the policy reads the screen for that."""
    form = Form()
    reader = FormReader(form)
    return commanded(path, form=form, perception=reader, policy=GoalPolicy(GOAL, reader))


def unaided(path: Path) -> Recording:
    """A planner that leaves all looking to the loop."""
    form, model = Form(), Model(ScriptedBackend(*map(json.dumps, (CLICK, DONE))))
    reader, planner = FormReader(form), VL2Planner(model)
    run_to_its_end(Agent(form, model=model, perception=reader, planner=planner, recorder=Recorder(path)), "fill it in")
    return Recording(path)


ENDINGS: dict[str, Callable[[Path], Recording]] = {
    "done": commanded,
    "a goal that is done at once": lambda path: commanded(path, "wait 1 s"),
    "not found": lambda path: commanded(path, "click Name, click Frobnicate"),
    "refused by a key rule": lambda path: commanded(path, "click Name, press ctrl+alt+delete"),
    "refused by rate": lambda path: commanded(path, policy=RATE),
    "approved": lambda path: commanded(path, policy=RulePolicy(ask_each=True), approve=lambda *_: True),
    "a person says no": lambda path: commanded(path, policy=RulePolicy(ask_each=True), approve=lambda *_: False),
    "nobody is there": lambda path: commanded(path, policy=RulePolicy(ask_each=True)),
    "a hook's veto": lambda path: commanded(
        path, hooks=Hooks(before_action=lambda a, _: "not that" if isinstance(a, TypeText) else None)
    ),
    "a question": lambda path: commanded(path, "ask 'Which city?', click City", hooks=Hooks(on_ask=lambda _: "Oslo")),
    "an unanswered question": lambda path: commanded(path, "ask 'Which city?', click City"),
    "too many steps": lambda path: commanded(path, limits=Limits(max_steps=2)),
    "too slow": slow,
    "uncertain": lambda path: commanded(path, form=Doubtful()),
    "hands that fail": lambda path: commanded(path, form=failing(ExecutionError("the pointer is gone"))),
    "what was clicked is elsewhere by then": lambda path: commanded(path, form=Shifting()),
    "a lost display": lambda path: commanded(path, form=Blinding()),
    "stopped": cancelled,
    "stopped in the middle of an action": lambda path: commanded(path, form=Stopping()),
    "ctrl-c": lambda path: commanded(path, form=failing(KeyboardInterrupt())),  # type: ignore[arg-type]
    "a dry run": lambda path: commanded(path, executor=DryRunExecutor()),
    "a model": lambda path: planned(path, CLICK, BOX, TYPE, DONE),
    "a model that is repaired": lambda path: planned(path, "nonsense", CLICK, BOX, DONE),
    "a model that talks nonsense": lambda path: planned(path, "nonsense", "more nonsense"),
    "a model that has nothing to say": lambda path: planned(path, CLICK, BOX),
    "a model that repeats itself": lambda path: planned(path, *(CLICK, BOX) * 8),
    "a model that gives up": lambda path: planned(path, {"clause": 1, "kind": "fail", "reason": "too hard"}),
    "a model and a hook's facts": lambda path: planned(
        path, CLICK, BOX, DONE, hooks=Hooks(before_plan=lambda memory, _: memory.facts.append("it rains"))
    ),
    "a guarded run": guarded,
    "a model that only plans": unaided,
    "a masked name": lambda path: commanded(path, recorder=Recorder(path, redaction=Redaction({"WHO": "Ann"}))),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_run_replays_to_the_same_end(ending: str, tmp_path: Path) -> None:
    """However it ended: all of its finished steps are verified, by the whole loop."""
    recording = ENDINGS[ending](tmp_path / "run.v2a")
    assert recording.end is not None
    found = verify(recording)
    assert (found.replayed, found.steps, found.notes) == (True, len(recording.steps), recording.certainty())
