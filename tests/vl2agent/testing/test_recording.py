"""Tests that are recorded once and played back, as pytest runs them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]
Listed = Callable[[], list[str]]

SCRIPT = """
from vl2agent import expect
from vl2agent.testing import click_in

def test_saving(screen):
    screen.locate("Save").click()
    screen.type("today")
    expect(screen).to_show("Document saved today")
    assert screen.steps[0] == click_in((40, 40, 140, 80))
"""
BROKEN = """
import pytest

@pytest.fixture
def sandbox():
    raise AssertionError("a sandbox was started")
"""


@pytest.fixture(scope="module")
def saved() -> list[bytes]:
    """The recording of SCRIPT, once it is made."""
    return []


@pytest.fixture
def recorded(pytester: pytest.Pytester, run: Run, saved: list[bytes]) -> None:
    """Have SCRIPT recorded in the project."""
    path = pytester.path / "recordings/test_app/test_saving.v2a.zip"
    if not saved:
        pytester.makepyfile(test_app=SCRIPT)
        run("--vl2-record=new").assert_outcomes(passed=1)
        saved.append(path.read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(saved[0])


def test_a_missing_recording_says_how_to_record_it(pytester: pytest.Pytester, run: Run) -> None:
    """The command is there to be copied."""
    pytester.makepyfile(test_app=SCRIPT)
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_saving.v2a.zip'*record it with: pytest *test_saving --vl2-record=new"])


def test_what_was_recorded_plays_back_without_a_screen(pytester: pytest.Pytester, run: Run, recordings: Listed) -> None:
    """Once recorded, no sandbox is started."""
    pytester.makepyfile(test_app=SCRIPT)
    run("--vl2-record=new").assert_outcomes(passed=1)
    assert recordings() == ["test_app/test_saving.v2a.zip"]
    pytester.makeconftest(BROKEN)
    run().assert_outcomes(passed=1)
    run("--vl2-record=new").assert_outcomes(passed=1)


def test_a_test_that_fails_keeps_no_recording_and_shows_it(
    pytester: pytest.Pytester, run: Run, recordings: Listed
) -> None:
    """What it did lies beside the test, as a page and as a recording."""
    pytester.makepyfile(test_app=SCRIPT.replace("(40, 40, 140, 80)", "(0, 0, 9, 9)"))
    result = run("--vl2-record=new")
    result.assert_outcomes(failed=1)
    assert recordings() == []
    left = pytester.path / "vl2-failures" / "test_app" / "test_saving"
    assert {path.name for path in left.iterdir()} == {"screen.png", "test_saving.html", "test_saving.v2a"}
    result.stdout.fnmatch_lines([f"picture: {left}/screen.png", f"trace: {left}/test_saving.html"])


def test_a_test_that_is_skipped_keeps_no_recording(pytester: pytest.Pytester, run: Run, recordings: Listed) -> None:
    """It would hold half of what the test does; the same goes for one that fails as expected."""
    pytester.makepyfile(
        test_app="""
import pytest

def test_skipped(screen):
    screen.type("a")
    pytest.skip("half way")

@pytest.mark.xfail
def test_expected_to_fail(screen):
    screen.type("a")
    raise AssertionError
"""
    )
    run("--vl2-record=new").assert_outcomes(skipped=1, xfailed=1)
    assert recordings() == []


def test_another_action_is_a_mismatch_with_both_sides(pytester: pytest.Pytester, run: Run, recorded: None) -> None:
    """The recorded action, the one of now, the picture, and the trace."""
    pytester.makepyfile(test_app=SCRIPT.replace('screen.type("today")', 'screen.type("tomorrow")'))
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*ReplayMismatch: step 2, action: recorded type “today”, got type “tomorrow”*", "picture: *", "trace: *.html"]
    )
    assert (pytester.path / "vl2-failures/test_app/test_saving/test_saving.html").is_file()


def test_frames_of_this_package_are_left_out(pytester: pytest.Pytester, run: Run, recorded: None) -> None:
    """A failure points at the test's own line; --full-trace shows all."""
    pytester.makepyfile(test_app=SCRIPT.replace('locate("Save")', 'locate("Wastebasket")'))
    run().stdout.no_fnmatch_line("*patience.py*")
    run("--full-trace").stdout.fnmatch_lines(["*patience.py*"])


def test_a_recorded_action_that_is_not_done_any_more_is_a_mismatch(
    pytester: pytest.Pytester, run: Run, recorded: None
) -> None:
    """A test that stops early does less than was recorded."""
    pytester.makepyfile(test_app='def test_saving(screen):\n    screen.locate("Save").click()\n')
    result = run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ReplayMismatch: step *, end: recorded 1 more, first: type “today”*"])


