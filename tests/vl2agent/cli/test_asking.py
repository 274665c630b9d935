"""The person at the terminal: silence is a no, and the place is shown."""

from __future__ import annotations

import io
import os
import pty
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from vl2agent.actions import Action, Click, Key
from vl2agent.cli import asking, console, inline_picture
from vl2agent.cli.asking import Person, around, read_line
from vl2agent.cli.progress import Nothing
from vl2agent.cli.stopping import Stopping
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.loop.door import UNCERTAIN
from vl2agent.planner.guarding import UNNAMED
from vl2agent.recording.redaction import Redaction
from vl2agent.steps import Decision, Frame, Window

FRAME = Frame.from_image(Image.new("RGB", (1280, 800), "navy"))
CLICK = Click(point=ScreenPoint(600, 400))
ASK = Decision(verdict="ask", rule="a rule", reason="because")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal in the place of stdin; give what is typed to its other end."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r", encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours
    os.close(ours)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the person sees."""
    screen = io.StringIO()
    seen = Console(file=screen, force_terminal=True, width=100, color_system="truecolor", highlight=False)
    monkeypatch.setattr(console, "err", seen)
    return screen


def answers(terminal: int, text: str) -> threading.Timer:
    """Type soon: what is typed before the question is no answer to it."""
    timer = threading.Timer(0.3, os.write, (terminal, text.encode()))
    timer.start()
    return timer


@pytest.mark.parametrize(
    ("typed", "yes"),
    [("y\n", True), ("YES\n", True), ("\n", False), ("no\n", False), ("yep\n", False), ("\x04", False)],
)
def test_only_yes_is_a_yes(terminal: int, shown: io.StringIO, typed: str, yes: bool) -> None:
    """An empty line and the end of the input are a no."""
    answers(terminal, typed)
    assert Person(Nothing(), Stopping(), timeout_s=10).approve(CLICK, ASK) is yes
    assert "y/N" in shown.getvalue()


def test_silence_is_a_no(terminal: int, shown: io.StringIO) -> None:
    """And it is said that nobody answered."""
    assert not Person(Nothing(), Stopping(), timeout_s=0.1).approve(CLICK, ASK)
    assert "Nobody answered: no." in shown.getvalue()


def test_what_was_typed_before_is_no_answer(terminal: int, shown: io.StringIO) -> None:
    """An impatient y approves nothing."""
    os.write(terminal, b"y\n")
    assert not Person(Nothing(), Stopping(), timeout_s=0.3).approve(CLICK, ASK)


def test_a_run_that_is_stopped_meanwhile_waits_no_longer(terminal: int) -> None:
    """The kill switch works while a person is asked."""
    assert read_line(60.0, lambda: True) is None


def test_always_is_for_one_rule(terminal: int, shown: io.StringIO) -> None:
    """Another rule asks again."""
    person = Person(Nothing(), Stopping(), timeout_s=5)
    answers(terminal, "always\n")
    assert person.approve(CLICK, ASK)
    assert person.approve(CLICK, ASK)
    answers(terminal, "\n")
    assert not person.approve(CLICK, Decision(verdict="ask", rule="another"))


@pytest.mark.parametrize("rule", [UNNAMED, UNCERTAIN])
def test_what_has_nothing_in_common_is_approved_one_by_one(terminal: int, shown: io.StringIO, rule: str) -> None:
    """One yes to something that the goal does not name must not be one to everything."""
    answers(terminal, "always\n")
    assert not Person(Nothing(), Stopping(), timeout_s=5).approve(CLICK, Decision(verdict="ask", rule=rule))
    assert "[y/N]" in shown.getvalue()


def test_the_place_is_shown_and_kept(terminal: int, shown: io.StringIO, tmp_path: Path) -> None:
    """In the terminal, and as a picture whose path is told."""
    person = Person(Nothing(), Stopping(), timeout_s=0.1)
    person.sees(lambda: FRAME, tmp_path, Redaction())
    person.approve(CLICK, ASK)
    path = tmp_path / "asked" / "0001-click.png"
    assert str(path) in shown.getvalue().replace("\n", "")
    assert "▀" in shown.getvalue()
    with Image.open(path) as picture:
        assert picture.size == (2 * asking.AROUND_PX[0], 2 * asking.AROUND_PX[1])


@pytest.mark.parametrize(("action", "size"), [(CLICK, (480, 300)), (Key(keys="a"), (200, 100))])
def test_what_is_shown_is_what_it_is_aimed_at(action: Action, size: tuple[int, int]) -> None:
    """A point's surroundings; of keys, the window that gets them."""
    window = Window(title="w", app="w", box=ScreenBox(10, 10, 210, 110), active=True)
    picture = around(Frame(FRAME.pixels, FRAME.region, 0.0, windows=(window,)), action)
    assert picture.size == size
    if action is CLICK:
        assert any(color != (0, 0, 128) for _, color in picture.getcolors(10**6) or ())


@pytest.mark.parametrize(
    ("environ", "begins"),
    [({"KITTY_WINDOW_ID": "1"}, "\x1b_Ga=T,f=100,"), ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]1337;File=inline=1"), ({}, "\x1b[")],
)  # fmt: skip
def test_terminals_that_show_pictures_get_one(environ: dict[str, str], begins: str) -> None:
    """The others get half blocks; what is no terminal gets nothing."""
    screen = io.StringIO()
    picture = Image.effect_noise((400, 300), 60).convert("RGB")
    inline_picture.show(picture, Console(file=screen, force_terminal=True, color_system="truecolor"), environ)
    assert screen.getvalue().startswith(begins)
    log = io.StringIO()
    inline_picture.show(picture, Console(file=log), environ)
    assert log.getvalue() == ""


def test_half_blocks_keep_the_shape() -> None:
    """No wider and no higher than allowed, and no larger than it is."""
    lines = inline_picture.half_blocks(Image.new("RGB", (480, 300)), 72, 24).plain.splitlines()
    assert (len(lines), len(lines[0])) == (22, 72)
    assert len(inline_picture.half_blocks(Image.new("RGB", (10, 4)), 72, 24).plain.splitlines()) == 2
