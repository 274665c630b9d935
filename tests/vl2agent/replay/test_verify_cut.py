"""Recordings that were cut off: their certain part is replayed, and it is said where it ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from recorded_runs import Form, FormReader, boxed, commanded, planned

from vl2agent.policy.packaged import RISKY
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.reading import text_under
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Decided, Read
from vl2agent.replay.verify import verify

FORM = Form()
REPLIES = (
    {"clause": 1, "kind": "click", "target": "Name"},
    boxed("Name", FORM.box("Name")),
    {"clause": 1, "kind": "type", "text": "Ann"},
    {"clause": 1, "kind": "done", "message": "filled in"},
)


@pytest.mark.parametrize("planner", ["commands", "model"])
def test_a_recording_that_is_cut_at_any_event_replays_up_to_there(planner: str, tmp_path: Path) -> None:
    """What is there comes out again; what is missing is no mismatch."""
    whole = commanded(tmp_path / "run.v2a") if planner == "commands" else planned(tmp_path / "run.v2a", *REPLIES)
    events = (whole.path / "events.jsonl").read_bytes().splitlines(keepends=True)
    for kept in range(len(events)):
        (whole.path / "events.jsonl").write_bytes(b"".join(events[:kept]) + events[kept][:7])
        cut = Recording(whole.path)
        found = verify(cut)
        assert found.steps <= len(cut.steps)
        assert found.steps == len(cut.steps) or cut.gaps, cut.events[-1]
        assert cut.end or any("the end is missing" in note for note in found.notes)


def test_a_recording_that_is_cut_while_a_rule_reads_the_screen_replays_up_to_there(tmp_path: Path) -> None:
    """What was read for a decision is there, and the decision is not."""
    reader = FormReader(FORM)
    policy = RulePolicy(RISKY, text_at=text_under(reader.elements))
    whole = commanded(tmp_path / "run.v2a", form=FORM, perception=reader, policy=policy)
    events = (whole.path / "events.jsonl").read_bytes().splitlines(keepends=True)
    (first,) = [at for at, event in enumerate(whole.events) if isinstance(event, Decided)][:1]
    assert isinstance(whole.events[first - 1], Read)
    (whole.path / "events.jsonl").write_bytes(b"".join(events[:first]))
    assert verify(whole.path).notes[-1] == "the replay ends where the recording was cut off, in step 1"


def test_a_packed_recording_replays_as_well(tmp_path: Path) -> None:
    """One file is as good as a folder."""
    from vl2agent.recording.packing import pack

    whole = commanded(tmp_path / "run.v2a")
    packed = pack(whole.path, tmp_path / "packed.v2a.zip")
    shutil.rmtree(whole.path)
    assert verify(packed).steps == len(whole.steps)
