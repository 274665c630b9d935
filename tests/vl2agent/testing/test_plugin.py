"""The plugin among others: asyncio, xdist, import modes; and what it costs a project that does not use it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import drawn_app
import pytest

Run = Callable[..., pytest.RunResult]
Listed = Callable[[], list[str]]


def test_a_project_that_does_not_use_it_pays_for_pytest_alone() -> None:
    """Loading the plugin imports neither NumPy nor Pillow nor Pydantic."""
    heavy = "{'numpy', 'PIL', 'pydantic', 'mss', 'vl2agent.actions', 'vl2agent.agent', 'torch'}"
    program = f"import sys, vl2agent.testing.plugin; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_it_can_be_left_out(pytester: pytest.Pytester, run: Run) -> None:
    """`-p no:vl2agent` leaves no trace of it."""
    pytester.makeconftest("")
    pytester.makepyfile("def test_it(replay):\n    pass\n")
    result = run("-p", "no:vl2agent")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'replay' not found"])


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_any_import_mode_does(pytester: pytest.Pytester, run: Run, recordings: Listed, mode: str) -> None:
    """Two files of one name in two folders do not meet."""
    for folder in ("one", "two"):
        path = pytester.mkpydir(folder) / "test_app.py"
        path.write_text("def test_it(screen):\n    screen.type('a')\n", encoding="utf-8")
    run(f"--import-mode={mode}", "--vl2-record=new").assert_outcomes(passed=2)
    run(f"--import-mode={mode}").assert_outcomes(passed=2)
    assert (pytester.path / "one/recordings/test_app/test_it.v2a.zip").is_file()


def test_scripts_with_await(pytester: pytest.Pytester) -> None:
    """With pytest-asyncio, also through an async fixture of the project's own."""
    pytester.makeconftest(
        """
import pytest, pytest_asyncio
from drawn_app import DrawnApp

@pytest.fixture
def sandbox():
    return DrawnApp()

@pytest_asyncio.fixture
async def written(async_screen):
    await async_screen.type("today")
    yield async_screen
    await async_screen.press("escape")
"""
    )
    pytester.makepyfile(
        test_app="""
import pytest

@pytest.mark.asyncio
async def test_it(written, snapshot):
    await written.type("!")
    assert len(written.steps) == 2
    assert snapshot("app.png") == await written.screenshot()
"""
    )
    quiet = ("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
    pytester.runpytest_inprocess(*quiet, "--vl2-record=new", "--vl2-update-snapshots").assert_outcomes(passed=1)
    pytester.runpytest_inprocess(*quiet, "-o", "asyncio_mode=auto").assert_outcomes(passed=1)


@pytest.mark.slow
def test_workers_record_and_play_back_beside_each_other(
    pytester: pytest.Pytester, recordings: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With xdist; also where all workers record the very same tests, each recording is whole."""
    monkeypatch.setenv("PYTHONPATH", str(Path(drawn_app.__file__).parent))
    pytester.makeconftest(
        "import pytest, drawn_app\n\n@pytest.fixture\ndef sandbox():\n    return drawn_app.DrawnApp()\n"
    )
    pytester.makepyfile(
        test_app="""
import pytest

@pytest.mark.parametrize("text", list("abcdef"))
def test_it(screen, text):
    screen.type(text)
"""
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # each worker would load what others bring
    options = ("-p", "no:cacheprovider", "-p", "vl2agent.testing.plugin", "-p", "xdist", "-n", "2")
    pytester.runpytest_subprocess(*options, "--vl2-record=new", "--dist=each").assert_outcomes(passed=12)
    assert recordings() == [f"test_app/test_it-{text}.v2a.zip" for text in "abcdef"]
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=6)


@pytest.mark.display
def test_a_real_desktop_is_recorded_and_played_back(pytester: pytest.Pytester) -> None:
    """With the options of marker and configuration; the second time there is no display."""
    pytester.makeini("[pytest]\nvl2_sandbox =\n    size=640x480\n    theme=Adwaita\n")
    pytester.makepyfile(
        test_menu="""
import pytest
from vl2agent.testing import click_in

@pytest.mark.vl2_sandbox(theme="Greybird")
def test_it(screen):
    step = screen.locate("Applications").click()
    assert step == click_in(step.target)
    screen.locate("Settings").wait_for()
"""
    )
    quiet = ("-p", "no:cacheprovider", "-p", "no:asyncio")
    pytester.runpytest_inprocess(*quiet, "--vl2-record=new").assert_outcomes(passed=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("DISPLAY", raising=False)
        pytester.runpytest_inprocess(*quiet).assert_outcomes(passed=1)


def test_an_option_that_is_none_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """With what it could have been."""
    pytester.makeini("[pytest]\nvl2_sandbox = sise=640x480\n")
    pytester.makeconftest("")
    pytester.makepyfile("def test_it(sandbox):\n    pass\n")
    run().stdout.fnmatch_lines(["*vl2_sandbox: expected name=value with one of size, theme, *, got 'sise=640x480'"])
