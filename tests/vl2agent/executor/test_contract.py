"""What every executor does, by what arrives: one suite over all of them.

A stage is an executor and a place that writes down the events which reach it. X stages also ask the server itself
what is down. To add an executor, add a function to STAGES.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
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
    Move,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)
from vl2agent.errors import CoordinateError, KeyNameError, TextNotTypable
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.sandbox.browser import BrowserSandbox

if TYPE_CHECKING:
    from tests.vl2agent.executor.conftest import Server

pytestmark = pytest.mark.display

HERE, THERE = ScreenPoint(120, 90), ScreenPoint(300, 210)
SIZE = (800, 600)
BUTTONS = {1: "left", 2: "middle", 3: "right"}
WHEEL = {4: "up", 5: "down", 6: "left", 7: "right"}
SYMBOLS = {0xFFE3: "ctrl", 0xFFE1: "shift", 0xFFE9: "alt", 0xFFEB: "super", 0xFF0D: "enter", 0xFF09: "tab"}
PAGE_KEYS = {"Control": "ctrl", "Shift": "shift", "Alt": "alt", "Meta": "super", "Enter": "enter", "Tab": "tab"}
PAGE = """<!doctype html><body style="margin:0;height:4000px;width:4000px"><script>
window.seen = [];
const buttons = ["left", "middle", "right"];
const at = event => Math.round(event.clientX) + "," + Math.round(event.clientY);
onmousedown = event => seen.push(`down ${buttons[event.button]} ${at(event)}`);
onmouseup = event => seen.push(`up ${buttons[event.button]} ${at(event)}`);
onmousemove = event => seen.push(`move ${at(event)}`);
onkeydown = event => { event.preventDefault(); seen.push(`press ${event.key}`); };
onkeyup = event => seen.push(`release ${event.key}`);
oncontextmenu = event => event.preventDefault();
addEventListener("wheel", event => {
  event.preventDefault();
  for (let n = 0; n < Math.abs(event.deltaY) / 100; n++) seen.push(`wheel ${event.deltaY > 0 ? "down" : "up"}`);
  for (let n = 0; n < Math.abs(event.deltaX) / 100; n++) seen.push(`wheel ${event.deltaX > 0 ? "right" : "left"}`);
}, {passive: false});
</script>"""


@dataclass
class Stage:
    """An executor, the events that arrived since the last look, and what is down now."""

    executor: Any
    look: Callable[[], list[str]]
    held: Callable[[], list[str]]
    sends: bool = True

    def do(self, action: Action) -> list[str]:
        """Perform and return what arrived, without motion."""
        self.look()
        self.executor.perform(action)
        return [event for event in self.look() if not event.startswith("move")]


class Listener:
    """A window over the whole X server that has the keyboard and writes down every event."""

    def __init__(self, display: str) -> None:
        from Xlib import X
        from Xlib.display import Display

        self.x = Display(display)
        kinds = (
            X.KeyPressMask | X.KeyReleaseMask | X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask
            | X.StructureNotifyMask
        )  # fmt: skip
        self.window = self.x.screen().root.create_window(
            0, 0, *SIZE, 0, X.CopyFromParent, override_redirect=1, event_mask=kinds
        )
        self.window.map()
        while self.x.next_event().type != X.MapNotify:
            pass
        self.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self.x.sync()

    def look(self) -> list[str]:
        """List what has arrived since the last look."""
        self.x.sync()
        return [name for _ in range(self.x.pending_events()) if (name := self._name(self.x.next_event()))]

    def held(self) -> list[str]:
        """Ask the server which keys and buttons are down."""
        keys = self.x.query_keymap()
        codes = [8 * i + bit for i, byte in enumerate(keys) for bit in range(8) if byte >> bit & 1]
        buttons = self.x.screen().root.query_pointer().mask >> 8 & 0x1F
        return [self._key(code) for code in codes] + [f"button {n + 1}" for n in range(5) if buttons >> n & 1]

    def _name(self, event: Any) -> str:
        from Xlib import X

        down = {X.ButtonPress: "down", X.ButtonRelease: "up", X.KeyPress: "press", X.KeyRelease: "release"}
        if event.type == X.MotionNotify:
            return f"move {event.root_x},{event.root_y}"
        if event.type in (X.KeyPress, X.KeyRelease):
            return f"{down[event.type]} {self._key(event.detail)}"
        if event.type not in down:
            return ""
        if event.detail in WHEEL:
            return f"wheel {WHEEL[event.detail]}" if event.type == X.ButtonPress else ""
        return f"{down[event.type]} {BUTTONS[event.detail]} {event.root_x},{event.root_y}"

    def _key(self, code: int) -> str:
        symbol = self.x.keycode_to_keysym(code, 0)
        return SYMBOLS.get(symbol) or chr(symbol)


@contextmanager
def x11(server: Server) -> Iterator[Stage]:
    """XTEST."""
    listener = Listener(server.display)
    with X11Executor(server.display) as executor:
        yield Stage(executor, listener.look, listener.held)
    listener.x.close()


@contextmanager
def desktop(server: Server) -> Iterator[Stage]:
    """pyautogui, which takes the display that there is when it is first imported."""
    pytest.importorskip("tkinter", reason="no tkinter; try: apt-get install python3-tk")
    from vl2agent.executor.desktop import DesktopExecutor

    for name in [name for name in sys.modules if name.split(".")[0] in ("pyautogui", "mouseinfo")]:
        del sys.modules[name]
    listener = Listener(server.display)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", server.display)
        executor = DesktopExecutor()
        yield Stage(executor, listener.look, listener.held)
        executor.release_all()
    listener.x.close()


@contextmanager
def dry(server: Server) -> Iterator[Stage]:
    """Nothing."""
    from vl2agent.capture.desktop import DesktopScreen

    listener = Listener(server.display)
    with DesktopScreen(server.display) as screen:
        yield Stage(DryRunExecutor(screen), listener.look, listener.held, sends=False)
    listener.x.close()


@contextmanager
def page(_: Server) -> Iterator[Stage]:
    """Playwright; what is down is what went down and did not come up."""
    with BrowserSandbox(html=PAGE, size=SIZE) as browser:
        down: list[str] = []

        def look() -> list[str]:
            names = browser.on_page(lambda page: page.evaluate("seen.splice(0)"))
            seen = [_renamed(name) for name in names]
            for verb, what in (name.split(" ")[:2] for name in seen):
                if verb in ("down", "press"):
                    down.append(what)
                elif verb in ("up", "release"):
                    down.remove(what)
            return seen

        def held() -> list[str]:
            look()
            return down

        yield Stage(browser, look, held)


def _renamed(name: str) -> str:
    verb, what = name.split(" ", 1)
    return f"{verb} {PAGE_KEYS.get(what, what)}"


STAGES: dict[str, Callable[[Server], AbstractContextManager[Stage]]] = {
    "x11": x11,
    "desktop": desktop,
    "page": page,
    "dry": dry,
}


@pytest.fixture(scope="module", params=STAGES)
def any_stage(server: Server, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each executor once for the whole file."""
    with STAGES[request.param](server) as stage:
        yield stage


