"""The desktop bench's figures, without a desktop; the goals themselves run in tests/e2e."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace

import pytest

from vl2agent.bench import desktop
from vl2agent.bench.desktop import Calls, Report, Trial, measure
from vl2agent.bench.goals import GOALS, Goal
from vl2agent.bench.markdown import page
from vl2agent.bench.scene import Scene
from vl2agent.errors import SandboxError
from vl2agent.perception.embedded import OcrPerception

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


@pytest.mark.parametrize(("fails", "finished"), [(2, 3), (1, 0)])
def test_a_desktop_that_does_not_start_ends_the_bench_only_when_it_is_the_first(
    monkeypatch: pytest.MonkeyPatch, fails: int, finished: int
) -> None:
    """Hours of figures are not lost to one of them."""
    begun, done = list[Scene](), list[Trial]()

    def start(goal: Goal, scene: Scene, *_: object, **__: object) -> Trial:
        begun.append(scene)
        if len(begun) == fails:
            raise SandboxError("a program opened no window")
        return Trial(goal.name, scene, "", (1.0,), 2.0)

    monkeypatch.setattr(desktop, "try_goal", start)
    with pytest.raises(SandboxError) if not finished else nullcontext():
        measure([STYLE], OcrPerception(), repeat=3, seed=0, done=done.append)
    assert [trial.problem for trial in done] == ["", "SandboxError: a program opened no window", ""][:finished]


def test_runs_without_a_step_make_a_page_too() -> None:
    """Where nothing was done, it says so."""
    assert "0 of 1 runs" in page(Report((Trial("style", STYLE.scene(0), "nothing worked", (), 0.0),)), "again")
