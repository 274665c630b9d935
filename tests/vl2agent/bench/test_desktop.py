"""The desktop bench's figures, without a desktop; the goals themselves run in tests/e2e."""

from collections import Counter
from dataclasses import replace

from vl2agent.bench.desktop import Calls, Report, Trial
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


def test_what_a_model_was_asked_is_added_up() -> None:
    """By purpose, with the largest prompt; the page tells it, and what the oracle is."""
    calls = (Calls(Counter(plan=3, ground=2), 3000, 0), Calls(Counter(plan=1, zoom=1), 3500, 1))
    report = Report(tuple(replace(trial, calls=each) for trial, each in zip(REPORT.trials, calls, strict=False)))
    overall = report.summary()["overall"]
    assert (overall["calls"], overall["failed_calls"], overall["most_tokens"]) == (
        {"plan": 4, "ground": 2, "zoom": 1}, 1, 3500,
    )  # fmt: skip
    text = page(report, "vl2agent bench desktop --model oracle", "oracle")
    assert "# Goals on a real desktop, with the oracle" in text
    assert "2 ground, 4 plan, 1 zoom" in text
    assert "accessibility tree" in text
    assert "Calls to the model" not in page(REPORT, "vl2agent bench desktop")


def test_screens_are_told_apart_by_size_and_scale() -> None:
    """The same size at another scale is another screen."""
    scenes = (STYLE.scene(0), STYLE.scene(0, size=(1280, 800), scale=2), STYLE.scene(0, size=(1920, 1080)))
    report = Report(tuple(Trial("style", scene, "", (1.0,), 2.0) for scene in scenes))
    assert report.screens == ("1280x800", "1280x800 scale 2", "1920x1080")
    assert "| 1280x800 scale 2 | 1/1 |" in page(report, "vl2agent bench desktop")