@pytest.fixture
def stage(any_stage: Stage) -> Iterator[Stage]:
    """An executor with the pointer in the middle; nothing is down before or after any test."""
    any_stage.executor.perform(Move(point=ScreenPoint(400, 300)))
    assert any_stage.held() == []
    yield any_stage
    any_stage.executor.release_all()
    assert any_stage.held() == []


@pytest.fixture
def live(stage: Stage) -> Stage:
    """An executor that sends."""
    if not stage.sends:
        pytest.skip("sends nothing")
    return stage


@pytest.mark.parametrize("button", ["left", "middle", "right"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_click_arrives_as_often_as_it_says(live: Stage, button: Button, count: int) -> None:
    """Down and up on the point, `count` times."""
    assert (
        live.do(Click(point=HERE, button=button, count=count))
        == [f"down {button} 120,90", f"up {button} 120,90"] * count
    )


def test_modifiers_are_down_during_a_click(live: Stage) -> None:
    """They go down before it and up after it."""
    assert live.do(Click(point=HERE, modifiers=("ctrl", "shift"))) == [
        *("press ctrl", "press shift", "down left 120,90", "up left 120,90", "release shift", "release ctrl"),
    ]


def test_a_drag_moves_between_its_ends(live: Stage) -> None:
    """It presses on the start, is seen to move, and releases on the end."""
    live.look()
    live.executor.perform(Drag(start=HERE, end=THERE))
    seen = live.look()
    down, up = seen.index("down left 120,90"), seen.index("up left 300,210")
    assert up - down > 5
    assert all(event.startswith("move") for event in seen[down + 1 : up])
    assert "move 300,210" in seen[down:up]


@pytest.mark.parametrize("direction", ["up", "down", "left", "right"])
def test_a_scroll_turns_the_wheel_notch_by_notch(live: Stage, direction: Direction) -> None:
    """As many notches as it says, in its direction."""
    assert live.do(Scroll(point=HERE, direction=direction, amount=4)) == [f"wheel {direction}"] * 4


def test_a_move_presses_nothing(live: Stage) -> None:
    """The pointer is there, and that is all."""
    live.look()
    live.executor.perform(Move(point=HERE))
    assert set(live.look()) == {"move 120,90"}
    assert live.executor.cursor() == HERE


def test_a_chord_goes_down_in_order_and_up_in_reverse(live: Stage) -> None:
    """Modifiers first, in whatever order they were written."""
    assert [event.lower() for event in live.do(Key(keys="shift+ctrl+t"))] == [
        *("press ctrl", "press shift", "press t", "release t", "release shift", "release ctrl"),
    ]


def test_a_modifier_alone_is_a_key(live: Stage) -> None:
    """Pressing super opens menus."""
    assert live.do(Key(keys="super")) == ["press super", "release super"]


def test_letters_arrive_as_keys_and_submit_presses_enter(live: Stage) -> None:
    """Plain text is key events, line ends are enter and tabs are tab."""
    seen = live.do(TypeText(text="ab\nc\td", submit=True))
    assert [event.split(" ")[1] for event in seen if event.startswith("press")] == [
        *"ab",
        "enter",
        "c",
        "tab",
        "d",
        "enter",
    ]


def test_a_receipt_says_how_it_went(stage: Stage) -> None:
    """Delivery, route and duration."""
    receipt = stage.executor.perform(Click(point=HERE))
    assert receipt.delivery == ("sent" if stage.sends else "dry")
    assert receipt.route
    assert receipt.duration_s > 0


def test_waiting_takes_its_time(live: Stage) -> None:
    """A wait lasts as long as it says, and sends nothing."""
    began_s = time.monotonic()
    assert live.do(Wait(seconds=0.2)) == []
    assert time.monotonic() - began_s >= 0.2


@pytest.mark.parametrize(
    "action",
    [Zoom(box=ScreenBox(0, 0, 9, 9)), AskUser(question="?"), Done(), Fail(reason="no")],
    ids=lambda action: action.kind,
)
def test_what_has_no_effect_sends_nothing(stage: Stage, action: Action) -> None:
    """Actions that are for the loop or for a person are accepted, and nothing arrives."""
    assert stage.do(action) == []


@pytest.mark.parametrize(
    "action",
    [
        Click(point=ScreenPoint(800, 90)),
        Move(point=ScreenPoint(-1, 90)),
        Scroll(point=ScreenPoint(120, 600)),
        Drag(start=HERE, end=ScreenPoint(4000, 90)),
    ],
    ids=lambda action: action.kind,
)
def test_a_point_off_the_screen_is_refused(stage: Stage, action: Action) -> None:
    """The error says where the screen is, and nothing was sent, not even the pointer's motion."""
    stage.look()
    with pytest.raises(CoordinateError):
        stage.executor.perform(action)
    assert stage.look() == []


@pytest.mark.parametrize("keys", ["ctrl+nokey", "a+b", "ctrl+ctrl+a", "  "])
def test_an_unknown_key_is_refused(stage: Stage, keys: str) -> None:
    """No part of the chord was pressed."""
    stage.look()
    with pytest.raises(KeyNameError):
        stage.executor.perform(Key(keys=keys))
    assert stage.look() == []


def test_control_characters_cannot_be_typed(stage: Stage) -> None:
    """The text is refused as a whole."""
    stage.look()
    with pytest.raises(TextNotTypable):
        stage.executor.perform(TypeText(text="a\x1bb"))
    assert stage.look() == []


def test_a_dry_run_sends_nothing(stage: Stage) -> None:
    """Whatever the action, nothing arrives and the pointer stays."""
    if stage.sends:
        pytest.skip("sends")
    stage.look()
    for action in (Click(point=HERE), Drag(start=HERE, end=THERE), Key(keys="ctrl+a"), TypeText(text="é", submit=True)):
        stage.executor.perform(action)
        stage.executor.key_down("a")
        stage.executor.mouse_down("left")
    assert (stage.look(), stage.held()) == ([], [])


def test_what_is_held_is_down_until_it_is_let_go(live: Stage) -> None:
    """The primitives hold keys and buttons."""
    live.executor.key_down("shift")
    live.executor.mouse_down("left")
    assert len(live.held()) == 2
    live.executor.mouse_up("left")
    live.executor.key_up("shift")
    assert live.held() == []


def test_release_all_lets_everything_go(live: Stage) -> None:
    """Once is enough, and twice does no harm."""
    for key in ("ctrl", "a"):
        live.executor.key_down(key)
    live.executor.mouse_down("right")
    live.executor.release_all()
    live.executor.release_all()
    assert live.held() == []


def test_an_error_lets_everything_go(live: Stage) -> None:
    """What was held when an action failed is up afterwards."""
    live.executor.key_down("shift")
    live.executor.mouse_down("left")
    with pytest.raises(CoordinateError):
        live.executor.perform(Click(point=ScreenPoint(9000, 0)))
    assert live.held() == []


def test_an_interrupt_lets_everything_go(live: Stage) -> None:
    """A person's Ctrl-C in the middle of a drag leaves no button down, and the executor goes on working."""
    if isinstance(live.executor, BrowserSandbox):
        pytest.skip("works on a thread of its own, which finishes the drag")
    live.executor.key_down("ctrl")
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        deque((live.executor.perform(Drag(start=HERE, end=THERE)) for _ in range(50)), maxlen=0)
    assert live.held() == []
    assert live.do(Click(point=HERE)) == ["down left 120,90", "up left 120,90"]


def test_the_clipboard_takes_and_gives_any_text(stage: Stage) -> None:
    """Line ends and every kind of character come back as they were."""
    for text in ("naïve café € < > 日本語 🙂", "two\nlines", ""):
        stage.executor.set_clipboard(text)
        assert stage.executor.get_clipboard() == text
