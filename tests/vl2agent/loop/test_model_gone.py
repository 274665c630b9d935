"""A model's server that dies in the middle of a run: a typed error, what happened on disk, nothing held down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image

from vl2agent.actions import Action
from vl2agent.agent import Agent
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.completion import Prompt, Reply
from vl2agent.errors import ServerUnreachable
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Receipt, Settled
from vl2agent.trace.page import write_page

CLICK = json.dumps({"clause": 1, "kind": "click", "target": "Save"})
TYPE = json.dumps({"clause": 1, "kind": "type", "text": "Ann"})
BOX = "<|ref|>Save<|/ref|><|det|>[[100, 200, 300, 400]]<|/det|>"
URL = "http://127.0.0.1:9/v1"


class Desk:
    """A screen that never changes, takes every action, and counts how often it was let go of."""

    size = Size(400, 300)
    displays = (Display("desk", ScreenBox(0, 0, 400, 300)),)

    def __init__(self, delivery: Literal["sent", "uncertain"] = "sent") -> None:
        self.delivery, self.did, self.released = delivery, list[Action](), 0

    def grab(self) -> Frame:
        """Show the same as ever."""
        return Frame.from_image(Image.new("RGB", (400, 300), "teal"))

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Stand still."""
        return Settled(self.grab(), "settled", 0.0)

    def perform(self, action: Action) -> Receipt:
        """Take it."""
        self.did.append(action)
        return Receipt(delivery=self.delivery, duration_s=0.0)

    def release_all(self) -> None:
        """Count."""
        self.released += 1


class Dying(ScriptedBackend):
    """Answers as often as it has replies, and is gone then; `counts` tells whether it can still count."""

    def __init__(self, *replies: str, counts: bool = True) -> None:
        super().__init__(*replies)
        self.left, self.counts = len(replies), counts

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count, as long as it is there."""
        if not (self.left or self.counts):
            raise ServerUnreachable(URL, "connection refused")
        return super().count(prompt, images)

    def complete(self, *args: Any, **options: Any) -> Reply:
        """Answer, as long as it is there."""
        if not self.left:
            raise ServerUnreachable(URL, "the connection broke")
        reply = super().complete(*args, **options)
        self.left -= 1
        return reply


def stopped(path: Path, backend: Dying, desk: Desk) -> Recording:
    """Run until the server is gone; return what is on disk."""
    model = Model(backend)
    run = Agent(desk, model=model, perception=VL2Perception(model), recorder=Recorder(path))
    with pytest.raises(ServerUnreachable):
        run.run("save the file")
    assert desk.released == 1
    assert model.cancelled is None
    recording = Recording(path)
    assert recording.end is not None
    assert recording.end.error == "ServerUnreachable"
    return recording


@pytest.mark.parametrize(
    ("replies", "asked"),
    [([], ["plan"]), ([CLICK], ["plan", "ground"]), ([CLICK, BOX], ["plan", "ground", "plan"])],
    ids=["plan", "ground", "the next plan"],
)
def test_a_server_that_dies_leaves_its_last_call_on_disk(tmp_path: Path, replies: list[str], asked: list[str]) -> None:
    """With the error instead of a reply, in a recording that can be read and shown."""
    recording = stopped(tmp_path / "run.v2a", Dying(*replies), Desk())
    calls = [call for made in recording.calls.values() for call in made]
    assert [call.purpose for call in calls] == asked
    assert [bool(call.error) for call in calls] == [False] * len(replies) + [True]
    assert calls[-1].error.startswith("ServerUnreachable: ")
    assert "ServerUnreachable" in write_page(recording, tmp_path / "report.html").read_text()


@pytest.mark.parametrize("replies", [[], [CLICK], [CLICK, BOX]], ids=["plan", "ground", "the next plan"])
def test_one_that_dies_between_calls_was_not_asked_again(tmp_path: Path, replies: list[str]) -> None:
    """Not even counting worked: the end says so."""
    recording = stopped(tmp_path / "run.v2a", Dying(*replies, counts=False), Desk())
    assert sum(len(made) for made in recording.calls.values()) == len(replies)


def test_what_was_sent_before_gets_its_verdict(tmp_path: Path) -> None:
    """Also where the model should have told whether it arrived."""
    recording = stopped(tmp_path / "run.v2a", Dying(TYPE), Desk("uncertain"))
    assert [step.verdict.outcome for step in recording.steps] == ["unchanged"]
    assert "could not be asked" in recording.steps[0].verdict.note
    assert recording.uncertain == ()