def test_all_records_anew(pytester: pytest.Pytester, run: Run, recorded: None) -> None:
    """What was recorded before is replaced; a failure leaves it as it was."""
    changed = SCRIPT.replace("today", "tomorrow")
    pytester.makepyfile(test_app=changed.replace("(40, 40, 140, 80)", "(0, 0, 9, 9)"))
    run("--vl2-record=all").assert_outcomes(failed=1)
    pytester.makepyfile(test_app=SCRIPT)
    run().assert_outcomes(passed=1)
    pytester.makepyfile(test_app=changed)
    run("--vl2-record=all").assert_outcomes(passed=1)
    run().assert_outcomes(passed=1)


def test_an_agent_reaches_its_goal_again(pytester: pytest.Pytester, run: Run, recordings: Listed) -> None:
    """Each run of one test has its own recording; another goal is told."""
    test = """
def test_goal(agent):
    assert agent.run("click Save").ok
    assert [step.plan.intent.kind for step in agent.run("type 'today'").steps] == ["type", "done"]
"""
    pytester.makepyfile(test_app=test)
    run("--vl2-record=new").assert_outcomes(passed=1)
    assert recordings() == ["test_app/test_goal-2.v2a.zip", "test_app/test_goal.v2a.zip"]
    pytester.makeconftest(BROKEN)
    run().assert_outcomes(passed=1)
    pytester.makepyfile(test_app=test.replace("click Save", "click Document"))
    run().assert_outcomes(failed=1)


def test_a_script_whose_agent_works_is_played_back(pytester: pytest.Pytester, run: Run, recordings: Listed) -> None:
    """The agent's run is a recording beside the script's."""
    pytester.makepyfile(
        test_app="""
def test_both(screen):
    assert screen.run("click Save").ok
    screen.type("today")
"""
    )
    run("--vl2-record=new").assert_outcomes(passed=1)
    assert recordings() == ["test_app/test_both-run-1.v2a.zip", "test_app/test_both.v2a.zip"]
    pytester.makeconftest(BROKEN)
    run().assert_outcomes(passed=1)


def test_parameters_are_part_of_the_name(pytester: pytest.Pytester, run: Run, recordings: Listed) -> None:
    """Whatever they hold, a file system takes it."""
    pytester.makepyfile(
        test_app="""
import pytest

@pytest.mark.parametrize("text", ["a", "../b", "a/c"])
def test_typing(screen, text):
    screen.type(text)
"""
    )
    run("--vl2-record=new").assert_outcomes(passed=3)
    assert len(recordings()) == 3
    assert "test_app/test_typing-a.v2a.zip" in recordings()
    run().assert_outcomes(passed=3)


def test_a_named_run_is_recorded_in_one_test_and_replayed_in_another(
    pytester: pytest.Pytester, run: Run, recordings: Listed
) -> None:
    """What was done, decided and seen can be asserted."""
    pytester.makepyfile(
        test_make="""
from vl2agent import Agent

def test_made(sandbox, record):
    assert Agent(sandbox, recorder=record("saving.v2a")).run("click Save, then type 'today'").ok
""",
        test_use="""
from vl2agent.testing import click_in, types

def test_used(replay):
    run = replay("saving.v2a")
    assert run.ok
    assert run.actions == [click_in((40, 40, 140, 80)), types("today")]
    assert len(run.steps) == 3
    assert [decision.verdict for decision in run.decisions] == ["allow", "allow"]
    assert run.frames[0].size.width_px == 400
""",
    )
    run("test_make.py", "--vl2-record=new").assert_outcomes(passed=1)
    assert recordings() == ["saving.v2a.zip"]
    run("test_use.py").assert_outcomes(passed=1)
    run("test_make.py").assert_outcomes(passed=1)  # does it for real, and keeps nothing


def test_a_run_to_replay_that_is_missing_is_told(pytester: pytest.Pytester, run: Run) -> None:
    """With the command that records it."""
    pytester.makepyfile("def test_gone(replay):\n    replay('gone.v2a')\n")
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*vl2agent run GOAL --record *recordings/gone.v2a*"])


def test_an_expectation_that_changed_fails_in_its_own_words(pytester: pytest.Pytester, run: Run) -> None:
    """Also where later pictures were never read, as what was expected then had been seen before them."""
    test = """
from vl2agent import expect

def test_it(screen, sandbox):
    screen.type("today")
    expect(screen).to_show("WORD")
    sandbox.text = "later"
    screen.screenshot()
"""
    pytester.makepyfile(test_app=test.replace("WORD", "today"))
    run("--vl2-record=new").assert_outcomes(passed=1)
    pytester.makepyfile(test_app=test.replace("WORD", "tomorrow"))
    run().stdout.fnmatch_lines(
        ["*ExpectationFailed: expected the screen to show tomorrow, saw no 'tomorrow' in *today*"]
    )
