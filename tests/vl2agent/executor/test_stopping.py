"""Stopped in the middle: nothing stays down, and the receipt says what was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from played_agent import Eyes, Script, Slides

from vl2agent.actions import Action, Click, Drag, Key, Move, Scroll, TypeText, Wait
from vl2agent.agent import Agent
from vl2agent.errors import Interrupted
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenPoint
from vl2agent.pace import Stop
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.xdisplay import connect, disconnect

pytestmark = pytest.mark.display

HERE, THERE = ScreenPoint(100, 100), ScreenPoint(600, 400)
LONG = "quick brown\tfox " * 1250


@pytest.fixture
def stop() -> Iterator[Stop]:
    """A stop that is pulled soon."""
    new = Stop()
    timer = threading.Timer(0.1, new.pull, ("a test",))
    timer.start()
    yield new
    timer.cancel()


def down(display: str) -> int:
    """How many keys and buttons the server has down."""
    x = connect(display)
    try:
        buttons = int(x.screen().root.query_pointer().mask) >> 8 & 0x1F
        return sum(byte.bit_count() for byte in x.query_keymap()) + buttons.bit_count()
    finally:
        disconnect(x)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (TypeText(text=LONG), r"after \d+ of 20000 characters"),
        (TypeText(text="\t" + "".join(map(chr, range(0x4E00, 0x4E00 + 4000)))), r"after \d+ of 4001 characters"),
        (TypeText(text=LONG, secret=True), "while a secret was typed$"),
        (Drag(start=HERE, end=THERE), r"where (the button|it) was released"),
        (Wait(seconds=60), "while it waited for 60 s"),
    ],
    ids=["keys", "spare keys", "secret", "drag", "wait"],
)
def test_what_takes_time_is_broken_off(executor: X11Executor, stop: Stop, action: Action, said: str) -> None:
    """It is told how far it came, and the server has nothing down."""
    with pytest.raises(Interrupted, match=f"stopped by a test.*{said}") as caught, executor.stopping_on(stop):
        executor.perform(action)
    assert caught.value.receipt is not None
    assert caught.value.receipt.delivery == "uncertain"
    assert caught.value.receipt.detail == str(caught.value)
    assert down(executor._x.name) == 0


@pytest.mark.parametrize(
    "action",
    [
        Click(point=HERE, modifiers=("ctrl",)), Key(keys="ctrl+a"), Move(point=HERE), Wait(), TypeText(text="a"),
        Scroll(point=HERE, amount=100), Drag(start=HERE, end=THERE),
    ],
    ids=lambda action: action.kind,
)  # fmt: skip
def test_what_was_stopped_before_sends_nothing(executor: X11Executor, action: Action) -> None:
    """And afterwards the executor is as good as new."""
    stop = Stop()
    stop.pull()
    executor.perform(Move(point=THERE))
    with pytest.raises(Interrupted, match="before anything was sent"), executor.stopping_on(stop):
        executor.perform(action)
    assert executor.cursor() == THERE
    assert executor.perform(Move(point=HERE)).delivery == "sent"


def test_a_notch_is_the_last(executor: X11Executor) -> None:
    """Of a long turn of the wheel, what is left is not sent."""
    stop, turned = Stop(), []
    send = executor._x.button

    def turn(number: int, *, down: bool) -> None:
        turned.append(down)
        if turned.count(True) == 10:
            stop.pull()
        send(number, down=down)

    executor._x.button = turn  # type: ignore[method-assign]
    with pytest.raises(Interrupted, match="after 10 of 100 notches"), executor.stopping_on(stop):
        executor.perform(Scroll(point=HERE, amount=100))
    assert turned.count(True) == 10


def test_a_run_says_what_was_sent(executor: X11Executor, tmp_path: Path) -> None:
    """The recording has the receipt, the verdict, and who stopped it; nothing is uncertain that could be known."""
    run = Agent(
        Slides(),
        executor,
        perception=Eyes(),
        planner=Script(TypeText(text=LONG)),
        recorder=Recorder(tmp_path / "run.v2a"),
    )
    threading.Timer(0.3, run.cancel, ("a test",)).start()
    with pytest.raises(Interrupted, match="stopped by a test after"):
        run.run("go")
    recording = Recording(tmp_path / "run.v2a")
    (step,) = recording.steps
    assert step.receipt is not None
    assert "of 20000 characters" in step.receipt.detail
    assert step.verdict.outcome == "failed"
    assert recording.end is not None
    assert recording.end.error == "Interrupted"
    assert down(executor._x.name) == 0
    assert not run.cancelled.is_set()
