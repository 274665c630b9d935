"""The loop, on pictures: what is done, remembered and written down, and how runs end."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path

import pytest
from played_agent import OK, Eyes, Hands, Script, Slides, agent, window

from vl2agent.actions import Action, AskUser, Click, Fail, Key, TypeText, Wait
from vl2agent.agent import Agent
from vl2agent.errors import (
    ActionRefused,
    DiskFull,
    DisplayLost,
    ExecutionError,
    GoalError,
    InputError,
    Interrupted,
    TargetNotFound,
    WindowGone,
)
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.loop.hooks import Hooks
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Intended
from vl2agent.recording.writer import Recorder
from vl2agent.steps import (
    ClickIntent,
    DragIntent,
    Frame,
    Memory,
    Plan,
    Receipt,
    ScrollIntent,
    Settled,
    Step,
    Target,
    ZoomIntent,
)

# --- what is done ----------------------------------------------------------------------------------------------------


def test_intents_become_actions_in_order() -> None:
    """Words become points, and what needs no place is done as it is."""
    run, hands = agent(OK, TypeText(text="hi"), DragIntent(target="a", destination="b"), ScrollIntent(), Key(keys="f5"))
    result = run.run("go")
    assert result.ok
    assert result.message == "all done"
    assert [action.kind for action in hands.did] == ["click", "type", "drag", "scroll", "key"]
    assert hands.did[0] == Click(point=ScreenPoint(19, 14))
    assert [step.verdict.outcome for step in result.steps[:3]] == ["changed", "changed", "changed"]


def test_the_screen_is_looked_at_once_a_step() -> None:
    """The frame that shows a step's effect is the one that the next step starts from."""
    screen = Slides()
    run, _ = agent(OK, Key(keys="f5"), screen=screen)
    run.run("go")
    assert screen.looks == 3


def test_a_planner_that_has_looked_is_believed() -> None:
    """Places that come with the plan are used as they are."""
    found = Target(words="OK", box=ScreenBox(50, 50, 60, 60), point=ScreenPoint(55, 55), confidence=1.0)

    class Finder(Script):
        def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
            return super().plan(goal, memory, frame).model_copy(update={"found": () if memory.steps else (found,)})

    run, hands = agent(planner=Finder(OK), eyes=Eyes("OK"))
    run.run("go")
    assert hands.did == [Click(point=ScreenPoint(55, 55))]


def test_answers_and_readings_are_remembered() -> None:
    """What a person answers and what is read closely are facts for the planner; no executor is involved."""
    planner = Script(AskUser(question="Which?"), ZoomIntent(target="label"))
    run, hands = agent(planner=planner, hooks=Hooks(on_ask=lambda question: "the second"))
    run.run("go")
    assert planner.saw[-1].facts == ["Which? the second", "label: small print"]
    assert hands.did == []


def test_what_is_read_twice_is_one_fact() -> None:
    """The newest; where nothing is written, that is told."""

    class Page(Eyes):
        def text_in(self, box: ScreenBox, frame: Frame) -> str:
            return "" if frame.pixels[0, 0, 0] == 255 else super().text_in(box, frame)

    planner = Script(*(ZoomIntent(target=words) for words in ("a", "b", "a")))
    agent(planner=planner, eyes=Page(), screen=Slides("red", "blue", "navy"))[0].run("go")
    assert planner.saw[-1].facts == ["b: nothing that can be read", "a: small print"]


def test_giving_up_is_a_result_and_no_error() -> None:
    """A planner that says fail gives its reason."""
    run, hands = agent(Fail(reason="there is no such thing"))
    result = run.run("go")
    assert not result.ok
    assert result.message == "there is no such thing"
    assert hands.released == 1


def test_a_screen_that_cannot_act_needs_an_executor() -> None:
    """Without one it is refused at once."""
    with pytest.raises(InputError, match="DryRunExecutor"):
        Agent(Slides(), perception=Eyes(), planner=Script())


# --- not found -------------------------------------------------------------------------------------------------------


