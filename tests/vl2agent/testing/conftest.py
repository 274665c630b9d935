"""Projects with recorded tests, run by pytest in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import drawn_app
import pytest

import vl2agent.async_api
import vl2agent.scripting.sync_expecting
import vl2agent.testing.recorded_test

_ = drawn_app, vl2agent  # a run forgets what it was the first to import; what was there before stays one and the same

CONFTEST = """
import pytest
from drawn_app import DrawnApp, reader

@pytest.fixture
def sandbox():
    return DrawnApp()

def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.vl2(perception=reader()))
"""

QUIET = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:xdist", "-p", "no:timeout", "-p", "no:randomly")

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run a project's tests, which record on a drawn application: `run("--vl2-record=new")`."""
    pytester.makeconftest(CONFTEST)
    return lambda *options: pytester.runpytest_inprocess(*QUIET, *options)


@pytest.fixture
def recordings(pytester: pytest.Pytester) -> Callable[[], list[str]]:
    """List what is kept, by its path in the folder of recordings."""

    def listed() -> list[str]:
        folder = Path(pytester.path) / "recordings"
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    return listed
