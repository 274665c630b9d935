"""Plan a recorded run again: step by step, on what was seen and done then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded_runs import Form, FormReader, boxed, commanded

from vl2agent.actions import Action, Click, Drag, Key, Scroll, TypeText, Wait
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.errors import RecordingError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.replay.agreeing import Tolerance, difference
from vl2agent.replay.replan import Comparison, replan
from vl2agent.steps import Target

FORM = Form()
BOX = ScreenBox(10, 10, 50, 30)
TARGET = Target(words="Save", box=BOX, point=BOX.center, confidence=0.9)
AT = ScreenPoint(20, 20)


def replies(*said: dict[str, object] | str) -> list[str]:
    """Write replies as a model would."""
    return [each if isinstance(each, str) else json.dumps(each) for each in said]


def by_model(path: Path, *said: dict[str, object] | str) -> Comparison:
    """Record a run of commands, and plan it again with a model."""
    model = Model(ScriptedBackend(*replies(*said)))
    return replan(commanded(path), model=model, perception=VL2Perception(model, FormReader(FORM)))


def test_the_same_planner_does_the_same(tmp_path: Path) -> None:
    """On the recorded readings, without reading the screen again."""
    found = replan(commanded(tmp_path / "run.v2a"))
    assert (found.agreement, len(found.rows)) == (1.0, 5)


def test_a_model_is_shown_what_was_done_then_and_not_what_it_would_have_done(tmp_path: Path) -> None:
    """One step that differs does not lead the others astray."""
    found = by_model(
        tmp_path / "run.v2a",
        {"clause": 1, "kind": "click", "target": "Name"},
        boxed("Name", FORM.box("Name")),
        {"clause": 2, "kind": "type", "text": "Eve"},
        {"clause": 3, "kind": "click", "target": "City"},
        boxed("City", FORM.box("City")),
        {"clause": 4, "kind": "type", "text": "Oslo"},
        {"clause": 4, "kind": "done", "message": "done"},
    )
    assert [row.difference for row in found.rows] == ["", "another text", "", "", ""]
    assert found.agreement == 0.8


def test_what_cannot_be_planned_is_a_difference(tmp_path: Path) -> None:
    """A model that talks nonsense agrees with nothing, and the steps go on."""
    found = by_model(tmp_path / "run.v2a", *["nonsense"] * 10)
    assert {row.difference for row in found.rows} == {"ParseError"}


def test_a_recording_without_plans_is_refused(tmp_path: Path) -> None:
    """There is nothing to plan again."""
    recording = commanded(tmp_path / "run.v2a")
    lines = (recording.path / "events.jsonl").read_bytes().splitlines(keepends=True)
    (recording.path / "events.jsonl").write_bytes(lines[0])
    with pytest.raises(RecordingError, match="nothing was planned"):
        replan(recording.path)


@pytest.mark.parametrize(
    ("recorded", "now", "said"),
    [
        (Click(point=AT), Click(point=ScreenPoint(49, 29)), ""),
        (Click(point=AT), Click(point=ScreenPoint(50, 20)), "outside"),
        (Click(point=AT), Click(point=AT, count=2), "another button"),
        (Click(point=AT), Wait(), "wait instead of click"),
        (TypeText(text="a b"), TypeText(text="a b"), ""),
        (TypeText(text="a b"), TypeText(text="A B"), "another text"),
        (TypeText(text="a"), TypeText(text="a", submit=True), "another text"),
        (Key(keys="ctrl+shift+t"), Key(keys="shift+ctrl+T"), ""),
        (Key(keys="esc"), Key(keys="escape"), ""),
        (Key(keys="f5"), Key(keys="f6"), "f6 instead of f5"),
        (Scroll(point=AT, amount=3), Scroll(point=AT, amount=5), ""),
        (Scroll(point=AT, direction="up"), Scroll(point=AT), "down instead of up"),
        (Drag(start=AT, end=AT), Drag(start=AT, end=ScreenPoint(90, 90)), "outside"),
        (Wait(seconds=1), Wait(seconds=2), ""),
    ],
)
def test_actions_agree_as_a_person_would_say(recorded: Action, now: Action, said: str) -> None:
    """The same verb, within the target, the same text and keys."""
    found = difference(recorded, now, (TARGET, None), Tolerance())
    assert (said in found) if said else not found


def test_tolerance_is_a_choice() -> None:
    """Points around the box, texts in other letters, other clicks."""
    loose = Tolerance(around_px=5, loose_text=True, clicks=False)
    aims = (TARGET, None)
    assert not difference(Click(point=AT), Click(point=ScreenPoint(54, 20), count=2), aims, loose)
    assert not difference(TypeText(text="a b"), TypeText(text="A  b"), aims, loose)
