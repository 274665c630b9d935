"""The pytest plugin: sessions on a screen as fixtures, recorded once and played back without display or model.

    def test_the_theme_changes(screen):
        screen.locate("Appearance").click()
        expect(screen).to_show("Style")

    pytest --vl2-record=new     # does it for real in a sandbox, and keeps recordings/test_theme/test_the_....v2a.zip
    pytest                      # plays that back

pytest loads this file in every project that has the package installed: it imports nothing but pytest.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pytest

from vl2agent.testing import options
from vl2agent.testing.options import add_options

if TYPE_CHECKING:
    from vl2agent import async_api
    from vl2agent.sandbox.desktop import Sandbox
    from vl2agent.scripting.sync_screen import Screen
    from vl2agent.testing.playing import RecordedAgent
    from vl2agent.testing.recorded_test import Record, RecordedTest
    from vl2agent.testing.replaying import Replay
    from vl2agent.testing.snapshot import Snapshots

_TEST: pytest.StashKey[RecordedTest] = pytest.StashKey()
_HERE = f"{Path(__file__).parents[1]}{os.sep}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and ini values."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    for marker in options.MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def vl2_test(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordedTest]:
    """What the other fixtures share: this test's recordings, pictures, and what is left when it fails."""
    from vl2agent.testing.recorded_test import RecordedTest

    test = RecordedTest(request, tmp_path_factory)
    request.node.stash[_TEST] = test
    yield test
    test.end()


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A real desktop of this test's own; options come from the marker `vl2_sandbox` and the ini value of that name.

    `screen` and `agent` record on whatever this fixture gives: a conftest.py may give something else, such as a
    BrowserSandbox.
    """
    from vl2agent.sandbox.desktop import Sandbox

    with Sandbox(**options.sandbox_options(request)) as desktop:
        yield desktop


@pytest.fixture
def screen(vl2_test: RecordedTest) -> Iterator[Screen]:
    """A screen to script: played back from this test's recording, or done in a sandbox and recorded."""
    with vl2_test.opening():
        opened = vl2_test.stage.screen()
    yield opened
    vl2_test.close()


@pytest.fixture
def async_screen(vl2_test: RecordedTest) -> Iterator[async_api.Screen]:
    """The same to script with `await`, in tests of any asyncio plugin."""
    with vl2_test.opening():
        opened = vl2_test.stage.async_screen()
    yield opened
    vl2_test.close()


@pytest.fixture
def agent(vl2_test: RecordedTest) -> RecordedAgent:
    """An agent whose runs are played back from this test's recordings, or done in a sandbox and recorded."""
    with vl2_test.opening():
        return vl2_test.stage.agent()


@pytest.fixture
def replay(vl2_test: RecordedTest) -> Replay:
    """Play a recorded run back in full: `replay("open_settings.v2a")`; what differs is a ReplayMismatch."""
    return vl2_test.replay


@pytest.fixture
def record(vl2_test: RecordedTest) -> Record:
    """Write down what this test does for real: `Agent(sandbox, recorder=record("open_settings.v2a"))`.

    The recording is kept beside the test if that passes and --vl2-record says so, and shown if it fails.
    """
    return vl2_test.record


@pytest.fixture
def snapshot(vl2_test: RecordedTest) -> Snapshots:
    """Compare with a stored picture: `assert screen == snapshot("home.png", masks=[clock])`."""
    return vl2_test.snapshot


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add pictures and traces to what is told of a failure, and leave this package's own frames out of it."""
    test = item.stash.get(_TEST, None)
    if test is None:
        return (yield)
    if call.excinfo is None:
        report = yield
        if call.when == "call" and report.passed:
            test.passed()
        return report
    error = call.excinfo.value
    shown = error.__traceback__ if item.config.getoption("fulltrace") else _without_ours(error.__traceback__)
    if shown:
        call.excinfo = pytest.ExceptionInfo.from_exc_info((type(error), error, shown))
    report = yield
    if report.failed and (said := test.failed(error)):
        report.sections.append(("vl2agent", said))
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain comparisons of actions, matchers and pictures."""
    import sys

    if "vl2agent.actions" not in sys.modules:  # then nothing can be one
        return None
    from vl2agent.testing.explaining import explain

    return explain(op, left, right)


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """Leave out frames of this package: a test fails where it calls it."""
    if trace is None:
        return None
    following = _without_ours(trace.tb_next)
    if trace.tb_frame.f_code.co_filename.startswith(_HERE):
        return following
    return TracebackType(following, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
