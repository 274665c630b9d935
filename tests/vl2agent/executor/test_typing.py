"""Text arrives exactly in GTK 3, Qt 5, Chromium and a terminal, on four layouts and by every route."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vl2agent.actions import Key, TypeText
from vl2agent.executor.x11 import X11Executor

if TYPE_CHECKING:
    from tests.vl2agent.executor.conftest import Server

pytestmark = pytest.mark.display

LAYOUTS = {"us": ["us"], "de": ["de"], "fr": ["fr"], "dvorak": ["us", "-variant", "dvorak"]}
MIXED = "naïve café € < > 日本語 🙂"
PLAIN = "Hello, World! it's @ {9 + 1} [x|y] \\ ~ ^ ` z"
MANY = "".join(chr(code) for code in range(0x0410, 0x0450))
LONG = "Grüße aus 日本: " + "0123456789 <abc> €🙂 " * 12
SYSTEM_PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Editor:
    """A program that takes text, and a way to learn what it has."""

    name: str
    read: Callable[[], str]


@contextmanager
def mousepad(server: Server) -> Iterator[Editor]:
    """GTK 3; what it has is what it saves."""
    file = server.home / "mousepad.txt"
    file.write_text("")
    program = server.start("mousepad", "--disable-server", str(file))
    server.wait_for_focus("mousepad")
    saver = X11Executor(server.display)

    def save() -> str:
        saver.perform(Key(keys="ctrl+s"))
        return file.read_text("utf-8").removesuffix("\n")

    yield Editor("mousepad", save)
    saver.close()
    server.end(program)


@contextmanager
def qt(server: Server) -> Iterator[Editor]:
    """Qt 5; what it has is written at every change."""
    if subprocess.run([SYSTEM_PYTHON, "-c", "import PyQt5.QtWidgets"], check=False).returncode:
        pytest.skip("no Qt 5; try: apt-get install python3-pyqt5")
    file = server.home / "qt.txt"
    file.write_text("")
    program = server.start(SYSTEM_PYTHON, str(Path(__file__).with_name("qt_editor.py")), str(file))
    server.wait_for_focus("qt")
    yield Editor("qt", lambda: file.read_text("utf-8"))
    server.end(program)


@contextmanager
def chromium(server: Server) -> Iterator[Editor]:
    """A text area of a page, read through Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if shutil.which("chromium") is None:
        pytest.skip("no Chromium; try: apt-get install chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    environment = {"DISPLAY": server.display, "HOME": str(server.home)}
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=False, args=flags, env=environment
        )
        page = browser.new_page(no_viewport=True)
        page.set_content("<textarea rows=20 cols=60 autofocus></textarea>")
        server.wait_for_focus("chromium")
        page.bring_to_front()
        page.focus("textarea")
        yield Editor("chromium", lambda: str(page.input_value("textarea")))
        browser.close()


@contextmanager
def terminal(server: Server) -> Iterator[Editor]:
    """What `cat` in a terminal writes: the last line that was entered."""
    file = server.home / "terminal.txt"
    file.write_text("")
    program = server.start("xfce4-terminal", "--disable-server", "-x", "sh", "-c", f"LC_ALL=C.UTF-8 cat > {file}")
    server.wait_for_focus("terminal")
    enter = X11Executor(server.display)

    def last_line() -> str:
        enter.perform(Key(keys="enter"))
        return next((line for line in reversed(file.read_text("utf-8").splitlines()) if line), "")

    yield Editor("terminal", last_line)
    enter.close()
    server.end(program)


EDITORS = {"gtk": mousepad, "qt": qt, "chromium": chromium, "terminal": terminal}


@pytest.fixture(scope="module", params=EDITORS)
def editor(managed_server: Server, request: pytest.FixtureRequest) -> Iterator[Editor]:
    """Each program, started once and with the keyboard."""
    if sys.platform == "linux" and shutil.which("setxkbmap") is None:
        pytest.skip("no setxkbmap; try: apt-get install x11-xkb-utils")
    with EDITORS[request.param](managed_server) as program:
        yield program


@pytest.fixture
def clean(editor: Editor, managed_server: Server, executor: X11Executor) -> Iterator[Editor]:
    """The program with nothing in it; the layout is us again afterwards."""
    managed_server.use_layout("us")
    if editor.name != "terminal":
        executor.perform(Key(keys="ctrl+a"))
        executor.perform(Key(keys="delete"))
        assert managed_server.until(lambda: editor.read() == "")
    yield editor
    managed_server.use_layout("us")


def _arrives(text: str, editor: Editor, server: Server) -> None:
    server.until(lambda: editor.read() == text, timeout_s=5)
    assert editor.read() == text


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", [MIXED, PLAIN], ids=["mixed", "plain"])
def test_text_arrives_exactly(
    text: str, layout: str, clean: Editor, managed_server: Server, executor: X11Executor
) -> None:
    """Whatever the layout lacks is typed too, and what it has is not taken for something else."""
    managed_server.use_layout(*LAYOUTS[layout])
    executor.perform(TypeText(text=text))
    _arrives(text, clean, managed_server)


def test_more_characters_than_spare_keys(clean: Editor, managed_server: Server, executor: X11Executor) -> None:
    """Sixty-four characters that the layout lacks arrive through nineteen keycodes."""
    assert executor.perform(TypeText(text=MANY)).route == "spare keys"
    _arrives(MANY, clean, managed_server)


def test_long_text_is_pasted(clean: Editor, managed_server: Server, executor: X11Executor) -> None:
    """A long text goes through the clipboard, which has its old text afterwards."""
    executor.set_clipboard("what was there")
    receipt = executor.perform(TypeText(text=LONG))
    assert (receipt.route, receipt.delivery) == ("clipboard", "sent")
    assert executor.get_clipboard() == "what was there"
    _arrives(LONG, clean, managed_server)


def test_caps_lock_changes_nothing(clean: Editor, managed_server: Server, executor: X11Executor) -> None:
    """With caps lock on, letters arrive as they are meant, and it is still on afterwards."""
    executor.perform(Key(keys="capslock"))
    executor.perform(TypeText(text="Caps é LOCK"))
    executor.perform(Key(keys="capslock"))
    _arrives("Caps é LOCK", clean, managed_server)
    assert not managed_server.wait_for(lambda x: [x.screen().root.query_pointer().mask & 2])[0]
