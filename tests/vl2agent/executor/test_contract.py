"""What every executor does alike, as the other side sees it: events that arrive, keys and buttons that are down.

A stage is an executor and an observer. To put another executor under this contract, add its stage to `STAGES`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from vl2agent.actions import (
    Action,
    AskUser,
    Button,
    Click,
    Direction,
    Done,
    Drag,
    Fail,
    Key,
    Modifier,
    Move,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)
from vl2agent.capture.desktop import DesktopScreen
from vl2agent.errors import CoordinateError, InputError, KeyNameError, TextNotTypable
from vl2agent.executor.desktop import DesktopExecutor
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenBox, ScreenPoint

if TYPE_CHECKING:
    from tests.vl2agent.executor.conftest import Server

pytestmark = [
    pytest.mark.display,
    # pyautogui's pyscreeze leaves pipes open as it is imported
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"),
]

Event = tuple[str, str]
AT = ScreenPoint(120, 90)
WHEEL = {4: "wheel up", 5: "wheel down", 6: "wheel left", 7: "wheel right"}
BUTTON_NAMES = {1: "left", 2: "middle", 3: "right", **WHEEL}


class Observer:
    """A window over the whole X server that notes what arrives."""

    def __init__(self, display: str) -> None:
        from Xlib import X
        from Xlib.display import Display

        self.x = Display(display)
        mask = X.KeyPressMask | X.KeyReleaseMask | X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask
        self.window = self.x.screen().root.create_window(
            0, 0, 800, 600, 0, X.CopyFromParent, event_mask=mask, override_redirect=True
        )
        self.window.map()
        self.x.sync()
        self.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self.events()

    def events(self) -> list[Event]:
        """Take what arrived since the last time."""
        self.x.sync()
        return [said for _ in range(self.x.pending_events()) if (said := self._in_words(self.x.next_event()))]

    def held(self) -> list[str]:
        """Name the keys and buttons that the server has down."""
        keys = self.x.query_keymap()
        down = [f"key {code}" for code in range(256) if keys[code // 8] >> code % 8 & 1]
        mask = self.x.screen().root.query_pointer().mask
        return down + [f"button {number}" for number in range(1, 6) if mask & 1 << (7 + number)]

    def pointer(self) -> ScreenPoint:
        """Return where the pointer is."""
        at = self.x.screen().root.query_pointer()
        return ScreenPoint(at.root_x, at.root_y)

    def _in_words(self, event: Any) -> Event | None:
        from Xlib import X

        kinds = {X.KeyPress: "down", X.KeyRelease: "up", X.ButtonPress: "down", X.ButtonRelease: "up"}
        if event.type == X.MotionNotify:
            return "move", f"{event.root_x},{event.root_y}"
        if event.type in (X.KeyPress, X.KeyRelease):
            return kinds[event.type], _key_name(self.x.keycode_to_keysym(event.detail, 0))
        return (kinds[event.type], BUTTON_NAMES[event.detail]) if event.type in kinds else None


class Stage:
    """An executor, and what arrives of its actions."""

    def __init__(self, name: str, executor: Any, observer: Observer) -> None:
        self.name, self.executor, self.observer = name, executor, observer
        self.is_dry = name == "dry run"

    def sent(self, action: Action) -> list[Event]:
        """Perform, and return what arrived, without motion."""
        receipt = self.executor.perform(action)
        assert receipt.delivery == ("dry" if self.is_dry else "sent")
        assert 0 <= receipt.duration_s < 60
        return [event for event in self.observer.events() if event[0] != "move"]

    def expected(self, *events: Event) -> list[Event]:
        """What must arrive: nothing in a dry run."""
        return [] if self.is_dry else list(events)


def x11(server: Server) -> Any:
    """XTEST."""
    return X11Executor(server.display)


def desktop(server: Server) -> Any:
    """Pyautogui."""
    pytest.importorskip("tkinter", reason="pyautogui needs tkinter; try: apt-get install python3-tk")
    return DesktopExecutor()


def dry_run(server: Server) -> Any:
    """Nothing but checks and a drawing."""
    return DryRunExecutor(DesktopScreen(server.display))


STAGES = {"x11": x11, "desktop": desktop, "dry run": dry_run}


@pytest.fixture(scope="module", params=STAGES)
def whole_stage(server: Server, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each executor with an observer, on one server: pyautogui takes its display once and for all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", server.display)
        observer = Observer(server.display)
        executor = STAGES[request.param](server)
        yield Stage(request.param, executor, observer)
        observer.x.close()
        if isinstance(executor, X11Executor):
            executor.close()


@pytest.fixture
def stage(whole_stage: Stage) -> Iterator[Stage]:
    """An executor with nothing held, before and after."""
    whole_stage.executor.perform(Move(point=ScreenPoint(400, 300)))
    whole_stage.observer.events()
    yield whole_stage
    assert whole_stage.observer.held() == []


@pytest.mark.parametrize("button", ["left", "right", "middle"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_clicks(button: Button, count: int, stage: Stage) -> None:
    """A click presses and releases its button, as often as asked."""
    sent = stage.sent(Click(point=AT, button=button, count=count))
    assert sent == stage.expected(*[("down", button), ("up", button)] * count)
    assert stage.is_dry or stage.observer.pointer() == AT


@pytest.mark.parametrize("modifiers", [("ctrl",), ("ctrl", "shift")])
def test_modifiers_are_held_around_a_click(modifiers: tuple[Modifier, ...], stage: Stage) -> None:
    """Modifiers go down before the button and up after it."""
    sent = stage.sent(Click(point=AT, modifiers=modifiers))
    before, after = [("down", name) for name in modifiers], [("up", name) for name in reversed(modifiers)]
    assert sent == stage.expected(*before, ("down", "left"), ("up", "left"), *after)


def test_a_drag_moves_between_press_and_release(stage: Stage) -> None:
    """The button goes down on the start, the pointer passes places between, the button goes up on the end."""
    stage.executor.perform(Drag(start=ScreenPoint(100, 100), end=ScreenPoint(300, 200)))
    events = stage.observer.events()
    if stage.is_dry:
        assert events == []
        return
    down, up = events.index(("down", "left")), events.index(("up", "left"))
    assert events[down - 1] == ("move", "100,100")
    assert events[up - 1] == ("move", "300,200")
    assert len(events[down + 1 : up]) >= 5


@pytest.mark.parametrize("direction", ["up", "down", "left", "right"])
def test_scrolling_turns_the_wheel(direction: Direction, stage: Stage) -> None:
    """One notch is one press of the wheel, in each of four directions."""
    sent = stage.sent(Scroll(point=AT, direction=direction, amount=4))
    assert sent == stage.expected(*[("down", f"wheel {direction}"), ("up", f"wheel {direction}")] * 4)


def test_a_chord_is_nested(stage: Stage) -> None:
    """Keys of a chord go down in order and up in reverse."""
    sent = stage.sent(Key(keys="Shift+Control_L+t"))
    down, up = [("down", k) for k in ("ctrl", "shift", "t")], [("up", k) for k in ("t", "shift", "ctrl")]
    assert sent == stage.expected(*down, *up)


@pytest.mark.parametrize("key", ["enter", "escape", "tab", "f5", "pageup", "delete", "super", "space", "7"])
def test_single_keys(key: str, stage: Stage) -> None:
    """A key alone is pressed and released."""
    assert stage.sent(Key(keys=key)) == stage.expected(("down", key), ("up", key))


def test_hovering_presses_nothing(stage: Stage) -> None:
    """A move brings the pointer there and does no more."""
    assert stage.sent(Move(point=AT)) == []
    assert stage.observer.pointer() == (ScreenPoint(400, 300) if stage.is_dry else AT)


def test_typed_letters_are_keys(stage: Stage) -> None:
    """Text that every layout has comes as its keys; a line end is enter, and so is `submit`."""
    sent = stage.sent(TypeText(text="ab\r\nc", submit=True))
    keys = ["a", "b", "enter", "c", "enter"]
    assert sent == stage.expected(*[(kind, key) for key in keys for kind in ("down", "up")])


@pytest.mark.parametrize(
    "action",
    [
        Wait(seconds=0.01),
        Zoom(box=ScreenBox(0, 0, 9, 9)),
        AskUser(question="?"),
        Done(),
        Fail(reason="it is not there"),
        TypeText(text=""),
    ],
    ids=lambda action: action.kind,
)
def test_what_has_no_effect_sends_nothing(action: Action, stage: Stage) -> None:
    """Actions for the agent alone are accepted and reach nobody."""
    assert stage.sent(action) == []


@pytest.mark.parametrize("point", [ScreenPoint(800, 5), ScreenPoint(5, 600), ScreenPoint(-1, 5)], ids=str)
def test_points_off_the_screen_are_refused(point: ScreenPoint, stage: Stage) -> None:
    """Nothing is sent, not even the part of a drag that is on the screen."""
    for action in (Click(point=point), Scroll(point=point), Drag(start=AT, end=point), Move(point=point)):
        with pytest.raises(CoordinateError):
            stage.executor.perform(action)
    assert stage.observer.events() == []


@pytest.mark.parametrize("keys", ["entre", "ctrl+", "a+b", "ctrl+ctrl", "hyper+x"])
def test_unknown_keys_are_refused(keys: str, stage: Stage) -> None:
    """A chord with an unknown part sends none of its known parts."""
    with pytest.raises(KeyNameError):
        stage.executor.perform(Key(keys=keys))
    assert stage.observer.events() == []


def test_control_characters_are_refused(stage: Stage) -> None:
    """An escape code in a text does not become a key, and no other character is sent either."""
    with pytest.raises(TextNotTypable):
        stage.executor.perform(TypeText(text="abc\x1b[A"))
    assert stage.observer.events() == []


def test_an_interrupt_releases_the_button(stage: Stage) -> None:
    """Ctrl-C in the middle of a drag leaves no button down."""
    if stage.is_dry:
        pytest.skip("a dry run holds nothing")
    timer = threading.Timer(0.12, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        stage.executor.perform(Drag(start=AT, end=ScreenPoint(500, 400)))
    assert stage.observer.held() == []
    assert ("up", "left") in stage.observer.events()


def test_an_error_releases_what_primitives_hold(stage: Stage) -> None:
    """What was pressed before an action that fails is let go."""
    if stage.is_dry:
        pytest.skip("a dry run holds nothing")
    stage.executor.key_down("shift")
    stage.executor.mouse_down("middle")
    assert len(stage.observer.held()) == 2
    with pytest.raises(InputError):
        stage.executor.perform(Key(keys="entre"))
    assert stage.observer.held() == []


def test_releasing_twice_is_once(stage: Stage) -> None:
    """`release_all` lets go of everything, and again of nothing."""
    with contextlib.suppress(AttributeError):
        stage.executor.key_down("ctrl")
    stage.observer.events()
    stage.executor.release_all()
    stage.executor.release_all()
    assert stage.observer.events() == stage.expected(("up", "ctrl"))


def _key_name(symbol: int) -> str:
    """Name a key as actions do."""
    from vl2agent.executor.keymap import NAMED_SYMBOLS, symbol_of

    return next((name for name in NAMED_SYMBOLS if symbol_of(name) == symbol), chr(symbol & 0xFF))
