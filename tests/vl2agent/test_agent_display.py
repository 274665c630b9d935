"""The loop on real X servers and applications that die under it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from vl2agent.actions import Action, Key, Wait
from vl2agent.agent import Agent
from vl2agent.capture.desktop import DesktopScreen
from vl2agent.errors import CaptureError, DisplayLost, ExecutionError, TargetNotFound, WindowGone
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenBox
from vl2agent.loop.hooks import Hooks
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import ClickIntent, Element, Frame, Intent, Memory, Plan, Step, Target

pytestmark = [pytest.mark.display, pytest.mark.skipif(sys.platform != "linux", reason="needs an X server")]


class Script:
    """A planner that plays a list of intents and repeats the last one."""

    def __init__(self, *intents: Intent) -> None:
        self._intents = intents

    def check(self, goal: str) -> None:
        """Take any goal."""

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Give the next one."""
        return Plan(intent=self._intents[min(len(memory.steps), len(self._intents) - 1)])


class Blind:
    """A perception that finds nothing."""

    def locate(self, words: str, frame: Frame) -> Target:
        """Find nothing."""
        raise TargetNotFound(words)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Find nothing."""
        return ()

    def elements(self, frame: Frame) -> Sequence[Element]:
        """See nothing."""
        return ()

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read nothing."""
        return ""


@pytest.fixture
def xvfb() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A bare X server that may be killed: its display's name and its process."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "640x480x24", "-noreset", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as numbers:
            yield f":{numbers.readline().strip()}", process
    finally:
        process.kill()
        process.wait(10)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a server as a crash would."""
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def before_the_planner(server: subprocess.Popen[bytes]) -> Hooks:
    """Kill it when the second step is planned."""

    def hook(memory: Memory, frame: Frame) -> None:
        if memory.steps:
            kill(server)

    return Hooks(before_plan=hook)


def before_the_effect(server: subprocess.Popen[bytes]) -> Hooks:
    """Kill it when the second key is about to be pressed."""

    def hook(action: Action, frame: Frame) -> None:
        if action == Key(keys="b"):
            kill(server)

    return Hooks(before_action=hook)


def after_the_effect(server: subprocess.Popen[bytes]) -> Hooks:
    """Kill it when the first step is finished."""
    return Hooks(after_action=lambda step, frame: kill(server))


@pytest.mark.parametrize("moment", [before_the_planner, before_the_effect, after_the_effect])
def test_a_display_that_dies_ends_the_run(
    xvfb: tuple[str, subprocess.Popen[bytes]], tmp_path: Path, moment: Callable[[subprocess.Popen[bytes]], Hooks]
) -> None:
    """Whenever it dies, the run ends with a typed error, and the recording opens and has its end."""
    display, server = xvfb
    with DesktopScreen(display) as screen:
        agent = Agent(
            screen,
            X11Executor(display),
            perception=Blind(),
            planner=Script(Key(keys="a"), Key(keys="b"), Wait(seconds=0.1), Key(keys="c")),
            recorder=Recorder(tmp_path / "run.v2a"),
            hooks=moment(server),
        )
        with pytest.raises((DisplayLost, CaptureError, ExecutionError)) as caught:
            agent.run("press keys")
    recording = Recording(tmp_path / "run.v2a")
    assert recording.end is not None
    assert recording.end.error == type(caught.value).__name__
    assert recording.steps
    assert recording.gaps == ()


def test_an_application_that_crashes_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    """When its window vanished and the words fit nothing any more, the error names the window."""
    sandbox.launch("mousepad")
    screen = sandbox.screen
    for _ in range(50):
        if any("mousepad" in window.app.lower() for window in screen.settled().frame.windows):
            break

    def crash(action: Action, frame: Frame) -> None:
        sandbox.run("xdotool search --onlyvisible --class mousepad windowkill")

    told: list[Step] = []
    agent = Agent(
        sandbox,
        perception=Blind(),
        planner=Script(Key(keys="f5"), ClickIntent(target="File menu")),
        recorder=Recorder(tmp_path / "run.v2a"),
        hooks=Hooks(before_action=crash, after_action=lambda step, frame: told.append(step)),
    )
    with pytest.raises(WindowGone, match="Mousepad") as caught:
        agent.run("press f5, then click the File menu")
    assert caught.value.words == "File menu"
    assert [step.verdict.outcome for step in told][-1] == "not found"
    assert Recording(tmp_path / "run.v2a").certainty() == ()
