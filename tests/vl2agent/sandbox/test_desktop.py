"""The desktop as its user meets it: it starts, shows what was asked for, runs programs, and ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vl2agent.actions import Key
from vl2agent.errors import InputError, SandboxError, SandboxGone
from vl2agent.geometry import ScreenBox, Size
from vl2agent.policy.hotkey import HotKey
from vl2agent.policy.killswitch import HOT_KEY
from vl2agent.sandbox import registry
from vl2agent.sandbox.desktop import Sandbox

pytestmark = pytest.mark.display


def test_a_frame_shows_the_whole_desktop(sandbox: Sandbox) -> None:
    """A grab has the size that was asked for and is a picture of something."""
    frame = sandbox.grab()
    assert frame.size == Size(1280, 800)
    assert len(frame.image.resize((160, 100)).getcolors(20_000) or []) > 50


def test_a_launched_program_gets_a_window(sandbox: Sandbox) -> None:
    """Windows are listed topmost first, by title."""
    sandbox.launch("mousepad")
    _wait_for_window(sandbox, "mousepad")
    assert "Mousepad" in sandbox.windows()[0].title


def test_applications_are_there_before_anything_is_typed(new_sandbox: Callable[..., Sandbox]) -> None:
    """In the order in which they were named, the last in front."""
    desktop = new_sandbox(apps=["thunar", "mousepad"])
    assert [window.app.lower() for window in desktop.windows()] == ["mousepad", "thunar"]


@pytest.mark.parametrize("program", ["thunar", "galculator", "xfce4-settings-manager", "xfce4-terminal", "chromium"])
def test_the_usual_programs_show_a_window(sandbox: Sandbox, program: str) -> None:
    """Each comes up by its own name, the browser without questions."""
    sandbox.launch(program)
    _wait_for_window(sandbox, program)


def test_alt_f2_opens_the_run_dialog(sandbox: Sandbox) -> None:
    """The window manager's shortcuts work, and so does what they start."""
    sandbox.run("xdotool key alt+F2")
    _wait_for_window(sandbox, "xfce4-appfinder")


def test_the_hot_key_of_the_kill_switch_is_free(sandbox: Sandbox) -> None:
    """A tap too short to be seen held is heard, and starts nothing of the desktop's."""
    hot_key = HotKey(sandbox.display, HOT_KEY)
    try:
        sandbox.run("xdotool key ctrl+alt+Escape")
        assert hot_key.pulled() == HOT_KEY
        assert not sandbox.run("pgrep xkill").stdout
    finally:
        hot_key.close()


def test_settings_of_theme_scale_and_layout_arrive(new_sandbox: Callable[..., Sandbox]) -> None:
    """What was asked for is what the desktop's own settings say."""
    desktop = new_sandbox((1000, 701), "Adwaita-dark", scale=2, layout="us dvorak")
    assert desktop.run("xfconf-query -c xsettings -p /Net/ThemeName").stdout.strip() == "Adwaita-dark"
    assert desktop.run("xfconf-query -c xsettings -p /Gdk/WindowScalingFactor").stdout.strip() == "2"
    assert "dvorak" in desktop.run("setxkbmap -query").stdout
    assert desktop.displays[0].scale == 2
    assert desktop.displays[0].box == ScreenBox(0, 0, 1000, 701)


def test_two_sandboxes_know_nothing_of_each_other(sandbox: Sandbox, new_sandbox: Callable[..., Sandbox]) -> None:
    """Several run at once, each with its own display, HOME and programs."""
    other = new_sandbox()
    assert other.display != sandbox.display
    other.run(["touch", "only-here"])
    assert (other.home / "only-here").exists()
    assert not (sandbox.home / "only-here").exists()
    assert sandbox.run(["xdpyinfo", "-display", other.display]).returncode != 0


def test_a_home_of_ones_own_is_kept(new_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    """Files are written to the folder that was handed in, settings included, and stay."""
    desktop = new_sandbox(home=tmp_path)
    desktop.run(["sh", "-c", "echo kept > file"])
    desktop.run("xfconf-query -c xsettings -p /Net/ThemeName -s Adwaita")
    desktop.close()
    assert (tmp_path / "file").read_text() == "kept\n"
    assert "Adwaita" in (tmp_path / ".config/xfce4/xfconf/xfce-perchannel-xml/xsettings.xml").read_text()


def test_attaching_uses_a_running_one_and_leaves_it(sandbox: Sandbox) -> None:
    """Leaving an attached sandbox does not end it."""
    with Sandbox.attach(sandbox.entry.name) as again:
        assert again.display == sandbox.display
        assert again.run(["echo", "hello"]).stdout == "hello\n"
    assert sandbox.alive


def test_attaching_to_nothing_says_what_runs(sandbox: Sandbox) -> None:
    """The error lists the names there are."""
    with pytest.raises(SandboxGone, match=sandbox.entry.name):
        Sandbox.attach("no-such-desktop")


def test_a_name_is_taken_once(sandbox: Sandbox) -> None:
    """A second sandbox of a running one's name is refused before anything starts."""
    with pytest.raises(InputError, match="runs already"), Sandbox(name=sandbox.entry.name):
        pass


def test_an_x_server_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its own words are in the error, and nothing is left behind."""
    broken = tmp_path / "Xvfb"
    broken.write_text("#!/bin/sh\necho 'no such screen' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(SandboxError, match="no such screen"), Sandbox(name="broken"):
        pass
    assert not (registry.base() / "broken").exists()


def test_an_interrupt_while_it_is_left_ends_it_all_the_same(
    new_sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Ctrl-C comes while keys are being released: the desktop does not stay behind."""
    desktop = new_sandbox((800, 600))
    entry = desktop.entry

    def interrupted() -> None:
        raise KeyboardInterrupt

    desktop.perform(Key(keys="f5"))
    monkeypatch.setattr(desktop.executor, "close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desktop.close()
    assert not entry.alive
    assert not desktop.alive


def test_a_sandbox_that_was_not_entered_says_so() -> None:
    """Using it outside `with` is an error that tells the way in."""
    with pytest.raises(SandboxError, match="with Sandbox"):
        Sandbox().grab()


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (10, 10)},
        {"scale": 3},
        {"home": "/no/such/folder"},
        {"layout": "us; reboot"},
        {"theme": "../x"},
    ],
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    """Bad options are an InputError before anything starts."""
    with pytest.raises(InputError):
        Sandbox(**wrong)  # type: ignore[arg-type]


def _wait_for_window(desktop: Sandbox, app: str, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while app not in [window.app.lower() for window in desktop.windows()]:
        assert time.monotonic() < deadline, f"no window of {app}, only {desktop.windows()}"
        time.sleep(0.05)
