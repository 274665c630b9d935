"""A recording in which everything happens that the viewer shows, and its page in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eventful_run import record
from opened_page import Viewer

from vl2agent.recording.reader import Recording
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.trace.page import write_page


@pytest.fixture(scope="session")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a run in which much happens."""
    return record(tmp_path_factory.mktemp("trace") / "eventful.v2a")


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserSandbox]:
    """A Chromium that reaches no network."""
    with BrowserSandbox(html="") as sandbox:
        yield sandbox


@pytest.fixture
def viewer(browser: BrowserSandbox, eventful: Path, tmp_path: Path) -> Viewer:
    """The eventful recording's page, in a browser."""
    return Viewer(browser, write_page(Recording(eventful), tmp_path / "page.html"))


@pytest.fixture
def view_of(browser: BrowserSandbox, tmp_path: Path) -> Callable[[Path], Viewer]:
    """Open the page of any recording."""
    return lambda path: Viewer(browser, write_page(Recording(path), tmp_path / f"{path.stem}.html"))
