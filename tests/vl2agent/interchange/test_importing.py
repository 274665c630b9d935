"""Trajectories of other tools, written as those tools write them, become recordings like any other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawn_runs import SAVE, SIZE, drawn
from foreign_runs import (
    ANTHROPIC,
    GOAL,
    HERE,
    OPENAI,
    anthropic_file,
    call,
    cua_folder,
    openai_file,
    picture,
    shot,
    ui_tars_file,
)
from typer.testing import CliRunner

from vl2agent.actions import Action, Click, Done, Drag, Key, Scroll, TypeText, Wait
from vl2agent.cli.import_ import From, In
from vl2agent.cli.main import app
from vl2agent.errors import TrajectoryError, VL2AgentError
from vl2agent.geometry import ScreenPoint
from vl2agent.interchange.importing import Tool
from vl2agent.interchange.spaces import Space
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Noted
from vl2agent.replay.verify import verify
from vl2agent.trace.page import page_html

DONE_IN_OPENAI: list[Action] = [
    Click(point=HERE),
    Click(point=ScreenPoint(3, 4), count=2),
    Key(keys="ctrl+s"),
    TypeText(text="naïve", submit=True),
    Scroll(point=ScreenPoint(10, 20), direction="up", amount=3),
    Drag(start=ScreenPoint(1, 2), end=ScreenPoint(99, 88)),
    Wait(seconds=1),
    Done(message="It is saved."),
]
DONE_IN_ANTHROPIC: list[Action] = [
    Click(point=HERE, modifiers=("ctrl", "shift")),
    Click(point=ScreenPoint(7, 8), count=3),
    Key(keys="pagedown"),
    Drag(start=ScreenPoint(5, 5), end=ScreenPoint(90, 90)),
    Scroll(point=ScreenPoint(9, 9), direction="left", amount=2),
    Wait(seconds=2),
    Done(message="Done."),
]


def imported(path: Path, tool: str, *options: str) -> Recording:
    """Run the command; raise what it raises."""
    output = path.parent / "made.v2a"
    words = ["import", str(path), "--from", tool, "-o", str(output), "--no-read", *options]
    result = CliRunner().invoke(app, words)
    if isinstance(result.exception, VL2AgentError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return Recording(output)


def actions_of(recording: Recording) -> list[Action | None]:
    """What was done."""
    return [step.action for step in recording.steps]


def test_items_of_openai_become_steps(tmp_path: Path) -> None:
    """All of its verbs; its last words are the end."""
    assert actions_of(imported(openai_file(tmp_path), "openai")) == DONE_IN_OPENAI


def test_a_transcript_of_anthropic_becomes_steps(tmp_path: Path) -> None:
    """Modifiers, a batch of actions, pictures in files."""
    assert actions_of(imported(anthropic_file(tmp_path), "anthropic")) == DONE_IN_ANTHROPIC


def test_a_folder_of_cua_becomes_steps(tmp_path: Path) -> None:
    """Each action is followed by the picture that was written just before it; what was drawn on is no picture."""
    recording = imported(cua_folder(tmp_path), "cua")
    assert actions_of(recording) == [Click(point=HERE), Key(keys="enter"), Done(message="Saved.")]
    assert [step.verdict.outcome for step in recording.steps] == ["changed", "changed", "ended"]


def test_the_metadata_of_cua_alone_become_steps(tmp_path: Path) -> None:
    """Where the pictures are in them."""
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps({"kwargs": {"messages": GOAL}, "new_items": OPENAI[1:]}))
    assert actions_of(imported(path, "cua")) == DONE_IN_OPENAI


def test_replies_of_ui_tars_become_steps(tmp_path: Path) -> None:
    """In thousandths of the picture; what it thought is the step's note."""
    replies = (
        "Thought: I double-click it.\nAction: left_double(start_box='<|box_start|>(500,500)<|box_end|>')",
        "Thought: Type.\nAction: type(content='It\\'s \"fine\" (really)\\n')",
        "Action: hotkey(key='ctrl s')",
        "Action: drag(start_point='<point>0 0</point>', end_point='<point>1000 1000</point>')",
        "Action: scroll(start_box='[100, 100, 300, 300]', direction='down')",
        "Action: wait()\n\nfinished(content='ok')",
    )
    recording = imported(ui_tars_file(tmp_path, *replies), "ui-tars")
    assert actions_of(recording) == [
        Click(point=ScreenPoint(500, 350), count=2),
        TypeText(text='It\'s "fine" (really)', submit=True),
        Key(keys="ctrl+s"),
        Drag(start=ScreenPoint(0, 0), end=ScreenPoint(999, 699)),
        Scroll(point=ScreenPoint(200, 140)),
        Wait(seconds=5),
        Done(message="ok"),
    ]
    assert recording.steps[0].plan.note == "I double-click it."


