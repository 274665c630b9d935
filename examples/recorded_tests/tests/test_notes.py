"""A text editor on a desktop of its own: three ways to test with a recording."""

from vl2agent import Agent, Screen, expect
from vl2agent.geometry import ScreenBox
from vl2agent.testing import Replay, Snapshots, click_in, presses, types

CLOCK = ScreenBox(400, 0, 640, 28)


def test_a_note_is_written(agent: Agent) -> None:
    """An agent reaches a goal; played back, it needs no display, no model and no network."""
    result = agent.run("type 'Buy milk', then press ctrl+a")
    assert result.ok
    assert [step.action for step in result.steps[:2]] == [types("Buy milk"), presses("ctrl+a")]


def test_the_run_is_the_same_again(replay: Replay, snapshot: Snapshots) -> None:
    """All that was recorded of a run can be asserted: actions, decisions, pictures."""
    run = replay("test_notes/test_a_note_is_written.v2a")
    assert run.actions == [types("Buy milk"), presses("ctrl+a")]
    assert {decision.verdict for decision in run.decisions} == {"allow"}
    assert run.frames[-1] == snapshot("note.png", masks=[CLOCK])


def test_the_menu_has_a_search(screen: Screen) -> None:
    """A script, recorded once; what it waits for is there at once when it is played back."""
    assert screen.locate("Search").click() == click_in((80, 50, 140, 80))
    expect(screen).to_show("Find and Replace")
    screen.press("escape")
