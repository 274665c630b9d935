"""An X server remembers how far the last action came, also when who performed it was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from killing.truth import Presses
from vl2agent.actions import Click, Key, TypeText
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenPoint
from vl2agent.steps import Reached

if TYPE_CHECKING:
    from tests.vl2agent.executor.conftest import Server

pytestmark = pytest.mark.display

TYPES = """
import sys
from vl2agent.actions import TypeText
from vl2agent.executor.x11 import X11Executor
executor = X11Executor(sys.argv[1])
print(executor.next_mark(), flush=True)
executor.perform(TypeText(text="abcd" * 4000))
"""


def test_what_was_performed_is_remembered_as_all(server: Server, executor: X11Executor) -> None:
    """Another executor can tell; of the one before it no longer, and of the one after it that it has not begun."""
    first = executor.next_mark()
    executor.perform(Key(keys="f5"))
    with X11Executor(server.display) as other:
        assert other.how_far(first) == Reached(state="all")
        second = executor.next_mark()
        assert other.how_far(second) == Reached(state="nothing")
        executor.perform(Click(point=ScreenPoint(5, 5)))
        assert other.how_far(second) == Reached(state="all")
        assert other.how_far(first) is None


def test_nothing_is_known_where_others_acted_since(server: Server, executor: X11Executor) -> None:
    """A later executor takes the mark over; what is no mark is none."""
    mark = executor.next_mark()
    with X11Executor(server.display) as other:
        other.next_mark()
        assert executor.how_far(mark) is None
        assert executor.how_far("") is None
        assert executor.how_far("nonsense:x") is None


def test_actions_that_nobody_named_leave_no_mark(server: Server) -> None:
    """A script of primitives does not write on the desktop."""
    with X11Executor(server.display) as executor:
        executor.perform(Key(keys="f6"))
        assert executor.how_far("0123:1") is None


@pytest.mark.parametrize("after_s", [0.0, 0.004, 0.03])
def test_a_killed_process_typed_exactly_what_the_mark_says(server: Server, after_s: float) -> None:
    """The number of characters is the number of keys that the server saw pressed."""
    with closing(Presses(server.display)) as presses, X11Executor(server.display) as looker:
        before = presses.count
        process = subprocess.Popen([sys.executable, "-c", TYPES, server.display], stdout=subprocess.PIPE, text=True)
        with process:
            assert process.stdout is not None
            mark = process.stdout.readline().strip()
            deadline_s = time.monotonic() + 10
            while looker.how_far(mark) == Reached(state="nothing") and time.monotonic() < deadline_s:
                time.sleep(0.0005)
            time.sleep(after_s)
            process.send_signal(signal.SIGKILL)
        reached = looker.how_far(mark)
        assert reached is not None
        assert reached.state == "part"
        assert reached.characters == presses.count - before
        assert 0 < reached.characters < 16_000


def test_text_is_marked_as_all_at_its_end(executor: X11Executor) -> None:
    """Also when it takes several bursts and an enter."""
    mark = executor.next_mark()
    executor.perform(TypeText(text="x" * 200, submit=True))
    assert executor.how_far(mark) == Reached(state="all")