@pytest.mark.parametrize(
    ("space", "written", "point"),
    [
        ("thousand", "(250,500)", ScreenPoint(250, 350)),
        ("fraction", "(0.25,0.5)", ScreenPoint(250, 350)),
        ("picture", "(250,500)", ScreenPoint(250, 500)),
        ("qwen", "(252,350)", ScreenPoint(250, 350)),
    ],
)
def test_coordinates_count_in_the_space_that_is_said(
    tmp_path: Path, space: str, written: str, point: ScreenPoint
) -> None:
    """1000x700 is 1008x700 to Qwen2.5-VL, whose sides are multiples of 28."""
    path = ui_tars_file(tmp_path, f"Action: click(start_box='{written}')")
    assert actions_of(imported(path, "ui-tars", "--space", space))[0] == Click(point=point)


def test_what_an_action_did_is_told_from_the_pictures(tmp_path: Path) -> None:
    """Changed, unchanged; and not known, where the next action came without a picture."""
    openai, anthropic = tmp_path / "openai", tmp_path / "anthropic"
    openai.mkdir()
    anthropic.mkdir()
    assert [step.verdict.outcome for step in imported(openai_file(openai), "openai").steps][:4] == [
        *("changed", "changed", "unchanged", "changed")
    ]
    batch = imported(anthropic_file(anthropic), "anthropic").steps[1]
    assert (batch.verdict.outcome, batch.verdict.changed) == ("moving", ())


def test_an_imported_recording_is_one_like_any_other(tmp_path: Path) -> None:
    """It opens whole, has its goal and its end, and the page shows it."""
    recording = imported(openai_file(tmp_path), "openai")
    assert recording.certainty() == ()
    assert recording.run is not None
    assert recording.end is not None
    assert (recording.run.goal, recording.end.ok) == (GOAL, True)
    assert GOAL in page_html(recording)


@pytest.mark.parametrize(
    ("make", "tool"), [(openai_file, "openai"), (anthropic_file, "anthropic"), (cua_folder, "cua")]
)
def test_an_imported_recording_is_checked(tmp_path: Path, make: Callable[[Path], Path], tool: str) -> None:
    """Replay finds every verdict again, also where pictures are missing between actions."""
    recording = imported(make(tmp_path), tool)
    assert verify(recording).steps == len(recording.steps)


