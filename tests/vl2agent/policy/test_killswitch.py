"""The kill switch: everything that pulls it, and what does not."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vl2agent.actions import Key, Move
from vl2agent.errors import InputError, KeyNameError
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenPoint
from vl2agent.policy.killfile import touch
from vl2agent.policy.killswitch import HOT_KEY, POLL_S, KillSwitch

CORNER, MIDDLE = ScreenPoint(0, 0), ScreenPoint(400, 300)


class Heard(list[str]):
    """Who stopped it; waits for that."""

    def __init__(self) -> None:
        super().__init__()
        self._come = threading.Event()

    def __call__(self, by: str) -> None:
        """Hear it."""
        self.append(by)
        self._come.set()

    def within(self, seconds: float) -> bool:
        """Tell whether anybody did."""
        return self._come.wait(seconds)


@pytest.fixture
def heard() -> Heard:
    """Nobody yet."""
    return Heard()


@pytest.fixture
def other(display: str) -> Iterator[X11Executor]:
    """Somebody else at the same desktop."""
    with X11Executor(display) as new:
        new.perform(Move(point=MIDDLE))
        yield new


def test_a_file_stops_when_it_is_touched(tmp_path: Path, heard: Heard) -> None:
    """Made or touched; one that was there before does nothing."""
    file = tmp_path / "runs" / "stop"
    touch(file)
    with KillSwitch(file=file) as switch:
        switch.stops(heard)
        assert not heard.within(5 * POLL_S)
        touch(file)
        assert heard.within(10)
    assert heard[0] == f"the file {file}"


def test_a_file_that_cannot_be_touched_is_told() -> None:
    """Whoever means to stop something must know that nothing was stopped."""
    with pytest.raises(InputError, match="/proc/nowhere"):
        touch(Path("/proc/nowhere/stop"))


def test_signals_stop_and_are_given_back(heard: Heard) -> None:
    """SIGTERM does not end the process before everything is released."""
    before = signal.getsignal(signal.SIGTERM)
    with KillSwitch(signals=[signal.SIGTERM]) as switch:
        switch.stops(heard)
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard.within(10)
    assert heard == ["SIGTERM"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_whoever_comes_late_is_stopped_too(heard: Heard) -> None:
    """And whoever left is not."""
    switch, gone = KillSwitch(), Heard()
    switch.stops(gone)
    switch.spares(gone)
    switch.pull("a test")
    switch.stops(heard)
    assert (heard, gone, switch.by) == (["a test"], [], "a test")


def test_one_that_fails_keeps_no_other_from_being_stopped(heard: Heard) -> None:
    """All are told, then the failure is."""

    def fails(by: str) -> None:
        raise OSError("broken")

    switch = KillSwitch()
    switch.stops(fails)
    switch.stops(heard)
    with pytest.raises(OSError, match="broken"):
        switch.pull("a test")
    assert heard == ["a test"]


@pytest.mark.display
@pytest.mark.parametrize("locks", [(), ("numlock",), ("capslock",)])
def test_a_hot_key_is_heard_whatever_has_the_focus(
    display: str, other: X11Executor, heard: Heard, locks: tuple[str, ...]
) -> None:
    """A tap is enough, also with locks on; and the keys are given back afterwards."""
    for lock in locks:
        other.perform(Key(keys=lock))
    try:
        with KillSwitch(display=display) as switch:
            switch.stops(heard)
            other.perform(Key(keys=HOT_KEY))
            assert heard.within(10)
        assert heard[0] == HOT_KEY
    finally:
        for lock in locks:
            other.perform(Key(keys=lock))


@pytest.mark.display
def test_a_hot_key_is_heard_while_an_application_holds_the_keyboard(
    display: str, other: X11Executor, heard: Heard
) -> None:
    """As an open menu does: then it is seen that the keys are down."""
    from Xlib import X

    from vl2agent.xdisplay import connect, disconnect

    menu = connect(display)
    menu.screen().root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
    menu.sync()
    try:
        with KillSwitch(display=display) as switch:
            switch.stops(heard)
            for key in ("ctrl", "alt", "escape"):
                other.key_down(key)
            assert heard.within(10)
    finally:
        other.release_all()
        disconnect(menu)


@pytest.mark.display
def test_other_keys_are_left_alone(display: str, other: X11Executor, heard: Heard) -> None:
    """Parts of the chord, and other chords."""
    with KillSwitch(display=display) as switch:
        switch.stops(heard)
        for keys in ("escape", "ctrl+escape", "alt+escape", "ctrl+alt+e"):
            other.perform(Key(keys=keys))
        assert not heard.within(5 * POLL_S)


@pytest.mark.display
def test_a_chord_that_is_none_is_told(display: str) -> None:
    """Before anything runs under a switch that would not work."""
    with pytest.raises(KeyNameError), KillSwitch(display=display, hot_key="ctrl+esxape"):
        pass


@pytest.mark.display
def test_a_person_who_pushes_the_pointer_into_a_corner_stops(display: str, other: X11Executor, heard: Heard) -> None:
    """Any corner, and somebody else than our executor."""
    with X11Executor(display) as ours, KillSwitch(display=display, put=lambda: ours.put_at) as switch:
        switch.stops(heard)
        ours.perform(Move(point=MIDDLE))
        other.perform(Move(point=ScreenPoint(799, 599)))
        assert heard.within(10)
    assert "corner" in heard[0]


@pytest.mark.display
def test_our_own_pointer_in_a_corner_does_not_stop(display: str, heard: Heard) -> None:
    """An action may well end there."""
    with X11Executor(display) as ours, KillSwitch(display=display, put=lambda: ours.put_at) as switch:
        switch.stops(heard)
        ours.perform(Move(point=CORNER))
        assert not heard.within(5 * POLL_S)


@pytest.mark.display
def test_a_pointer_that_was_parked_in_a_corner_does_not_stop(display: str, other: X11Executor, heard: Heard) -> None:
    """It does once it has left and come back."""
    other.perform(Move(point=CORNER))
    with KillSwitch(display=display, put=lambda: ()) as switch:
        switch.stops(heard)
        assert not heard.within(5 * POLL_S)
        other.perform(Move(point=MIDDLE))
        assert not heard.within(10 * POLL_S)
        other.perform(Move(point=CORNER))
        assert heard.within(10)
