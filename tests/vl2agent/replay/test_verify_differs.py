"""What differs fails, shows both sides, and names the first step that does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded_runs import Form, boxed, commanded, planned

from vl2agent.actions import Click, TypeText
from vl2agent.errors import ReplayMismatch
from vl2agent.geometry import ScreenPoint
from vl2agent.recording.lines import to_line
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import AnyEvent, Called, Decided, Ended, Grounded, Intended, Judged, Planned, Read
from vl2agent.replay.verify import verify
from vl2agent.steps import Decision

FORM = Form()
REPLIES = (
    {"clause": 1, "kind": "click", "target": "Name"},
    boxed("Name", FORM.box("Name")),
    {"clause": 1, "kind": "type", "text": "Ann"},
    {"clause": 1, "kind": "done", "message": "filled in"},
)


def edited(recording: Recording, kind: type[AnyEvent], nth: int, **changes: Any) -> Recording:
    """Write another value into the nth event of a kind, as somebody would who means it."""
    chosen = [event.seq for event in recording.of(kind)][nth]
    lines = [to_line(e.model_copy(update=changes) if e.seq == chosen else e) for e in recording.events]
    (recording.path / "events.jsonl").write_bytes(b"".join(lines))
    return Recording(recording.path)


ELSEWHERE = Click(point=ScreenPoint(1, 2))
EDITS: dict[str, tuple[int, str, Callable[[Recording], Recording]]] = {
    "an action": (1, "ground", lambda r: edited(r, Grounded, 0, action=ELSEWHERE)),
    "an intent": (1, "intent", lambda r: edited(r, Intended, 0, action=ELSEWHERE)),
    "typed text": (2, "ground", lambda r: edited(r, Grounded, 1, action=TypeText(text="Eve"))),
    "a decision": (
        3,
        "decision",
        lambda r: edited(r, Decided, 2, decision=Decision(verdict="allow", rule="another one")),
    ),
    "a plan": (4, "plan", lambda r: edited(r, Planned, 3, plan=_planned(r, 3, note="differs"))),
    "a verdict": (2, "verdict", lambda r: edited(r, Judged, 1, verdict=_verdict(r, 1, outcome="unchanged"))),
    "what was read": (3, "plan", lambda r: edited(r, Read, 2, reading=_moved(r, 2))),
    "the end": (5, "end", lambda r: edited(r, Ended, 0, message="all is well")),
}


def _planned(recording: Recording, nth: int, **changes: Any) -> Any:
    return list(recording.of(Planned))[nth].plan.model_copy(update=changes)


def _verdict(recording: Recording, nth: int, **changes: Any) -> Any:
    return list(recording.of(Judged))[nth].verdict.model_copy(update=changes)


def _moved(recording: Recording, nth: int) -> Any:
    reading = list(recording.of(Read))[nth].reading
    moved = [target.model_copy(update={"point": ScreenPoint(300, 300)}) for target in reading.targets]
    return reading.model_copy(update={"targets": tuple(moved)})


@pytest.mark.parametrize("edit", EDITS)
def test_what_differs_is_told_with_its_step(edit: str, tmp_path: Path) -> None:
    """The first difference, and nothing later."""
    step, what, change = EDITS[edit]
    recording = change(commanded(tmp_path / "run.v2a"))
    with pytest.raises(ReplayMismatch) as caught:
        verify(recording)
    assert (caught.value.step, caught.value.what) == (step, what)


def test_both_sides_are_shown_in_words_and_as_data(tmp_path: Path) -> None:
    """And the picture of the screen that it happened on."""
    recording = edited(commanded(tmp_path / "run.v2a"), Intended, 1, action=TypeText(text="Eve"))
    with pytest.raises(ReplayMismatch) as caught:
        verify(recording)
    error = caught.value
    assert (error.expected, error.got) == ("about to type “Eve”", "about to type “Ann”")
    assert isinstance(error.recorded, dict)
    assert isinstance(error.now, dict)
    assert (error.recorded["action"]["text"], error.now["action"]["text"]) == ("Eve", "Ann")
    assert error.picture
    assert Path(error.picture).is_file()


def test_a_prompt_that_differs_is_shown_line_by_line(tmp_path: Path) -> None:
    """What the model was told then, and what it would be told now."""
    recording = planned(tmp_path / "run.v2a", *REPLIES)
    call = next(recording.of(Called)).call
    parts = tuple(
        part.replace("fill", "wipe") if isinstance(part, str) else part for part in call.prompt.messages[0].parts
    )
    prompt = call.prompt.model_copy(update={"messages": (call.prompt.messages[0].model_copy(update={"parts": parts}),)})
    recording = edited(recording, Called, 0, call=call.model_copy(update={"prompt": prompt}))
    with pytest.raises(ReplayMismatch, match="step 1, prompt") as caught:
        verify(recording)
    assert "-" in caught.value.diff
    assert "wipe it in" in caught.value.diff
    assert "fill it in" in caught.value.diff


def test_another_reply_leads_to_another_plan(tmp_path: Path) -> None:
    """A reply that was written over is believed, and what follows from it is not what was recorded."""
    recording = planned(tmp_path / "run.v2a", *REPLIES)
    call = list(recording.of(Called))[2].call
    assert call.reply is not None
    reply = call.reply.model_copy(update={"text": call.reply.text.replace("Ann", "Eve")})
    recording = edited(recording, Called, 2, call=call.model_copy(update={"reply": reply}))
    with pytest.raises(
        ReplayMismatch, match="step 2, plan: recorded the plan to type “Ann”, got the plan to type “Eve”"
    ):
        verify(recording)
