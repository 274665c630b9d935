"""Calls that end before a Ctrl-C is heard."""

from __future__ import annotations

import os
import signal
import threading
from types import SimpleNamespace

import pytest

from vl2agent.executor.unbroken import Unbroken


def test_a_call_ends_before_the_interrupt() -> None:
    """What was begun is finished, and the interrupt is not lost."""
    done: list[str] = []

    def request(text: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        done.append(text)

    with pytest.raises(KeyboardInterrupt):
        Unbroken(SimpleNamespace(request=request)).request("sent")
    assert done == ["sent"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_and_an_interrupt_leave_the_handler_as_it_was() -> None:
    """Whatever goes wrong in the call, the next Ctrl-C is heard."""

    def request() -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Unbroken(SimpleNamespace(request=request)).request()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_may_call() -> None:
    """Only the main thread may change what a signal does."""
    answers: list[int] = []
    module = Unbroken(SimpleNamespace(request=lambda: 7, LIMIT=3, Error=OSError))
    thread = threading.Thread(target=lambda: answers.append(module.request()))
    thread.start()
    thread.join()
    assert (answers, module.LIMIT, module.Error) == ([7], 3, OSError)