def test_an_imported_recording_is_exported(tmp_path: Path) -> None:
    """Its keys and texts teach planning; its places have no words, and teach nothing."""
    recording = imported(openai_file(tmp_path), "openai")
    words = ["export", str(recording.path), "-o", str(tmp_path / "samples"), "--json"]
    told = json.loads(CliRunner().invoke(app, words).stdout)
    assert told["samples"]["train"] == {"plan": 3}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (call(type="hold_key", keys=["a"]), "known verb"),
        (call(type="click", x=5000, y=1), "coordinates within"),
        (call(type="click", x=1), "expected y"),
        (call(type="click", x=True, y=2), "expected x"),
        (call(type="click", x=1, y=2, button="back"), "button"),
        (call(type="keypress", keys=["HYPERSPACE"]), "HYPERSPACE"),
        (call(type="scroll", x=1, y=1, scroll_x=0, scroll_y=0), "direction"),
        (call(type="wait", ms=90_000), "wait"),
        ({"type": "computer_call", "call_id": "c"}, "an action"),
        ({"type": "telepathy"}, "telepathy"),
        ({"type": "computer_call_output", "output": {"type": "input_image", "image_url": "[omitted]"}}, "a picture"),
        ({"type": "computer_call_output", "output": {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}},
         "not a picture"),
        ({"type": "computer_call_output", "output": {"type": "input_image", "image_url": "../secret.png"}},
         "own folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_by_its_place(tmp_path: Path, item: dict[str, Any], reason: str) -> None:
    """And nothing half-made is left."""
    (tmp_path / "run").mkdir()
    (tmp_path / "secret.png").write_bytes(picture(3))
    path = openai_file(tmp_path / "run", [*OPENAI[:4], item, shot(1)])
    with pytest.raises(TrajectoryError, match=reason) as raised:
        imported(path, "openai")
    assert (raised.value.place, (path.parent / "made.v2a").exists()) == ("item 5", False)


def test_a_line_is_named_by_its_number(tmp_path: Path) -> None:
    """As an editor counts."""
    path = anthropic_file(tmp_path, [*ANTHROPIC[:3], {"role": "assistant", "content": [{"type": "telepathy"}]}])
    with pytest.raises(TrajectoryError, match="line 4"):
        imported(path, "anthropic")


def test_broken_json_is_named_by_its_line(tmp_path: Path) -> None:
    """Cut short, as after a crash."""
    path = anthropic_file(tmp_path)
    path.write_text(path.read_text() + '{"role": "assist')
    with pytest.raises(TrajectoryError, match="line 9"):
        imported(path, "anthropic")


def test_an_action_without_a_picture_before_it_is_refused(tmp_path: Path) -> None:
    """Nobody knows what it was done on."""
    with pytest.raises(TrajectoryError, match="picture before the first action"):
        imported(openai_file(tmp_path, [OPENAI[0], call(type="click", x=1, y=1), shot(1)]), "openai")


def test_what_is_unknown_is_left_out_and_noted_on_demand(tmp_path: Path) -> None:
    """The rest is there."""
    items = [*OPENAI[:6], call(type="hold_key", keys=["a"]), *OPENAI[6:]]
    recording = imported(openai_file(tmp_path, items), "openai", "--skip-unknown")
    assert actions_of(recording) == DONE_IN_OPENAI
    assert ["item 7" in note.text for note in recording.of(Noted)] == [True]


def test_a_goal_that_is_not_said_must_be_given(tmp_path: Path) -> None:
    """A recording has one."""
    path = openai_file(tmp_path, OPENAI[2:])
    with pytest.raises(VL2AgentError, match="--goal"):
        imported(path, "openai")
    run = imported(path, "openai", "--goal", "mine").run
    assert run is not None
    assert run.goal == "mine"


@pytest.mark.parametrize(
    ("make", "own"),
    [(openai_file, "openai"), (anthropic_file, "anthropic"), (cua_folder, "cua"), (ui_tars_file, "ui-tars")],
)
def test_a_file_of_another_tool_is_refused(tmp_path: Path, make: Callable[[Path], Path], own: str) -> None:
    """By all others, with a typed error."""
    path = make(tmp_path)
    for tool in sorted({"openai", "anthropic", "ui-tars"} - {own}):
        with pytest.raises(VL2AgentError):
            imported(path, tool)


def test_the_command_knows_every_tool_and_space() -> None:
    """And no other."""
    assert ([*From], [*In]) == ([*map(str, Tool)], [*map(str, Space)])


def test_pictures_are_as_they_were_sent(tmp_path: Path) -> None:
    """Pixel by pixel."""
    recording = imported(openai_file(tmp_path), "openai")
    first = recording.frame(0)
    assert first is not None
    assert (first.image.size, first.digest) == (SIZE, drawn(SAVE, 0).frame.digest)
