"""What is special to XTEST: servers that are not there, die or hang, and characters that a layout lacks in chords."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from vl2agent.actions import Click, Key, Move, TypeText
from vl2agent.errors import DisplayLost, NoDisplay
from vl2agent.executor import xtest
from vl2agent.executor.keymap import Keymap
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenPoint

if TYPE_CHECKING:
    from tests.vl2agent.executor.conftest import Server

pytestmark = pytest.mark.display
HERE = ScreenPoint(5, 5)


def test_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without DISPLAY, and with one where nothing is, it is said what is missing."""
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(NoDisplay, match="DISPLAY is not set"):
        X11Executor()
    for name in (":977", "nonsense"):
        with pytest.raises(NoDisplay, match=name):
            X11Executor(name)


def test_a_server_that_dies(own_server: Server) -> None:
    """After the server died every action is a DisplayLost, and releasing is no error."""
    executor = X11Executor(own_server.display)
    executor.key_down("shift")
    own_server.stop()
    for action in (Click(point=HERE), TypeText(text="é"), Key(keys="ctrl+s")):
        with pytest.raises(DisplayLost):
            executor.perform(action)
    executor.release_all()
    executor.close()


def test_a_server_that_hangs(own_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that stopped answering is a DisplayLost too; when it goes on, so does the executor."""
    executor = X11Executor(own_server.display)
    monkeypatch.setattr(xtest, "ANSWER_S", 0.3)
    own_server.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(DisplayLost):
            executor.perform(Move(point=HERE))
    finally:
        own_server.process.send_signal(signal.SIGCONT)
    monkeypatch.setattr(xtest, "ANSWER_S", 5.0)
    executor.perform(Move(point=HERE))
    assert executor.cursor() == HERE
    executor.close()


def test_leaving_releases(server: Server) -> None:
    """A program that ends with a key held leaves it released."""
    code = "import sys; from vl2agent.executor.x11 import X11Executor; X11Executor(sys.argv[1]).key_down('ctrl'); 1/0"
    done = subprocess.run([sys.executable, "-c", code, server.display], capture_output=True, timeout=30, check=False)
    assert b"ZeroDivisionError" in done.stderr
    assert server.wait_for(lambda x: [sum(x.query_keymap())]) == [0]


@pytest.mark.parametrize("delay_s", [0.001, 0.004, 0.01, 0.03])
def test_an_interrupt_anywhere_leaves_no_key_down(delay_s: float, server: Server, executor: X11Executor) -> None:
    """Ctrl-C while keys are being sent releases also those whose release was queued and never left."""
    executor.perform(TypeText(text="a"))  # an interrupt of an import is another matter
    timer = threading.Timer(delay_s, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012  it must not come outside
        timer.start()
        while True:
            executor.perform(TypeText(text="Shifted LETTERS " * 4))
    assert server.wait_for(lambda x: [sum(x.query_keymap())]) == [0]


def test_the_mapping_is_as_it_was(server: Server, executor: X11Executor) -> None:
    """Lent keycodes are taken back, also those of a chord with a character that the layout lacks."""
    before = _mapping(server)
    executor.perform(TypeText(text="日本語"))
    executor.perform(Key(keys="ctrl+й"))
    assert _mapping(server) == before


def test_an_interrupt_takes_lent_keycodes_back(server: Server, executor: X11Executor) -> None:
    """Ctrl-C while foreign characters are typed leaves the layout as it was and no key down."""
    before = _mapping(server)
    timer = threading.Timer(0.12, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        executor.perform(TypeText(text="".join(map(chr, range(0x3041, 0x3090)))))
    assert _mapping(server) == before
    assert server.wait_for(lambda x: [sum(x.query_keymap())]) == [0]


def test_two_executors_share_a_server(server: Server, executor: X11Executor) -> None:
    """One releases only what it holds itself."""
    with X11Executor(server.display) as other:
        other.key_down("shift")
        executor.release_all()
        assert server.wait_for(lambda x: sum(x.query_keymap()))


def test_the_clipboard_primitives(executor: X11Executor) -> None:
    """What is set is what is got."""
    executor.set_clipboard("日本")
    assert executor.get_clipboard() == "日本"


def _mapping(server: Server) -> Any:
    return server.wait_for(lambda x: [list(row) for row in Keymap.read(x).rows])
