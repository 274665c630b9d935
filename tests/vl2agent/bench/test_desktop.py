"""The desktop bench's figures, without a desktop; the goals themselves run in tests/e2e."""

from vl2agent.bench.desktop import Report, Trial
from vl2agent.bench.goals import GOALS
from vl2agent.bench.markdown import page

STYLE, FOLDERS = GOALS[0], next(goal for goal in GOALS if goal.name == "folders")
REPORT = Report(
    (
        Trial("style", STYLE.scene(0), "", (0.5, 1.5, 1.0), 4.0),
        Trial("style", STYLE.scene(1), "Net/ThemeName is 'Greybird'", (9.0,), 10.0),
        Trial("folders", FOLDERS.scene(0), "", (2.0, 2.0), 5.0),
    )
)


def test_figures_are_over_all_goals_and_for_each() -> None:
    """Rates count runs, times are medians, and 1280x800 is told apart."""
    summary = REPORT.summary()
    assert (summary["overall"]["reached"], summary["overall"]["runs"]) == (2, 3)
    assert summary["goals"]["style"]["rate"] == 0.5
    assert summary["goals"]["folders"]["seconds_per_step"] == 2.0
    assert summary["at_1280x800"]["seconds_per_step"] == 1.5


def test_what_failed_is_told_with_its_desktop() -> None:
    """Enough to run it again."""
    (failed,) = REPORT.summary()["failed"]
    assert (failed["goal"], failed["seed"], failed["why"]) == ("style", 1, "Net/ThemeName is 'Greybird'")
    assert failed["theme"] == STYLE.scene(1).theme


def test_the_page_says_how_it_was_measured_and_what_was_said() -> None:
    """The command, the hardware, a row for each goal, and the words of the goals."""
    text = page(REPORT, "vl2agent bench desktop")
    assert "`vl2agent bench desktop`" in text
    assert "| style | 1/2 |" in text
    assert "cores of" in text
    assert STYLE.words(STYLE.scene(0)) in text