def test_the_planner_may_recover_from_not_found() -> None:
    """It is told once, by a step that did nothing."""
    planner = Script(ClickIntent(target="lost"), OK)
    run, hands = agent(planner=planner, eyes=Eyes("lost"))
    result = run.run("go")
    assert [step.verdict.outcome for step in result.steps] == ["not found", "changed", "ended"]
    assert "lost" in planner.saw[1].steps[0].verdict.note
    assert len(hands.did) == 1


def test_not_found_twice_in_a_row_ends_the_run() -> None:
    """A planner that wants the same again has not recovered."""
    run, hands = agent(planner=Script(ClickIntent(target="lost"), forever=True), eyes=Eyes("lost"))
    with pytest.raises(TargetNotFound, match="lost"):
        run.run("go")
    assert hands.did == []


EDITOR, PANEL = window("editor"), window("panel")


def test_a_window_that_vanished_is_named() -> None:
    """When the application went away by itself, the error says so instead of 'not found'."""
    screen = Slides(windows=[(EDITOR, PANEL), (PANEL,)])
    run, _ = agent(Key(keys="f5"), ClickIntent(target="Save"), screen=screen, eyes=Eyes("Save"))
    with pytest.raises(WindowGone, match="editor window") as caught:
        run.run("go")
    assert caught.value.words == "Save"


def test_a_window_that_was_closed_is_not_gone() -> None:
    """After closing something, a target that is missing is just missing."""
    screen = Slides(windows=[(EDITOR, PANEL), (PANEL,)])
    run, _ = agent(
        Key(keys="alt+f4"), ClickIntent(target="Save"), ClickIntent(target="Save"), screen=screen, eyes=Eyes("Save")
    )
    with pytest.raises(TargetNotFound) as caught:
        run.run("go")
    assert not isinstance(caught.value, WindowGone)


def test_giving_up_after_a_window_vanished_names_it() -> None:
    """A planner that sees nothing to do any more has the same reason; the last step is told once."""
    told: list[Step] = []
    screen = Slides(windows=[(EDITOR,), ()])
    hooks = Hooks(after_action=lambda step, frame: told.append(step))
    run, _ = agent(Key(keys="f5"), Fail(reason="nothing to see"), screen=screen, hooks=hooks)
    with pytest.raises(WindowGone, match="editor window"):
        run.run("go")
    assert [step.verdict.outcome for step in told] == ["changed", "ended"]


def test_a_hook_that_fails_ends_the_run_once() -> None:
    """An error from a hook is the run's error; the step is not told twice."""
    told: list[Step] = []

    def hook(step: Step, frame: Frame) -> None:
        told.append(step)
        raise InputError("the hook had enough")

    run, hands = agent(OK, hooks=Hooks(after_action=hook))
    with pytest.raises(InputError, match="had enough"):
        run.run("go")
    assert len(told) == 1
    assert hands.released == 1


# --- endings ---------------------------------------------------------------------------------------------------------


def test_a_goal_that_is_not_understood_starts_nothing(tmp_path: Path) -> None:
    """It is refused before the screen is looked at."""
    screen = Slides()
    run, _ = agent(OK, screen=screen)
    with pytest.raises(GoalError):
        run.run("")
    assert screen.looks == 0


def test_cancel_stops_within_a_step() -> None:
    """From a hook or another thread: the next effect is not sent, and keys are released."""
    run, hands = agent(OK, Key(keys="f5"), hooks=Hooks(after_action=lambda step, frame: run.cancel()))
    with pytest.raises(Interrupted, match="1 finished step"):
        run.run("go")
    assert len(hands.did) == 1
    assert hands.released == 1


def test_cancel_cuts_a_wait_short() -> None:
    """A run that waits for a minute does not have to be waited for."""
    run, _ = agent(Wait(seconds=60))
    threading.Timer(0.1, run.cancel).start()
    began_s = time.monotonic()
    with pytest.raises(Interrupted):
        run.run("go")
    assert time.monotonic() - began_s < 30


def test_an_agent_runs_again_after_a_cancel() -> None:
    """Cancelling ends one run, not the agent."""
    run, hands = agent(OK)
    run.cancel()
    with pytest.raises(Interrupted):
        run.run("go")
    assert run.run("go").ok
    assert len(hands.did) == 1


