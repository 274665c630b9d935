"""Scripts on a real desktop: through the sandbox, and through its display as a live one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vl2agent.capture.desktop import DesktopScreen
from vl2agent.errors import LocatorTimeout
from vl2agent.executor.x11 import X11Executor
from vl2agent.perception.embedded import OcrPerception
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.scripting.sync_expecting import expect
from vl2agent.scripting.sync_screen import Screen

pytestmark = [
    pytest.mark.display,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]


@pytest.fixture
def editor(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared desktop with an empty text editor on it."""
    sandbox.launch("mousepad --disable-server")
    yield sandbox
    (sandbox.home / "note.txt").unlink(missing_ok=True)


def test_a_file_is_written_in_an_editor(editor: Sandbox, perception: OcrPerception, tmp_path: Path) -> None:
    """Windows are waited for, menus opened, dialogs answered; the file has the text, the recording every step."""
    with Screen(editor, perception=perception, recorder=Recorder(tmp_path / "r.v2a"), timeout_s=30) as screen:
        screen.wait_for("Untitled 1")
        screen.type("naïve café")
        screen.locate("File menu").click()
        screen.locate("Save As").click()
        screen.locate("Name: field").type("note.txt", clear=True)
        screen.press("enter")
        expect(screen.locate("Save As")).to_be_gone()
    assert (editor.home / "note.txt").read_text(encoding="utf-8").strip() == "naïve café"
    recording = Recording(tmp_path / "r.v2a")
    assert recording.certainty() == ()
    assert [step.plan.intent.kind for step in recording.steps] == [
        *("type", "click", "click", "click", "key", "type", "key")
    ]


def test_a_live_desktop_is_scripted_alike(sandbox: Sandbox, perception: OcrPerception) -> None:
    """What looks and what acts are given one by one; the script is the same."""
    sandbox.launch("xfce4-appfinder")
    with DesktopScreen(sandbox.display) as surface, X11Executor(sandbox.display) as executor:
        screen = Screen(surface, executor=executor, perception=perception, timeout_s=30)
        expect(screen).to_show("a window titled 'Application Finder'")
        screen.type("mousepad")
        expect(screen.locate("Accessibility")).to_be_gone()
        screen.locate("Preferences").click()
        expect(screen.locate("Behaviour")).to_be_visible()
        with pytest.raises(LocatorTimeout):
            screen.locate("Print preview").click(timeout_s=0)
