"""The clipboard: read from other programs and handed to them, never waiting for one that does not answer."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from vl2agent.errors import CaptureError, ExecutionError
from vl2agent.executor.clipboard import Clipboard
from vl2agent.xdisplay import connect

if TYPE_CHECKING:
    from tests.vl2agent.executor.conftest import Server

pytestmark = [pytest.mark.display, pytest.mark.skipif(shutil.which("xclip") is None, reason="no xclip")]
TEXT = "naïve café € < > 日本語 🙂\n\ttabs"


@pytest.fixture
def clipboard(server: Server) -> Iterator[Clipboard]:
    """The server's clipboard, empty."""
    new = Clipboard(server.display)
    new.set("")
    yield new
    new.close()


def xclip(server: Server, *arguments: str, text: str = "") -> str:
    """Copy and paste as another program."""
    command = ["xclip", "-display", server.display, "-selection", "clipboard", *arguments]
    stdout = subprocess.PIPE if "-o" in arguments else subprocess.DEVNULL
    done = subprocess.run(
        command, input=text.encode(), stdout=stdout, stderr=subprocess.DEVNULL, timeout=10, check=True
    )
    return (done.stdout or b"").decode()


def test_nothing_is_empty_text(clipboard: Clipboard) -> None:
    """A clipboard that nobody owns reads as ''."""
    assert clipboard.get() == ""


@pytest.mark.parametrize("text", [TEXT, "ü" * 60_000], ids=["short", "long"])
def test_others_read_what_is_set(text: str, clipboard: Clipboard, server: Server) -> None:
    """Another program gets the exact text, and it is known that one did."""
    clipboard.set(text)
    assert xclip(server, "-o") == text
    assert clipboard.times_taken == 1
    assert clipboard.get() == text


@pytest.mark.parametrize("text", [TEXT, "ü" * 400_000], ids=["short", "in parts"])
def test_what_others_set_is_read(text: str, clipboard: Clipboard, server: Server) -> None:
    """Another program's text is read exactly, also when it comes in parts."""
    xclip(server, "-i", text=text)
    assert clipboard.get() == text


def test_the_last_one_wins(clipboard: Clipboard, server: Server) -> None:
    """When another program copies, ours is over."""
    clipboard.set("ours")
    xclip(server, "-i", text="theirs")
    assert server.until(lambda: clipboard.get() == "theirs")


def test_a_picture_is_not_text(clipboard: Clipboard, server: Server) -> None:
    """What has no text reads as None, so that nobody overwrites it unknowingly."""
    from Xlib import X
    from Xlib.protocol.event import SelectionNotify

    x = connect(server.display)
    window = x.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    window.set_selection_owner(x.intern_atom("CLIPBOARD"), X.CurrentTime)
    x.sync()
    found: list[str | None] = ["not read"]
    reader = threading.Thread(target=lambda: found.append(clipboard.get()))
    reader.start()
    asked = x.next_event()
    refusal = {name: getattr(asked, name) for name in ("time", "requestor", "selection", "target")}
    asked.requestor.send_event(SelectionNotify(property=X.NONE, **refusal))
    x.sync()
    reader.join(5)
    x.close()
    assert found[-1] is None


def test_a_silent_owner_is_an_error(clipboard: Clipboard, server: Server) -> None:
    """An owner that does not answer ends in an error after a second."""
    from Xlib import X

    x = connect(server.display)
    window = x.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    window.set_selection_owner(x.intern_atom("CLIPBOARD"), X.CurrentTime)
    x.sync()
    with pytest.raises(ExecutionError, match="does not answer"):
        clipboard.get()
    x.close()


def test_too_long_a_text_is_refused(clipboard: Clipboard) -> None:
    """What does not fit one answer is an error at once, not a paste that is cut off."""
    with pytest.raises(ExecutionError, match="at most"):
        clipboard.set("x" * 20_000_000)


def test_a_server_that_is_gone(own_server: Server) -> None:
    """Without a server there is no clipboard, and nothing waits for it."""
    clipboard = Clipboard(own_server.display)
    clipboard.set("text")
    own_server.stop()
    assert own_server.until(lambda: not clipboard._offer or not clipboard._offer.is_owner)
    with pytest.raises(CaptureError):
        clipboard.get()
    clipboard.close()
