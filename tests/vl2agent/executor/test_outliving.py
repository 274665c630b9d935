"""What a killed process held down on a desktop without a guard is released, and nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

from vl2agent.executor.x11 import X11Executor

if TYPE_CHECKING:
    from tests.vl2agent.executor.conftest import Server

pytestmark = pytest.mark.display

HOLD = """
import sys, time
from vl2agent.executor.x11 import X11Executor
executor = X11Executor(sys.argv[1])
executor.key_down("ctrl")
executor.key_down("a")
executor.key_up("a")
executor.mouse_down("left")
print("down", flush=True)
time.sleep(60)
"""


def _down(display: Display) -> tuple[list[int], bool]:
    keys = display.query_keymap()
    codes = [8 * byte + bit for byte in range(32) for bit in range(8) if keys[byte] >> bit & 1]
    return codes, bool(display.screen().root.query_pointer().mask & X.Button1Mask)


def test_a_killed_process_leaves_nothing_down_but_what_a_person_holds(server: Server) -> None:
    """Its control key and button go up within two seconds; a key that somebody else holds stays down."""
    with closing(Display(server.display)) as display:
        control, other = (display.keysym_to_keycode(symbol) for symbol in (XK.XK_Control_L, XK.XK_F5))
        xtest.fake_input(display, X.KeyPress, other)
        display.sync()
        process = subprocess.Popen([sys.executable, "-c", HOLD, server.display], stdout=subprocess.PIPE, text=True)
        with process:
            assert process.stdout is not None
            process.stdout.readline()
            assert _down(display) == (sorted([control, other]), True)
            process.send_signal(signal.SIGKILL)
        deadline_s = time.monotonic() + 2.0
        while _down(display) != ([other], False) and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert _down(display) == ([other], False)
        xtest.fake_input(display, X.KeyRelease, other)
        display.sync()


def test_leaving_ends_the_program(server: Server) -> None:
    """Nothing stays behind when an executor closes."""
    executor = X11Executor(server.display)
    executor.key_down("shift")
    outliving = executor._x.outliving
    assert outliving is not None
    program = outliving._program
    assert program is not None
    executor.close()
    assert program.returncode == 0
