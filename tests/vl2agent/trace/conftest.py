"""A recording of a small run: two steps, three frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from vl2agent.actions import Click, Done
from vl2agent.calls import Bill, Charge, ModelCall
from vl2agent.completion import Prompt, Reply, Usage
from vl2agent.geometry import ScreenBox, ScreenPoint, Size
from vl2agent.recording.schema import (
    Called,
    Decided,
    Ended,
    Grounded,
    Intended,
    Judged,
    Noted,
    Planned,
    Received,
    RunStarted,
)
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Clause, ClickIntent, Decision, Frame, Plan, Receipt, Settled, Target, Verdict


def settled(colour: str) -> Settled:
    """A frame of one colour, settled at once."""
    return Settled(Frame.from_image(Image.new("RGB", (320, 240), colour)), "settled", 0.1)


def _call() -> ModelCall:
    bill = Bill(charges=(Charge(name="picture", tokens=421), Charge(name="goal", tokens=12)), reserve=256, window=4096)
    usage = Usage(prompt_tokens=433, image_tokens=421, completion_tokens=20)
    return ModelCall(
        purpose="plan",
        prompt=Prompt.ask("What next, </pre>?"),
        regions=(ScreenBox(0, 0, 320, 240),),
        sizes=(Size(320, 240),),
        bill=bill,
        reply=Reply(text='{"kind":"click"}', usage=usage),
        seconds=0.5,
    )


@pytest.fixture
def record_run() -> Callable[[Path], Path]:
    """Write the small run into a folder."""

    def write(path: Path) -> Path:
        words, box = "the <Save> & 'Quit' button", ScreenBox(20, 30, 90, 60)
        target = Target(words=words, box=box, point=box.center, confidence=0.91, text="Save", source="test")
        click = Click(point=ScreenPoint(54, 44))
        recorder = Recorder(path)
        recorder.write(RunStarted(goal="save <it>", parts={"screen": "TestScreen"}))
        first = recorder.see(settled("white"))
        plan = Plan(intent=ClickIntent(target=words), checklist=(Clause(text="save"),))
        recorder.write(Called(step=1, call=_call()))
        recorder.write(Planned(step=1, frame=first, plan=plan))
        recorder.write(Grounded(step=1, action=click, target=target))
        recorder.write(Decided(step=1, decision=Decision(verdict="allow", rule="default")))
        recorder.write(Intended(step=1, action=click), sync=True)
        recorder.write(Received(step=1, receipt=Receipt(delivery="sent", duration_s=0.01)), sync=True)
        second = recorder.see(settled("navy"))
        changed = Verdict(outcome="changed", changed=(ScreenBox(0, 0, 320, 240),))
        recorder.write(Judged(step=1, frame=second, verdict=changed, seconds=0.2))
        done = Plan(intent=Done(message="saved"), checklist=(Clause(text="save", done=True),))
        recorder.write(Planned(step=2, frame=second, plan=done))
        recorder.write(Grounded(step=2, action=Done(message="saved")))
        recorder.write(Judged(step=2, frame=second, verdict=Verdict(outcome="ended"), seconds=0.1))
        recorder.write(Noted(text="Who? <Ann>"))
        recorder.finish(Ended(ok=True, message="saved", seconds=0.4, checklist=done.checklist))
        return path

    return write