def test_run_async_gives_the_same_result() -> None:
    """The awaitable twin runs beside other tasks."""

    async def both() -> tuple[bool, str]:
        run, _ = agent(Wait(seconds=0.2), OK)
        task = asyncio.create_task(run.run_async("go"))
        await asyncio.sleep(0)
        running = not task.done()
        return running, (await task).message

    assert asyncio.run(both()) == (True, "all done")


def test_cancelling_the_task_stops_the_run() -> None:
    """When the task is gone nothing goes on in its thread."""
    stopped: list[object] = []
    run, hands = agent(Wait(seconds=60), OK, hooks=Hooks(on_stop=stopped.append))

    async def cancelled() -> None:
        task = asyncio.create_task(run.run_async("go"))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert [type(outcome) for outcome in stopped] == [Interrupted]
    assert hands.did == []
    assert hands.released == 1


def test_a_failing_executor_ends_the_run() -> None:
    """The step is told as failed, keys are released, the error comes through."""
    hands, told = Hands(), list[Step]()
    hands.fails = ExecutionError("the platform said no")
    run, _ = agent(OK, hands=hands, hooks=Hooks(after_action=lambda step, frame: told.append(step)))
    with pytest.raises(ExecutionError, match="platform said no"):
        run.run("go")
    assert [step.verdict.outcome for step in told] == ["failed"]
    assert hands.released == 1


def test_on_stop_hears_of_every_ending() -> None:
    """A result or an error, after everything was released."""
    heard: list[tuple[str, int]] = []
    for intents in ((OK,), (Fail(reason="no"),), (Key(keys="ctrl+alt+f1"),)):
        hands = Hands()
        hooks = Hooks(on_stop=lambda outcome, hands=hands: heard.append((type(outcome).__name__, hands.released)))  # type: ignore[misc]
        run, _ = agent(*intents, hands=hands, hooks=hooks)
        try:
            run.run("go")
        except ActionRefused:
            continue
    assert heard == [("RunResult", 1), ("RunResult", 1), ("ActionRefused", 1)]


# --- what is written down --------------------------------------------------------------------------------------------


def test_an_intent_is_on_disk_before_its_effect(tmp_path: Path) -> None:
    """While the executor works, the recording ends with the intent; afterwards it has the receipt."""
    path = tmp_path / "run.v2a"
    uncertain: list[int] = []

    class Witness(Hands):
        def perform(self, action: Action) -> Receipt:
            uncertain.extend(event.step for event in Recording(path).uncertain)
            return super().perform(action)

    run, _ = agent(OK, Key(keys="f5"), hands=Witness(), recorder=Recorder(path))
    result = run.run("go")
    assert uncertain == [1, 2]
    recording = Recording(path)
    assert recording.uncertain == ()
    assert recording.steps == result.steps
    assert result.recording == path
    assert recording.certainty() == ()


@pytest.mark.parametrize("error", [DisplayLost("the display went away"), KeyboardInterrupt()])
def test_the_end_is_written_whatever_ends_it(tmp_path: Path, error: BaseException) -> None:
    """A display that dies and a person who presses Ctrl-C leave recordings that open and say so."""

    class Dying(Slides):
        def settled(self, timeout_s: float = 3.0) -> Settled:
            if self.looks:
                raise error
            return super().settled(timeout_s)

    run, hands = agent(OK, screen=Dying(), recorder=Recorder(tmp_path / "run.v2a"))
    with pytest.raises(type(error)):
        run.run("go")
    recording = Recording(tmp_path / "run.v2a")
    assert recording.end is not None
    assert recording.end.error == type(error).__name__
    assert recording.uncertain == ()
    assert hands.released == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file sizes")
def test_a_full_disk_ends_the_run(tmp_path: Path) -> None:
    """Nothing is done that could not be written down before, and the recording opens."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    run, hands = agent(planner=Script(OK, forever=True), screen=Slides("red"), recorder=Recorder(tmp_path / "run.v2a"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, hard))
    try:
        with pytest.raises(DiskFull):
            run.run("go")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    recording = Recording(tmp_path / "run.v2a")
    assert recording.torn_bytes == 0
    assert len(hands.did) <= len(list(recording.of(Intended)))
    assert hands.released == 1
